from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page

from tests.journeys.browser import serving
from tests.journeys.conftest import Site
from tests.journeys.windows import Windows

LANGUAGES = {"pt": "pt-BR", "es": "es-AR", "en": "en-US"}
#: For a test that `make test` runs in one language, and `make test-long` in the others.
ONE_LANGUAGE = ["pt", *(pytest.param(each, marks=pytest.mark.long) for each in ("es", "en"))]
WALL = "?wall=1"
#: Every page, and the wall view.
PAGES = (
    "",
    WALL,
    "configurations",
    "configuration?id=a",
    "aborts",
    "feeds",
    "system",
    "help",
)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = {
        "FREIO_DEMO": "off",
        "FREIO_REFRESH_SECONDS": "60",
        # So an abort that is not confirmed is on top of every page at once.
        "FREIO_OVERDUE_MINUTES": "0.0001",
    }
    with serving("tests.journeys.server:app", tmp_path_factory.mktemp("looks"), **settings) as at:
        yield at


@pytest.fixture
def site(address: str) -> Site:
    made = Site(address)
    made.seed()
    return made


@pytest.fixture
def busy(site: Site) -> Site:
    """Return a site with a receipt, a refusal, and a concern on top."""
    site.own_feed()
    site.abort("a")
    site.move("c", "IN-PROGRESS", 5000)
    site.abort("c")
    return site


@contextmanager
def reading(
    windows: Windows, language: str = "en", is_new: bool = False, **options: object
) -> Iterator[Page]:
    """Open a window of a reader whose browser prefers a language."""
    wanted = {"locale": LANGUAGES[language]} | options
    with windows.open(is_new=is_new, **wanted) as page:
        yield page


def visit(page: Page, site: Site, path: str = "") -> None:
    """Open a page, and wait until it is complete."""
    page.goto(f"{site.address}/{path}")
    page.locator("h1").first.wait_for(state="attached")
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.locator(".st-key-frame a").first.wait_for(state="attached")
    page.wait_for_timeout(150)
