"""Both engines beside each other: one abort beside the bare driver, and the list's queries.

Run with `python -m tests.benchmarks.engines`, as `make bench` does.
"""

import argparse
import random
import statistics
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from core.store.duckdb_engine import DuckDBEngine
from core.store.engine import Engine
from core.store.journal import Journal
from core.store.postgres_engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.benchmarks.filling import filled_duckdb, filled_postgres
from tests.benchmarks.questions import questions
from tests.benchmarks.timing import median_ms, took_ms
from tests.postgres_server import serving_postgres
from tests.races import bare
from tests.sends import ME, actions, load, send

SIZES = (10_000, 1_000_000)
ABORTS = 400
RUNS = 5


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


def queries(store: SqlStore, rows: int) -> dict[str, float]:
    """Return the median milliseconds of each question."""
    return {name: median_ms(ask, RUNS) for name, ask in questions(store, rows).items()}


def _print_queries(found: dict[str, dict[str, float]]) -> None:
    """Print a line for each question and a column for each store."""
    print("\n| ms | " + " | ".join(found) + " |\n" + "|---" * (len(found) + 1) + "|")
    for name in next(iter(found.values())):
        print(f"| {name} | " + " | ".join(f"{each[name]:.1f}" for each in found.values()) + " |")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args().sizes
    print("| engine | operators | | an abort, ms | bare driver, ms | ratio |")
    print("|---|---|---|---|---|---|")
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as place, serving_postgres() as server:
        for rows in sizes:
            file = Path(place) / f"{rows}.duckdb"
            urls = filled_duckdb(file, rows), filled_postgres(server, rows)
            for engine in (DuckDBEngine(file), PostgresEngine(urls[1])):
                journal = Journal(file.with_name(file.name + ".receipts.jsonl"))
                store = SqlStore(engine, journal if engine.is_embedded else None)
                if rows == sizes[0]:
                    aborts(engine, store)
                found[f"{engine.name}, {rows:,}"] = queries(store, rows)
                store.close()
    _print_queries(found)


if __name__ == "__main__":
    main()
