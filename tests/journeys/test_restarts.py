"""A dashboard that ends, freezes or is replaced, while a page stays open."""

import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.locale import translation
from tests.journeys.conftest import Site
from tests.journeys.live_page import SECOND, feed
from tests.journeys.restarts import Dashboard, dashboard, proxy
from tests.journeys.test_abort_journeys import ask
from tests.journeys.windows import Windows
from tests.looks.conftest import ONE_LANGUAGE, reading
from tests.looks.test_accessibility import barriers
from tests.postgres_server import Server

STOPPED_ONCE = {"state": "CANCELLED", "accepted": 1, "refused": 0, "stops": 1}
NOT_STOPPED = {"state": "SCHEDULED", "accepted": 0, "refused": 0, "stops": 0}
#: The time until a new process runs and the browser has found it: some seconds on a busy machine.
BACK = 30 * SECOND
#: A notice comes within two seconds. A busy machine gets more time.
SOON = 5 * SECOND
UNANSWERED = "The server has not answered this click."


@pytest.fixture(scope="module")
def restarting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with dashboard(tmp_path_factory.mktemp("restarting")) as one:
        yield one


@pytest.fixture
def site(restarting: Dashboard) -> Iterator[Site]:
    yield seeded(restarting.address)
    restarting.thaw()


def seeded(address: str) -> Site:
    """Return a site with two sends of a feed, which are still there after a restart."""
    made = Site(address)
    made.seed(feed(a=3_000, b=4_000))
    made.own_feed()
    return made


def ask_and_wait(page: Page, site: Site) -> None:
    """Open the dialog and wait until it is complete."""
    ask(page, site, "Send a")
    expect(page.locator("[data-abort]")).to_be_attached()
    expect(page.get_by_role("dialog").locator("[data-facts]")).to_be_visible()


def stop_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Abort this send")


def fill_in(page: Page) -> None:
    page.get_by_role("dialog").get_by_text("Wrong content").click()
    page.get_by_label("Note (optional)").fill("price")
    page.get_by_label("Note (optional)").press("Enter")
    page.wait_for_timeout(SECOND)


def confirm_after_the_restart(page: Page, site: Site) -> None:
    expect(stop_button(page)).to_be_enabled(timeout=BACK)
    expect(page.get_by_label("Note (optional)")).to_have_value("price")
    # Until the new dashboard has drawn this page, the page sends no click and shows a notice.
    expect(page.locator("#freio-notice")).to_have_count(0, timeout=BACK)
    page.wait_for_timeout(SECOND)
    stop_button(page).click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=BACK)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("recorded here")
    assert site.look("a") == STOPPED_ONCE


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_open_dialog_works_after_its_dashboard_restarts(
    page: Page, restarting: Dashboard, site: Site, number: signal.Signals
) -> None:
    ask_and_wait(page, site)
    fill_in(page)
    restarting.end(number)
    expect(page.get_by_text("The server has not answered")).to_be_visible()
    restarting.start()
    confirm_after_the_restart(page, site)


@pytest.mark.long
def test_only_the_notice_says_that_the_server_is_away(
    page: Page, restarting: Dashboard, site: Site
) -> None:
    """Streamlit's own dialog, in English, would cover the notice."""
    ask_and_wait(page, site)
    restarting.end(signal.SIGKILL)
    expect(page.locator("#freio-notice")).to_contain_text("The server has not answered")
    page.wait_for_timeout(6 * SECOND)
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.get_by_text("Connection error")).to_have_count(0)
    expect(stop_button(page)).to_be_visible()
    restarting.start()


@pytest.mark.long
def test_an_open_bulk_dialog_works_after_its_dashboard_restarts(
    page: Page, restarting: Dashboard, site: Site
) -> None:
    page.goto(f"{site.address}/configurations")
    page.get_by_role("checkbox", name="All on this page").click()
    page.get_by_role("button", name="Abort 2…").click()
    expect(page.get_by_role("button", name="Abort 2 sends")).to_be_enabled()
    fill_in(page)
    restarting.end(signal.SIGKILL)
    expect(page.get_by_text("The server has not answered")).to_be_visible()
    restarting.start()
    confirming = page.get_by_role("button", name="Abort 2 sends")
    expect(page.locator("#freio-notice")).to_have_count(0, timeout=BACK)
    expect(confirming).to_be_enabled(timeout=BACK)
    expect(page.get_by_label("Note (optional)")).to_have_value("price")
    page.wait_for_timeout(2 * SECOND)
    confirming.click()
    expect(page.get_by_role("heading", name="Bulk abort of 2 sends")).to_be_visible(timeout=BACK)
    expect(page.locator(".bulk-sends")).not_to_contain_text("Not decided yet")
    assert site.look("a") == STOPPED_ONCE
    assert site.look("b") == STOPPED_ONCE


