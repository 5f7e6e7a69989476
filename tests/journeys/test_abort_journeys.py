"""Stop a send as a person does, in a real browser with a real server."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.live_page import see
from tests.journeys.windows import Windows


def ask(page: Page, site: Site, name: str, path: str = "/configurations") -> None:
    page.goto(site.address + path)
    page.get_by_role("button", name=f"Abort {name}", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text(name)


def confirm(page: Page) -> None:
    page.get_by_role("button", name="Abort this send").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


#: Other tests check the sentences of other states (pages/test_abort_form.py, unit/test_rules.py).
MORE_STATES = [
    ("b", "Recordatorio de otoño", "stopped automatically", "CANCELLING", "Abort accepted."),
    ("c", "Liquidação", "Sending has not begun", "CANCELLED", "Stopped."),
    ("d", "Encuesta", "may still reach up to 5,001", "CANCELLING", "stays open until"),
]


@pytest.mark.parametrize(
    ("id", "name", "text", "state", "notice"),
    [
        ("a", "Promoção de verão", "none of its 7,000 recipients", "CANCELLED", "Stopped."),
        *(pytest.param(*each, marks=pytest.mark.long) for each in MORE_STATES),
    ],
)
def test_a_send_in_each_abortable_state_is_stopped_from_its_row(
    page: Page, site: Site, id: str, name: str, text: str, state: str, notice: str
) -> None:
    ask(page, site, name)
    expect(page.get_by_role("dialog")).to_contain_text(text)
    confirm(page)
    expect(page.get_by_test_id("stAlert")).to_contain_text(notice)
    expect(page.locator(f"tr[data-id={id}]")).to_contain_text(state)
    assert site.look(id) == {"state": state, "accepted": 1, "refused": 0, "stops": 1}


@pytest.mark.long
def test_the_notice_of_an_abort_closes_once_the_person_has_aborted_it_there(
    page: Page, quiet_site: Site
) -> None:
    """The button is in another part of the page of aborts, which refreshes only every ten minutes."""
    quiet_site.seed()
    quiet_site.own_feed()
    ask(page, quiet_site, "Promoção de verão")
    confirm(page)
    page.get_by_test_id("stTopNavLink").filter(has_text="Aborts").click()
    notice = page.locator(".st-key-abort_notice_a")
    expect(notice).to_contain_text("Now abort it in the platform too")
    done = page.get_by_role("button", name="I have aborted it there")
    expect(done).to_have_count(1)  # the button of the page before is gone
    done.click()
    expect(notice).to_have_count(0)


@pytest.mark.long
@pytest.mark.parametrize("path", ["/", "/configuration?id=a"])
def test_a_send_is_stopped_from_the_overview_and_from_its_own_page(
    page: Page, site: Site, path: str
) -> None:
    ask(page, site, "Promoção de verão", path)
    confirm(page)
    expect(page.get_by_test_id("stAlert")).to_contain_text("Stopped.")
    assert site.look("a") == {"state": "CANCELLED", "accepted": 1, "refused": 0, "stops": 1}


def test_a_stale_row_leads_to_the_truth_and_not_to_a_stop(page: Page, site: Site) -> None:
    page.goto(site.address + "/configurations")
    button = page.get_by_role("button", name="Abort Liquidação", exact=True)
    expect(button).to_be_visible()
    site.move("c", "IN-PROGRESS", 5000)
    button.click()
    expect(page.get_by_role("dialog")).to_contain_text("goes out completely")
    expect(page.get_by_role("button", name="Abort this send")).to_have_count(0)


def test_generation_that_starts_while_the_dialog_is_open_wins(page: Page, site: Site) -> None:
    ask(page, site, "Liquidação")
    see(page, "hidden")  # so that the dialog does not refresh
    site.move("c", "IN-PROGRESS", 5000)
    confirm(page)
    expect(page.get_by_test_id("stAlert")).to_contain_text("Not stopped.")
    assert site.look("c") == {"state": "IN-PROGRESS", "accepted": 0, "refused": 1, "stops": 0}


def test_a_double_click_on_confirm_leaves_one_receipt(page: Page, site: Site) -> None:
    ask(page, site, "Promoção de verão")
    page.get_by_role("button", name="Abort this send").dblclick()
    expect(page.get_by_test_id("stAlert")).to_contain_text("Stopped.")
    assert site.look("a") == {"state": "CANCELLED", "accepted": 1, "refused": 0, "stops": 1}


@pytest.mark.long
def test_if_two_browsers_abort_one_stops_the_send_and_the_other_gets_a_notice(
    windows: Windows, page: Page, site: Site
) -> None:
    with windows.open() as other:
        ask(page, site, "Promoção de verão")
        ask(other, site, "Promoção de verão")
        see(other, "hidden")  # so that its dialog does not refresh
        confirm(page)
        confirm(other)
        expect(other.get_by_test_id("stAlert")).to_contain_text("It has been stopped.")
    assert site.look("a") == {"state": "CANCELLED", "accepted": 1, "refused": 0, "stops": 1}


@pytest.mark.long
def test_keeping_a_send_changes_nothing(page: Page, site: Site) -> None:
    ask(page, site, "Promoção de verão")
    page.get_by_role("button", name="Don't abort").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert site.look("a") == {"state": "SCHEDULED", "accepted": 0, "refused": 0, "stops": 0}


def test_the_health_routes_reveal_nothing_else(site: Site) -> None:
    for path in ("/healthz", "/readyz", "/"):
        answer = httpx.get(site.address + path)
        assert answer.status_code == 200
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    for path in ("/_stcore/metrics", "/_stcore/agent/openapi.json"):
        assert httpx.get(site.address + path).status_code == 404
