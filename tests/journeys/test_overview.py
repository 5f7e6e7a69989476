"""What a click on the overview opens in a browser."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site

HEADING = "id,name,account,state,total_records,generated_records,scheduled_at\n"


def hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=2)


@pytest.fixture
def ahead(site: Site) -> Site:
    sends = ("a,Promoção,Norte,7000", "b,Encuesta,Sul,90")
    site.seed(
        HEADING
        + "".join(
            f"{id},{name},{account},SCHEDULED,{total},0,{hour():%Y-%m-%dT%H:30Z}\n"
            for id, name, account, total in (send.split(",") for send in sends)
        )
    )
    return site


def test_a_mark_opens_its_send_and_an_hour_its_list(ahead: Site, page: Page) -> None:
    page.goto(ahead.address)
    marks = page.locator("svg a[data-id]")
    expect(marks).to_have_count(2, timeout=20_000)
    sizes = [marks.nth(n).locator("path").last.bounding_box() for n in (0, 1)]
    assert all(sizes)
    assert sizes[0]["width"] > sizes[1]["width"], "by recipients"  # type: ignore[index]
    page.evaluate("window.isSamePage = true")
    page.locator("svg a[data-id=a]").click()
    expect(page).to_have_url(f"{ahead.address}/configuration?id=a")
    expect(page.locator("h1")).to_contain_text("Promoção")
    page.go_back()
    page.locator("svg a.hour text", has_text=f"{hour():%H:00}").click()
    expect(page).to_have_url(f"{ahead.address}/configurations?time={hour():%Y-%m-%dT%HZ}")
    expect(page.locator("tr[data-id]")).to_have_count(2)
    assert page.evaluate("window.isSamePage"), "within the session"


@pytest.mark.long
def test_the_point_of_no_return_has_a_form_that_no_verdict_has(ahead: Site, page: Page) -> None:
    """The mark of a send that waits for a confirmation is a diamond."""
    ahead.own_feed()
    ahead.abort("b")
    page.goto(ahead.address)
    expect(page.locator("svg a[data-id]")).to_have_count(2, timeout=20_000)
    forms = page.locator(".timeline .legend path").evaluate_all(
        "(paths) => paths.map((path) => path.getAttribute('d').replace(/[^a-z]/gi, ''))"
    )
    assert len(forms) == 3
    assert len(set(forms)) == 3


@pytest.mark.long
def test_the_keyboard_stops_once_on_the_marks_and_moves_between_them(
    ahead: Site, page: Page
) -> None:
    page.goto(ahead.address)
    first = page.locator("svg a[data-id=a]")
    expect(first).to_have_attribute("tabindex", "0", timeout=20_000)
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("svg a[data-id=b]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Encuesta")


@pytest.mark.long
def test_a_tile_opens_its_list_within_the_session(ahead: Site, page: Page) -> None:
    page.goto(ahead.address)
    page.locator(".st-key-frame a").first.wait_for(timeout=20_000)
    page.evaluate("window.isSamePage = true")
    page.get_by_role("link", name="Processing").click()
    expect(page).to_have_url(f"{ahead.address}/configurations?state=PROCESANDO")
    assert page.evaluate("window.isSamePage")
    page.go_back()
    expect(page.locator(".tiles")).to_be_visible()