@pytest.mark.long
@pytest.mark.parametrize("engine", ["DuckDB", "PostgreSQL"])
def test_an_open_dialog_works_when_another_dashboard_takes_over(
    page: Page, tmp_path: Path, request: pytest.FixtureRequest, engine: str
) -> None:
    settings = {}
    if engine == "PostgreSQL":
        postgres: Server = request.getfixturevalue("postgres")
        settings["FREIO_DATABASE"] = postgres.new_database()
    with ExitStack() as both:
        first = both.enter_context(dashboard(tmp_path, **settings))
        between = both.enter_context(proxy(first.port))
        site = seeded(between.address)
        ask_and_wait(page, site)
        fill_in(page)
        first.end(signal.SIGKILL)
        second = both.enter_context(dashboard(tmp_path, **settings))
        between.target = second.port
        confirm_after_the_restart(page, site)


@pytest.mark.long
def test_a_press_whose_answer_is_lost_says_so_and_is_not_made_again(
    page: Page, restarting: Dashboard, site: Site
) -> None:
    ask_and_wait(page, site)
    restarting.freeze()
    stop_button(page).click()
    expect(page.get_by_text(UNANSWERED)).to_be_visible(timeout=SOON)
    expect(page.get_by_role("link", name="Check the send")).to_be_visible()
    restarting.end(signal.SIGKILL)
    restarting.start()
    expect(stop_button(page)).to_be_enabled(timeout=BACK)
    expect(page.get_by_text(UNANSWERED)).to_be_visible()
    page.wait_for_timeout(3 * SECOND)
    assert site.look("a") == NOT_STOPPED
    stop_button(page).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text(UNANSWERED)).to_have_count(0)
    assert site.look("a") == STOPPED_ONCE


@pytest.mark.long
@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_a_press_that_a_frozen_dashboard_takes_late_is_made_once(
    windows: Windows, restarting: Dashboard, site: Site, language: str
) -> None:
    says = translation(language).gettext
    with reading(windows, language) as page:
        page.goto(site.address + "/configurations")
        name = says("Abort {name}").format(name="Send a")
        page.get_by_role("button", name=name, exact=True).click()
        stop = page.get_by_role("button", name=says("Abort this send"))
        expect(stop).to_be_visible()
        expect(page.locator("[data-abort]")).to_be_attached()
        restarting.freeze()
        try:
            stop.click()
            notice = page.locator("#freio-notice")
            expect(notice).to_contain_text(says("Check the send"), timeout=SOON)
            assert barriers(page) == []
            stop.click()  # a second click, as a person does who is not sure
        finally:
            restarting.thaw()
        expect(page.get_by_role("dialog")).to_have_count(0, timeout=BACK)
        expect(page.get_by_test_id("stAlert").first).to_be_visible()
        expect(notice).to_have_count(0)
        assert site.look("a") == STOPPED_ONCE


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/system", "Make a backup"),
        pytest.param("/", "Abort Send a", marks=pytest.mark.long),
        pytest.param("/configuration?id=a", "Abort Send a", marks=pytest.mark.long),
    ],
)
def test_no_button_of_any_page_is_silent(
    page: Page, restarting: Dashboard, site: Site, path: str, name: str
) -> None:
    page.goto(site.address + path)
    button = page.get_by_role("button", name=name)
    expect(button).to_be_visible(timeout=BACK)
    restarting.freeze()
    try:
        button.click()
        expect(page.get_by_text(UNANSWERED)).to_be_visible(timeout=SOON)
    finally:
        restarting.thaw()


@pytest.mark.long
def test_the_wall_shows_newer_data_after_a_restart(
    page: Page, restarting: Dashboard, site: Site
) -> None:
    page.goto(site.address + "/?wall=1")
    expect(page.locator("table.wall")).to_contain_text("Send a")
    page.wait_for_timeout(3 * SECOND)
    restarting.end(signal.SIGKILL)
    restarting.start()
    site.move("a", "SENT-DONE", 7_000)
    expect(page.locator("table.wall")).not_to_contain_text("Send a", timeout=BACK)


@pytest.mark.needs_new_window
@pytest.mark.parametrize(
    "path",
    [
        "/configurations",
        pytest.param("/?wall=1", marks=pytest.mark.long),
        pytest.param("/configuration?id=a", marks=pytest.mark.long),
    ],
)
def test_ages_go_on_and_no_light_is_green_while_the_dashboard_is_frozen(
    page: Page, restarting: Dashboard, site: Site, path: str
) -> None:
    page.clock.install()
    page.goto(site.address + path)
    # A filter of the list has a button with the same words.
    green = page.locator(":text-is('Can be stopped'):not(button *)")
    expect(green.first).to_be_visible()
    left = page.locator("[data-left], td.left .count").first
    before = left.inner_text()
    expect(page.locator("[data-facts]")).to_be_visible()
    restarting.freeze()
    try:
        page.wait_for_timeout(SECOND)  # messages that it sent before have arrived
        page.clock.fast_forward(70 * SECOND)
        expect(page.locator("[data-facts]")).to_have_text("1 min ago")
        assert left.inner_text() != before
        expect(page.get_by_text("The server has not answered")).to_be_visible()
        expect(page.get_by_text("The data is old.")).to_be_hidden()
        page.clock.fast_forward(15 * 60 * SECOND)
        expect(page.locator("[data-facts]")).to_have_text(re.compile("1[67] min ago"))
        expect(page.get_by_text("The data is old.")).to_be_visible()
        expect(page.get_by_text("Uncertain").first).to_be_visible()
        expect(green).to_have_count(0)
    finally:
        restarting.thaw()
