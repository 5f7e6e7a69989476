"""What all tests share: a PostgreSQL server and a browser, started when the first one asks."""

import os
from collections.abc import Iterator

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.browser import launch
from tests.journeys.windows import Windows
from tests.postgres_server import Server, serving_postgres

# No test, and no server that a test starts, takes the files of the person who runs it.
os.environ.setdefault("FREIO_INBOX", "off")

# How long one example takes says nothing on a machine that does other things too.
hypothesis.settings.register_profile("freio", deadline=None)
hypothesis.settings.load_profile("freio")


#: Tests in which a browser and a server share a machine that others may slow down.
BROWSERS = {"journeys", "looks", "soak"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On CI run a browser test that failed once more; it is named in the summary all the same.

    Nowhere else: whoever works on Freio is to see what fails now and then.
    """
    if os.environ.get("CI"):
        for item in items:
            if BROWSERS.intersection(item.path.parts):
                item.add_marker(pytest.mark.flaky(reruns=1))


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
