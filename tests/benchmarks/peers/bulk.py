"""Compare a bulk abort in Freio with an action in Django admin, from the selection to the result.

Run with `make bench`, or `python -m tests.benchmarks.peers.bulk --rows 100000 --runs 3` for less. An
administrator searches for a word that 300 sends have. The measured time begins with the click that
selects all of them. Freio writes a decision, a receipt and an audit entry for each send; Django's
action is one UPDATE. Results are medians in a real browser.
"""

import argparse
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from core.settings import ROOT, Settings
from core.store.opening import open_engine
from core.store.sql_store import SqlStore
from tests.benchmarks.filling import filled_duckdb, filled_postgres
from tests.benchmarks.pages import QUIET
from tests.benchmarks.peers.__main__ import new_page
from tests.benchmarks.peers.products import Django, Found, Freio
from tests.benchmarks.timing import took_ms
from tests.journeys.browser import launch, running, serving
from tests.postgres_server import serving_postgres
from tests.sends import load, send


def _add_lots(database: str, runs: int, count: int) -> str:
    """Add `count` sends for each run, whose names have the word of the run; return the URL."""
    store = SqlStore(open_engine(Settings(database=database)))
    at = datetime.now(UTC) + timedelta(days=30)
    for run in range(runs):
        lot = [
            replace(send(_id(run, n)), name=_id(run, n), scheduled_at=at + timedelta(seconds=n))
            for n in range(count)
        ]
        load(store, *lot)
    store.close()
    return database


def _word(run: int) -> str:
    return f"lot{chr(ord('a') + run)}"


def _id(run: int, number: int) -> str:
    return f"{_word(run)}-{number}"


def _one_run(product: Freio | Django, browser: Browser, run: int, count: int) -> float:
    with new_page(browser) as page:
        product.open(page)
        # Freio shows the send that closes first on top, and Django shows it last.
        first = _id(run, 0 if isinstance(product, Freio) else count - 1)
        product.search(page, _word(run))(Found(first, count))
        return took_ms(product.abort_all(page, count))


def _products(
    stack: ExitStack, folder: Path, rows: int, lots: int, count: int
) -> list[Freio | Django]:
    server = stack.enter_context(serving_postgres())

    def freio(name: str, database: str) -> Freio:
        (folder / name).mkdir()
        settings = {"FREIO_DATABASE": _add_lots(database, lots, count), **QUIET}
        return Freio(name, stack.enter_context(serving("dashboard:app", folder / name, **settings)))

    site = _add_lots(filled_postgres(server, rows), lots, count)
    command = ["-m", "tests.benchmarks.peers.django_site", site]
    return [
        freio("Freio, DuckDB", filled_duckdb(folder / "freio.duckdb", rows)),
        freio("Freio, PostgreSQL", filled_postgres(server, rows)),
        Django(
            stack.enter_context(running(command, "/admin/login/", folder / "django.log", ROOT, {}))
        ),
    ]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sends", type=int, default=300)
    chosen = parser.parse_args()
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        # The first run of each product does not count.
        lots = chosen.runs + 1
        products = _products(stack, Path(place), chosen.rows, lots, chosen.sends)
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        for run in range(lots):
            print(f"run {run + 1} of {lots}", file=sys.stderr, flush=True)
            for product in products:
                took = _one_run(product, browser, run, chosen.sends)
                times.setdefault(product.name, []).append(took)
    print(
        f"\n| {chosen.sends} of {chosen.rows:,} sends, all stopped | ms, median | fastest | slowest |"
    )
    print("|---|---|---|---|")
    for name, (_, *found) in times.items():
        print(f"| {name} | {statistics.median(found):.0f} | {min(found):.0f} | {max(found):.0f} |")


if __name__ == "__main__":
    main()
