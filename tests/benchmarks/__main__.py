"""Measure the pages Overview and Sends, and their single queries, at several sizes of the store.

Run with `make bench`, or `python -m tests.benchmarks --sizes 10000 1000000` for less. Results are
medians. On a busy machine only their ratios are reliable, not the times.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from core.settings import Settings
from core.store.opening import open_engine
from core.store.sql_store import SqlStore
from tests.benchmarks.filling import filled_duckdb, filled_postgres
from tests.benchmarks.pages import PAGES, PageTimes, measure_pages
from tests.benchmarks.questions import questions
from tests.benchmarks.timing import median_ms
from tests.postgres_server import serving_postgres

SIZES = (10_000, 1_000_000, 10_000_000)
_RUNS_OF_QUESTIONS = 5
_HEAD = """
| store | page | refresh ms | after a change | rerun ms | after a change | queries | their ms | rerun / (queries + 15 ms) |
|---|---|---|---|---|---|---|---|---|"""


def _stores(folder: Path, sizes: list[int], *, postgres: bool) -> Iterator[tuple[str, str, int]]:
    """Fill one store after the other; yield name of the engine, URL and size."""
    for rows in sizes:
        yield "DuckDB", filled_duckdb(folder / f"{rows}.duckdb", rows), rows
    if postgres:
        with serving_postgres() as server:
            for rows in sizes:
                yield "PostgreSQL", filled_postgres(server, rows), rows


def _ask(database: str, rows: int) -> dict[str, float]:
    """Return the median milliseconds of each query, sent to the store directly."""
    store = SqlStore(open_engine(Settings(database=database)))
    asked = questions(store, rows)
    found = {name: median_ms(ask, _RUNS_OF_QUESTIONS) for name, ask in asked.items()}
    store.close()
    return found


def _print_page(store: str, page: str, t: PageTimes) -> None:
    times = (t.refresh, t.refresh_after_change, t.rerun, t.rerun_after_change)
    cells = " | ".join(f"{each:.0f}" for each in (*times, t.queries, t.queries_alone))
    print(f"| {store} | {page} | {cells} | {t.over_limit:.2f} |", flush=True)


def _print_growth(engine: str, sizes: list[int], found: dict[int, dict[str, PageTimes]]) -> None:
    small, large = min(sizes), max(sizes)
    for page in PAGES.values():
        one, other = found[large][page], found[small][page]
        refresh = one.refresh_after_change / other.refresh_after_change
        rerun = one.rerun_after_change / other.rerun_after_change
        print(
            f"{engine}, {page}: {large:,} sends take {refresh:.1f} times as long to refresh as "
            f"{small:,}, and {rerun:.1f} times to rerun."
        )


def _print_questions(found: dict[str, dict[str, float]]) -> None:
    print("\n| ms | " + " | ".join(found) + " |\n" + "|---" * (len(found) + 1) + "|")
    for name in next(iter(found.values())):
        print(f"| {name} | " + " | ".join(f"{each[name]:.1f}" for each in found.values()) + " |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL too")
    asked = parser.parse_args()
    pages: dict[str, dict[int, dict[str, PageTimes]]] = {}
    alone: dict[str, dict[str, float]] = {}
    print(_HEAD)
    with tempfile.TemporaryDirectory() as folder:
        for engine, url, rows in _stores(Path(folder), asked.sizes, postgres=asked.postgres):
            found = measure_pages(url, Path(folder), rows)
            pages.setdefault(engine, {})[rows] = found
            for page, times in found.items():
                _print_page(f"{engine}, {rows:,}", page, times)
            alone[f"{engine}, {rows:,}"] = _ask(url, rows)
    print()
    for engine, by_size in pages.items():
        _print_growth(engine, asked.sizes, by_size)
    _print_questions(alone)


if __name__ == "__main__":
    main()
