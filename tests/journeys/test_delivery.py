"""An abort on its way to the platform, in a real browser: from the click to the verified stop."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.test_abort_journeys import ask, confirm

pytestmark = pytest.mark.long

NAME = "Promoção de verão"


def stop(page: Page, site: Site, **behaviour: str) -> None:
    site.seed()
    site.platform(**behaviour)
    ask(page, site, NAME)
    confirm(page)


def test_the_demo_shows_each_step_from_the_click_to_the_verified_stop(
    page: Page, demo_site: Site
) -> None:
    stop(page, demo_site, seconds="3")
    notice, row = page.get_by_test_id("stAlert"), page.locator("tr[data-id=a]")
    expect(notice).to_contain_text("Simulator is being asked")
    expect(row).to_contain_text("Simulator is being asked")
    expect(notice).to_contain_text("Stopped. It reaches none of its 7,000 recipients.")
    expect(row).to_contain_text("Stopped")
    page.goto(f"{demo_site.address}/configuration?id=a")
    expect(page.get_by_text("Final: Stopped at 0 of 7,000")).to_be_visible()
    assert demo_site.look("a") == {"state": "CANCELLED", "accepted": 1, "refused": 0, "stops": 1}


def test_an_abort_that_the_platform_does_not_answer_ends_in_the_checklist(
    page: Page, demo_site: Site
) -> None:
    stop(page, demo_site, away="yes", patience="600")
    notice = page.get_by_test_id("stAlert")
    expect(notice.first).to_contain_text("Simulator does not answer")
    demo_site.platform(away="yes", patience="2")
    expect(notice.first).to_contain_text("Unknown: check there.", timeout=20_000)
    checklist = page.locator(".st-key-concerns")
    expect(checklist).to_contain_text("1 send still to be aborted in the platform")
    expect(checklist).to_contain_text("The simulated platform does not answer.")
    page.get_by_role("button", name="I have aborted it there").click()
    expect(
        page.get_by_text("Recorded. It stays open until its source confirms it.")
    ).to_be_visible()


def test_a_refusal_as_too_late_is_shown_at_once_and_contradicts_the_abort(
    page: Page, demo_site: Site
) -> None:
    stop(page, demo_site, refusal="too_late")
    notice = page.get_by_test_id("stAlert")
    expect(notice.first).to_contain_text("Too late: 7,000 of 7,000 have gone out.")
    expect(page.locator("tr[data-id=a]")).to_contain_text("Too late: finished")
    concern = page.locator(".st-key-concerns")
    expect(concern).to_contain_text("Too late: 7,000 of 7,000 have gone out.")
    expect(concern).to_contain_text("Prepare a correction.")


def test_a_platform_that_goes_on_after_each_verified_stop_contradicts_the_abort(
    page: Page, demo_site: Site
) -> None:
    stop(page, demo_site, goes_on="yes")
    # It is requested again, until three verified stops did not last. Then a person has to act.
    concerns = page.locator(".st-key-concerns")
    expect(concerns).to_contain_text("Went on anyway.", timeout=30_000)
    page.goto(f"{demo_site.address}/configuration?id=a")
    expect(page.get_by_text("Unknown: check there").first).to_be_visible()
    assert demo_site.look("a")["accepted"] == 1
