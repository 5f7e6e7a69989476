"""Hooks for the levels of the suite, and fixtures for all tests: a database, a browser."""

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from httpx._transports import default
from playwright.sync_api import Browser, sync_playwright

from tests import levels, measuring
from tests.duckdb_template import Template
from tests.journeys.browser import launch
from tests.journeys.windows import Windows
from tests.postgres_server import Server, serving_postgres

# Tests and their servers must not load files from the developer's inbox.
os.environ.setdefault("FREIO_INBOX", "off")

#: Kinds of tests with a browser and a server. A busy machine can make these tests fail.
BROWSERS = {"journeys", "looks", "soak"}


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "run the tests of this level only; without it, all that are given, at full size"
    parser.addoption("--level", choices=list(levels.RUNS), help=text)


def pytest_configure(config: pytest.Config) -> None:
    levels.use(config.getoption("--level"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    measuring.begin(session.config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with measuring.measured(item):
        return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the level, in the order of BUDGETS.

    Only on CI, run a failed browser test a second time. The summary still names the test. On other
    machines, engineers must see each test that sometimes fails.
    """
    config.stash[levels.COLLECTED] = list(items)
    if level := config.getoption("--level"):
        items[:] = levels.selected(items, level)
        kept = set(items)
        left_out = [item for item in config.stash[levels.COLLECTED] if item not in kept]
        config.hook.pytest_deselected(items=left_out)
    config.stash[measuring.MEASURED] = measuring.first_cases(items)
    kinds = list(levels.BUDGETS)
    items.sort(key=lambda item: kinds.index(levels.kind_of(item.nodeid)))
    if os.environ.get("CI"):
        for item in items:
            if levels.kind_of(item.nodeid) in BROWSERS:
                item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of garbage collections.

    Streamlit runs a full collection after each run of a page.
    """
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seconds of each kind of test, and its budget in `make test`."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[levels.kind_of(report.nodeid)] += report.duration
    if not seconds or terminalreporter.config.getoption("--level") is None:
        return
    terminalreporter.section("seconds of each kind of test, and its budget in `make test`")
    for kind, spent in seconds.most_common():
        terminalreporter.line(f"{kind:9} {spent:5.0f} {levels.BUDGETS[kind]:5}")


@pytest.fixture(scope="session")
def scaled() -> Callable[[float], int]:
    """Return the function that scales the full size of a test to the level: `levels.scaled`."""
    return levels.scaled


@pytest.fixture(scope="session", autouse=True)
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    made = Template(tmp_path_factory.mktemp("template") / "template.duckdb")
    with pytest.MonkeyPatch.context() as patch:
        made.use(patch)
        yield made


@pytest.fixture(scope="session", autouse=True)
def certificates() -> Iterator[None]:
    """Load the certificates of authorities only once, because each load takes 40 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(default, "create_ssl_context", cache(default.create_ssl_context))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with serving_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Windows:
    return Windows(browser)
