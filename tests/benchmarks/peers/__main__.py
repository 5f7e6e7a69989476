"""Compare Freio's list with other products that people could use, in a browser, on the same rows.

Run with `make bench`. For fewer rows, run `python -m tests.benchmarks.peers --rows 100000 --runs 3`.
Each run has its own browser context, with an empty cache. Results are medians. On a slower machine,
the times are longer, but the ratios are about the same.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from playwright.sync_api import Browser, Page, sync_playwright

from core.settings import ROOT
from tests.access import admit
from tests.benchmarks.filling import filled_duckdb, filled_postgres
from tests.benchmarks.pages import QUIET
from tests.benchmarks.peers.first_load import print_loads
from tests.benchmarks.peers.products import Bare, Django, Found, Freio, Pandas, Product
from tests.benchmarks.timing import took_ms
from tests.journeys.browser import launch, running, serving
from tests.postgres_server import serving_postgres

#: How often each first load is measured.
LOADS = 3
STEPS = ("open", "filter by state", "search a name", "abort")
#: No send in these states is in the future, so that each product shows the same send on top.
STATES = ("ABORTED", "PAUSED", "SMTP-ERROR", "SENT-DONE")


def _streamlit(page: str) -> list[str]:
    return [
        *("-m", "streamlit", "run", str(Path(__file__).with_name(page))),
        *("--server.address", "127.0.0.1", "--server.headless", "true"),
        *("--browser.gatherUsageStats", "false", "--server.port"),
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """The task of one run: a state with the expected result, and a send that still waits."""

    state: str
    in_state: Found
    id: str
    name: str


def _questions(database: Path, runs: int) -> list[Asked]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "SELECT state, arg_max(id, scheduled_at), count(*) FROM configurations GROUP BY 1"
        ).fetchall()
        # Take the latest sends, because these sends still wait in the last run.
        waiting = connection.execute(
            "SELECT id, name FROM configurations WHERE state = 'SCHEDULED'"
            " ORDER BY scheduled_at DESC, id LIMIT $n",
            {"n": runs},
        ).fetchall()
    by_state = {state: Found(first, count) for state, first, count in found}
    states = [STATES[n % len(STATES)] for n in range(runs)]
    return [Asked(s, by_state[s], id, name) for s, (id, name) in zip(states, waiting, strict=True)]


@contextmanager
def new_page(browser: Browser) -> Iterator[Page]:
    """Yield the page of a new browser context, with an empty cache."""
    context = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    admit(context)
    try:
        yield context.new_page()
    finally:
        context.close()


def _one_run(product: Product, browser: Browser, asked: Asked) -> dict[str, float]:
    """Do each step once; return its milliseconds."""
    times = {}
    with new_page(browser) as page:
        times["open"] = took_ms(lambda: product.open(page))
        choose = product.filter(page, asked.state)
        times["filter by state"] = took_ms(lambda: choose(asked.in_state))
    with new_page(browser) as page:
        product.open(page)
        look = product.search(page, asked.name)
        times["search a name"] = took_ms(lambda: look(Found(asked.id, 1)))
        times["abort"] = took_ms(product.abort(page, asked.id))
    return times


def measure(
    products: list[Product], browser: Browser, asked: list[Asked]
) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of each product's steps.

    The products take turns, so other work on the machine affects all products. The first run does
    not count, because servers read some data only once.
    """
    times: dict[str, list[dict[str, float]]] = {product.name: [] for product in products}
    for n, one in enumerate(asked, 1):
        print(f"run {n} of {len(asked)}", file=sys.stderr, flush=True)
        for product in products:
            times[product.name].append(_one_run(product, browser, one))
    return {
        name: {step: statistics.median(run[step] for run in runs[1:]) for step in STEPS}
        for name, runs in times.items()
    }


def _products(stack: ExitStack, folder: Path, rows: int) -> tuple[list[Product], Path]:
    """Fill the stores and start the servers; return the products, and a file with the answers."""
    url = filled_duckdb(folder / "freio.duckdb", rows)
    copy = Path(shutil.copy(folder / "freio.duckdb", folder / "peer.duckdb"))
    read = Path(shutil.copy(copy, folder / "answers.duckdb"))
    server = stack.enter_context(serving_postgres())
    shared = filled_postgres(server, rows)

    def freio(database: str, log: str) -> str:
        (folder / log).mkdir()
        settings = {"FREIO_DATABASE": database, **QUIET}
        return stack.enter_context(serving("dashboard:app", folder / log, **settings))

    def other(command: list[str], ready: str, log: str, place: Path, **settings: str) -> str:
        settings["PEER_DATABASE"] = str(copy)
        return stack.enter_context(running(command, ready, folder / log, place, settings))

    site = ["-m", "tests.benchmarks.peers.django_site", filled_postgres(server, rows)]
    return [
        Freio("Freio, DuckDB", freio(url, "duckdb")),
        Freio("Freio, PostgreSQL", freio(shared, "postgresql")),
        Pandas(other(_streamlit("pandas_page.py"), "/_stcore/health", "pandas.log", folder)),
        Bare(
            other(
                *(_streamlit("bare_page.py"), "/_stcore/health", "bare.log", folder),
                STREAMLIT_RUNNER_POST_SCRIPT_GC="false",
            )
        ),
        Django(other(site, "/admin/login/", "django.log", ROOT)),
    ], read


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        products, read = _products(stack, Path(place), chosen.rows)
        asked = _questions(read, chosen.runs + 1)
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        _print_steps(measure(products, browser, asked), chosen.rows)
        # The grid of the pandas page did not come within two minutes on the slow network.
        others = [product for product in products if not isinstance(product, Pandas)]
        print_loads(others, browser, LOADS)


def _print_steps(found: dict[str, dict[str, float]], rows: int) -> None:
    """Print a table. Freio on DuckDB comes first, and is the reference."""
    print(f"\n| {rows:,} sends, ms | " + " | ".join(STEPS) + " |")
    print("|---" * (len(STEPS) + 1) + "|", flush=True)
    freio = next(iter(found.values()))
    for name, times in found.items():
        cells = [f"{times[step]:.0f} ({times[step] / freio[step]:.1f}×)" for step in STEPS]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
