"""The time of one abort, compared with the bare database driver, on both engines.

Run with `python -m tests.benchmarks.engines`, as `make bench` does.
"""

import random
import statistics
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from core.store.duckdb.engine import DuckDBEngine
from core.store.engine import Engine
from core.store.journal.journal import Journal
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.benchmarks.timing import took_ms
from tests.postgres_server import serving_postgres
from tests.races import bare
from tests.sends import ME, actions, load, send

ABORTS = 400


def _timed(work: Callable[[int], object], operators: int) -> list[float]:
    """Share ABORTS calls among operators; return the milliseconds of each."""
    times: list[float] = []

    def run(operator: int) -> None:
        times.extend(took_ms(lambda: work(n)) for n in range(operator, ABORTS, operators))  # noqa: B023 - runs at once

    threads = [threading.Thread(target=run, args=(o,)) for o in range(operators)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def aborts(engine: Engine, store: SqlStore) -> None:
    """Print the latency of an abort and of the bare driver, for 1 and 8 operators."""
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


def main() -> None:
    """Print the table."""
    print("\n| engine | operators | | an abort, ms | bare driver, ms | ratio |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, serving_postgres() as server:
        path = Path(folder) / "bench.duckdb"
        duck, pg = DuckDBEngine(path), PostgresEngine(server.new_database())
        stores = [(duck, SqlStore(duck, Journal(path.with_suffix(".jsonl")))), (pg, SqlStore(pg))]
        for engine, store in stores:
            aborts(engine, store)
            store.close()


if __name__ == "__main__":
    main()
