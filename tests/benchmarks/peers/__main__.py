"""Freio's list beside what a user would pick instead, in a real browser, on the same rows.

Run with `make bench`, or `python -m tests.benchmarks.peers --rows 100000 --runs 3` for less. Every
run has a browser context of its own, with an empty cache. Medians; the slower of two noisy
machines gives the same ratios, not the same times.
"""

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
from playwright.sync_api import Browser, Page, sync_playwright

from core.settings import ROOT
from tests.benchmarks.filling import filled_duckdb, filled_postgres
from tests.benchmarks.pages import QUIET
from tests.benchmarks.peers.products import Django, Found, Freio, Pandas, Product
from tests.benchmarks.timing import took_ms
from tests.journeys.browser import launch, running, serving
from tests.postgres_server import serving_postgres

STEPS = ("open", "filter by state", "search a name", "abort")
#: None of these lies ahead, so that every product's order puts the same send on top.
STATES = ("ABORTED", "PAUSED", "SMTP-ERROR", "SENT-DONE")

_STREAMLIT = [
    *("-m", "streamlit", "run", str(Path(__file__).with_name("pandas_page.py"))),
    *("--server.address", "127.0.0.1", "--server.headless", "true"),
    *("--browser.gatherUsageStats", "false", "--server.port"),
]


class Questions:
    """What is asked in each run, and what must be seen then."""

    def __init__(self, database: Path, runs: int) -> None:
        with duckdb.connect(str(database), read_only=True) as connection:
            rows = connection.execute(
                "SELECT state, arg_max(id, scheduled_at), count(*) FROM configurations GROUP BY 1"
            ).fetchall()
            by_state = {state: Found(first, count) for state, first, count in rows}
            self.states = [(s, by_state[s]) for n in range(runs) for s in [STATES[n % len(STATES)]]]
            # Sends that wait for their time, far enough ahead that they still do when asked for.
            self.waiting = connection.execute(
                "SELECT id, name FROM configurations WHERE state = 'SCHEDULED'"
                " ORDER BY scheduled_at DESC, id LIMIT $n",
                {"n": 20 * runs},
            ).fetchall()

    def take(self) -> tuple[str, str]:
        """Return id and name of a send that nobody was asked about yet."""
        id, name = self.waiting.pop()
        return id, name


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def measure(product: Product, browser: Browser, asked: Questions, runs: int) -> dict[str, float]:
    """Return the median milliseconds of each step."""
    times: dict[str, list[float]] = {step: [] for step in STEPS}
    with _page(browser) as page:
        product.open(page)  # what the server reads once, it has read
    for n in range(runs):
        with _page(browser) as page:
            times["open"].append(took_ms(lambda: product.open(page)))
            state, found = asked.states[n]
            choose = product.filter(page, state)
            times["filter by state"].append(took_ms(lambda: choose(found)))  # noqa: B023
    for _ in range(runs):
        id, name = asked.take()
        with _page(browser) as page:
            product.open(page)
            look = product.search(page, name)
            times["search a name"].append(took_ms(lambda: look(Found(id, 1))))  # noqa: B023
            times["abort"].append(took_ms(product.abort(page, id)))
    return {step: statistics.median(found) for step, found in times.items()}


def _products(stack: ExitStack, folder: Path, rows: int) -> tuple[list[Product], Path]:
    """Fill the stores, start the servers; return the products and a file to read answers from."""
    url = filled_duckdb(folder / "freio.duckdb", rows)
    copy = Path(shutil.copy(folder / "freio.duckdb", folder / "peer.duckdb"))
    read = Path(shutil.copy(copy, folder / "answers.duckdb"))
    server = stack.enter_context(serving_postgres())
    shared = filled_postgres(server, rows)

    def freio(database: str, log: str) -> str:
        (folder / log).mkdir()
        settings = {"FREIO_DATABASE": database, **QUIET}
        return stack.enter_context(serving("dashboard:app", folder / log, **settings))

    def other(command: list[str], ready: str, log: str, place: Path) -> str:
        settings = {"PEER_DATABASE": str(copy)}
        return stack.enter_context(running(command, ready, folder / log, place, settings))

    site = ["-m", "tests.benchmarks.peers.django_site", filled_postgres(server, rows)]
    return [
        Freio("Freio, DuckDB", freio(url, "duckdb")),
        Freio("Freio, PostgreSQL", freio(shared, "postgresql")),
        Pandas(other(_STREAMLIT, "/_stcore/health", "pandas.log", folder)),
        Django(other(site, "/admin/login/", "django.log", ROOT)),
    ], read


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only", default="", help="part of a product's name")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        products, read = _products(stack, Path(place), chosen.rows)
        asked = Questions(read, chosen.runs)
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        print(f"\n| {chosen.rows:,} sends, ms | " + " | ".join(STEPS) + " |")
        print("|---" * (len(STEPS) + 1) + "|")
        freio = None
        for product in (p for p in products if chosen.only in p.name):
            found = measure(product, browser, asked, chosen.runs)
            freio = freio or found
            told = [f"{found[s]:.0f} ({found[s] / freio[s]:.1f}×)" for s in STEPS]
            print(f"| {product.name} | " + " | ".join(told) + " |", flush=True)


if __name__ == "__main__":
    main()
