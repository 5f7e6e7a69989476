"""Two dashboards on one PostgreSQL: two browsers, the same send."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import serving
from tests.journeys.conftest import Site
from tests.journeys.live_page import see
from tests.journeys.test_abort_journeys import ask, confirm
from tests.journeys.windows import Windows
from tests.postgres_server import Server

NAME = "Promoção de verão"


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[list[Site]]:
    settings = {
        "FREIO_DATABASE": postgres.new_database(),
        "FREIO_DEMO": "off",
        "FREIO_REFRESH_SECONDS": "1",
    }
    target, folder = "tests.journeys.server:app", tmp_path_factory.mktemp
    with (
        serving(target, folder("one"), **settings) as one,
        serving(target, folder("other"), **settings) as other,
    ):
        yield [Site(one), Site(other)]


@pytest.fixture
def pages(windows: Windows) -> Iterator[list[Page]]:
    with windows.open() as one, windows.open() as other:
        yield [one, other]


@pytest.mark.long
def test_if_two_dashboards_abort_one_stops_the_send_and_the_other_gets_a_notice(
    sites: list[Site], pages: list[Page]
) -> None:
    sites[0].seed()
    for page, site in zip(pages, sites, strict=True):
        ask(page, site, NAME)
    see(pages[1], "hidden")  # so that its dialog does not refresh
    confirm(pages[0])
    confirm(pages[1])
    expect(pages[0].get_by_test_id("stAlert")).to_contain_text("Stopped.")
    expect(pages[1].get_by_test_id("stAlert")).to_contain_text("It has been stopped.")
    whole = {"state": "CANCELLED", "accepted": 1, "refused": 0, "stops": 1}
    assert [site.look("a") for site in sites] == [whole, whole]


@pytest.mark.long
def test_what_one_dashboard_stops_the_other_shows_within_a_refresh(
    sites: list[Site], pages: list[Page]
) -> None:
    sites[0].seed()
    pages[1].goto(sites[1].address + "/configurations")
    expect(pages[1].locator("tr[data-id=a]")).to_contain_text("SCHEDULED")
    ask(pages[0], sites[0], NAME)
    confirm(pages[0])
    expect(pages[1].locator("tr[data-id=a]")).to_contain_text("CANCELLED", timeout=4_000)


#: Other tasks have leases of their own.
HOLDER = "SELECT holder FROM leases WHERE name = 'platform'"


@pytest.mark.long
def test_the_simulated_platform_runs_in_one_of_them_and_moves_to_the_other(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server
) -> None:
    database = postgres.new_database()
    settings = {"FREIO_DATABASE": database, "FREIO_PACE": "50"}
    target, folder = "tests.journeys.server:app", tmp_path_factory.mktemp
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(serving(target, folder("first"), **settings))
        holder = eventually(lambda: one(database, HOLDER))
        second.enter_context(serving(target, folder("second"), **settings))
        assert one(database, HOLDER) == holder
        first.close()
        # The other dashboard continues where the first one stopped.
        before = changes(database)
        eventually(lambda: one(database, HOLDER) not in (None, holder))
        eventually(lambda: changes(database) > before)
    assert one(database, HOLDER) is None


def changes(database: str) -> int:
    return int(one(database, "SELECT count(*) FROM state_changes") or 0)


def one(url: str, sql: str) -> str | None:
    with psycopg.connect(url) as connection:
        found = connection.execute(sql).fetchone()  # type: ignore[arg-type]
        return str(found[0]) if found else None


def eventually(found: Callable[[], object]) -> object:
    for _ in range(200):
        if value := found():
            return value
        time.sleep(0.1)
    raise AssertionError("it did not come to pass")
