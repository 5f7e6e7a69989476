"""Both engines beside each other: one abort beside the bare driver, and the list's queries.

Run with `python -m tests.benchmarks.engines`, as `make bench` does.
"""

import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from core.listing import ListQuery, Sort
from core.model import ConfigurationId
from core.states import State
from core.store.duckdb_engine import DuckDBEngine
from core.store.engine import Engine
from core.store.journal import Journal
from core.store.postgres_engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.postgres_server import serving_postgres
from tests.races import bare
from tests.sends import ME, NOW, actions, load, send

ROWS = 1_000_000
ABORTS = 400
RUNS = 9

_FILL = """
INSERT INTO configurations
SELECT 'CFG-' || i, 'Promoção ' || i, '', CASE WHEN i % 5 = 0 THEN 'SMS' ELSE 'e-mail' END,
    'Conta ' || (i % 8), '', '',
    CASE WHEN i > $n * 0.94 THEN 'SCHEDULED' ELSE 'SENT-DONE' END, '',
    5000 + (i::BIGINT * 7919) % 50000, CASE WHEN i > $n * 0.94 THEN 0 ELSE 5000 END,
    $now::TIMESTAMPTZ + (i - $n * 0.94) * 8208000 / $n * INTERVAL '1 second',
    NULL, NULL, NULL, NULL, NULL, 1, 'promocao ' || i, NULL
FROM generate_series(1, $n) t(i) ORDER BY i
"""


def _timed(work: Callable[[int], object], operators: int) -> list[float]:
    """Share ABORTS calls among operators; return the milliseconds of each."""
    times: list[float] = []

    def run(operator: int) -> None:
        for n in range(operator, ABORTS, operators):
            began = time.perf_counter()
            work(n)
            times.append((time.perf_counter() - began) * 1e3)

    threads = [threading.Thread(target=run, args=(o,)) for o in range(operators)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def aborts(engine: Engine, store: SqlStore) -> None:
    """Print an abort's latency beside the bare driver's for 1 and 8 operators."""
    bare.prepare(engine)
    for operators in (1, 8):
        sends = [send(f"{operators}-{n}") for n in range(ABORTS)]
        load(store, *sends)
        rng = random.Random(operators)
        _timed(lambda _: bare.abort(engine, rng), operators)  # noqa: B023 - runs at once
        reference = _timed(lambda _: bare.abort(engine, rng), operators)  # noqa: B023
        ours = _timed(lambda n: actions(store).abort(sends[n].id, ME), operators)  # noqa: B023
        for name, at in (("p50", 49), ("p99", 98)):
            a, b = (statistics.quantiles(t, n=100)[at] for t in (ours, reference))
            print(f"| {engine.name} | {operators} | {name} | {a:.2f} | {b:.2f} | {a / b:.2f} |")


def queries(engine: Engine, store: SqlStore) -> None:
    """Print the median of the list's queries at ROWS rows."""
    with engine.transaction() as tx:
        tx.rows(_FILL, {"n": ROWS, "now": NOW})
    if isinstance(engine, PostgresEngine):
        engine.rows("VACUUM ANALYZE configurations")
    asked = {
        "first page, closing soonest": lambda: store.page(ListQuery()),
        "first page, newest": lambda: store.page(ListQuery(sort=Sort.NEWEST)),
        "first page of a state": lambda: store.page(
            ListQuery(state=State.SCHEDULED, sort=Sort.OLDEST)
        ),
        "search": lambda: store.page(ListQuery(text="promocao 99")),
        "counts by state": lambda: store.state_counts(ListQuery()),
        "one send": lambda: store.configuration(ConfigurationId("CFG-500000")),
    }
    for name, query in asked.items():
        query()
        times = []
        for _ in range(RUNS):
            began = time.perf_counter()
            query()
            times.append((time.perf_counter() - began) * 1e3)
        print(f"| {engine.name} | {name} | {statistics.median(times):.1f} |")


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as folder, serving_postgres() as server:
        path = Path(folder) / "bench.duckdb"
        duck, pg = DuckDBEngine(path), PostgresEngine(server.new_database())
        stores = [(duck, SqlStore(duck, Journal(path.with_suffix(".jsonl")))), (pg, SqlStore(pg))]
        print("| engine | operators | | an abort, ms | bare driver, ms | ratio |")
        print("|---|---|---|---|---|---|")
        for engine, store in stores:
            aborts(engine, store)
        print(f"\n| engine | at {ROWS:,} rows | ms |\n|---|---|---|")
        for engine, store in stores:
            queries(engine, store)
            store.close()


if __name__ == "__main__":
    main()
