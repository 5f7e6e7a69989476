"""Server time of a rerun and of a refresh of Overview and Configurations, beside their queries.

Run with `make bench`, or `python -m tests.benchmarks --sizes 10000 1000000` for less. Medians;
noisy machines give ratios, not times. Times are taken at the socket that a browser would have,
with the real server at its other end, while the data stands still and each time after a change.
"""

import argparse
import tempfile
from pathlib import Path

import httpx

from tests.benchmarks.filling import ahead, filled_duckdb, filled_postgres
from tests.benchmarks.timing import median_ms
from tests.benchmarks.visitor import Visitor
from tests.journeys.browser import serving
from tests.postgres_server import serving_postgres

PAGES = {"": "overview", "configurations": "configurations"}
SIZES = (10_000, 1_000_000, 10_000_000)
#: No demo, no folder, and data that does not grow old while it is measured.
QUIET = {"FREIO_DEMO": "off", "FREIO_INBOX": "off", "FREIO_STALE_MINUTES": "100000"}

_HEAD = """
| engine | page | sends | refresh ms | after a change | rerun ms | after a change | queries | their ms | rerun / (queries + 15 ms) |
|---|---|---|---|---|---|---|---|---|---|"""


def measure(address: str, page: str, rows: int) -> list[float]:
    """Return the figures of one line."""
    step = {"id": ahead(rows), "state": "SCHEDULED", "generated": 0}

    def change() -> None:
        told = httpx.post(f"{address}/test/move", params=step).raise_for_status().json()
        assert told["taken"] == 1, told

    with Visitor(address, page) as visitor:
        visitor.rerun()
        still, refresh_still = median_ms(visitor.rerun), median_ms(visitor.refresh)
        moved = median_ms(visitor.rerun, before=change)
        refresh_moved = median_ms(visitor.refresh, before=change)
        change()
        httpx.post(f"{address}/bench/record").raise_for_status()
        visitor.rerun()
        again = httpx.post(f"{address}/bench/again", timeout=300).raise_for_status().json()
    raw = again["ms"]
    return [refresh_still, refresh_moved, still, moved, again["queries"], raw, moved / (raw + 15)]


def _pages(engine: str, database: str, folder: Path, rows: int) -> None:
    with serving(
        "tests.benchmarks.server:app", folder, FREIO_DATABASE=database, **QUIET
    ) as address:
        for path, name in PAGES.items():
            *times, ratio = measure(address, path, rows)
            told = " | ".join(f"{each:.0f}" for each in times)
            print(f"| {engine} | {name} | {rows:,} | {told} | {ratio:.2f} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL too")
    asked = parser.parse_args()
    print(_HEAD)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for rows in asked.sizes:
            _pages("DuckDB", filled_duckdb(folder / f"{rows}.duckdb", rows), folder, rows)
        if asked.postgres:
            with serving_postgres() as server:
                for rows in asked.sizes:
                    _pages("PostgreSQL", filled_postgres(server, rows), folder, rows)


if __name__ == "__main__":
    main()
