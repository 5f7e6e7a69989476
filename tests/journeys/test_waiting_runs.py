"""Another run of the page waits while a person's click is handled. The click still has its effect."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.test_abort_journeys import ask, confirm
from tests.journeys.test_feeds import EXPORT, choose, tell_the_name

NAME = "Promoção de verão"


@pytest.fixture
def busy_site(site: Site) -> Iterator[Site]:
    with site.runs_waiting():
        yield site


@pytest.mark.long
def test_a_file_is_chosen_mapped_and_loaded_while_runs_wait(page: Page, busy_site: Site) -> None:
    choose(page, busy_site, "export.csv", EXPORT)
    tell_the_name(page)
    expect(page.get_by_text("If you load it: 2 new, 1 could not be read.")).to_be_visible()
    page.get_by_role("button", name="Load it").click()
    expect(page.get_by_text("export.csv is loaded: 2 new, 1 could not be read.")).to_be_visible()


def test_an_abort_is_confirmed_and_its_notice_closed_while_runs_wait(
    page: Page, busy_site: Site
) -> None:
    ask(page, busy_site, NAME)
    confirm(page)
    notice = page.get_by_test_id("stAlert").first
    expect(notice).to_contain_text("Stopped.")
    assert busy_site.look("a") == {"state": "CANCELLED", "accepted": 1, "refused": 0, "stops": 1}
    # If the server is slow, the notice about an unanswered click has a button of this name too.
    page.get_by_test_id("stMain").get_by_role("button", name="OK").click()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_page_has_its_content_if_the_page_before_it_requests_a_refresh_meanwhile(
    page: Page, fast_site: Site
) -> None:
    fast_site.seed()
    page.goto(f"{fast_site.address}/aborts")
    expect(page.get_by_role("heading", name="Aborts")).to_be_visible()
    with fast_site.late(2):
        page.get_by_role("link", name="Sends", exact=True).click()
        page.wait_for_timeout(2_500)  # its part refreshes every second
    expect(page.locator("tr[data-id]").first).to_be_visible()


def test_a_filter_that_is_set_while_runs_wait_is_shown_with_the_next_refresh(
    page: Page, fast_site: Site
) -> None:
    fast_site.seed()
    with fast_site.runs_waiting():
        page.goto(f"{fast_site.address}/configurations")
        page.get_by_label("Search", exact=True).fill("verao")
        page.get_by_label("Search", exact=True).press("Enter")
        # The waiting run has the address from before the filter.
        expect(page.locator("tr[data-id]")).to_have_count(1)
        expect(page.get_by_label("Search", exact=True)).to_have_value("verao")
