"""The header of every page: zone, demo notice, tab title, and the link that skips the navigation."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Site
from tests.journeys.windows import Windows
from tests.looks.conftest import reading, visit
from tests.looks.test_keyboard import FOCUSED

OUTLINE = """(element) => {
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
  return [outlineStyle, outlineWidth, outlineColor];
}"""


@pytest.mark.long
def test_the_first_tab_skips_to_the_list(windows: Windows, site: Site) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        first = page.locator("tbody a").first
        expect(first).to_be_visible()
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED) == "Skip to the list"
        page.keyboard.press("Enter")
        expect(first).to_be_focused()
        in_row = first.evaluate(OUTLINE)
        # The keyboard was used last, so the browser shows where the focus is.
        entry = page.get_by_test_id("stTopNavLink").first
        entry.focus()
        assert entry.evaluate(OUTLINE) == in_row
        assert in_row[:2] == ["solid", "2px"]


@pytest.mark.long
def test_the_title_of_the_tab_is_the_page_or_the_send(windows: Windows, site: Site) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        expect(page).to_have_title("Sends – Freio")
        visit(page, site, "configuration?id=a")
        expect(page).to_have_title("Promoção de verão – Freio")


@pytest.mark.long
def test_the_title_of_the_tab_counts_open_concerns(windows: Windows, busy: Site) -> None:
    with reading(windows) as page:
        page.wait_for_timeout(5_000)  # an abort is overdue a few seconds later
        visit(page, busy, "help")
        expect(page).to_have_title("(1) Help – Freio")


@pytest.mark.long
@pytest.mark.parametrize("width", [390, 800, 1280])
def test_zone_and_demo_notice_are_in_the_header_and_cover_nothing(
    windows: Windows, site: Site, width: int
) -> None:
    with reading(windows, "pt", viewport={"width": width, "height": 800}) as page:
        visit(page, site, "help")
        frame = page.locator(".st-key-frame")
        expect(frame.get_by_text("Demonstração")).to_be_visible()
        expect(frame.locator(".zone")).to_be_visible()
        box = frame.locator(".place").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        entries = page.locator(
            '[data-testid="stTopNavLink"]:visible, [data-testid="stExpandSidebarButton"]:visible'
        )
        for entry in entries.all():
            at = entry.bounding_box()
            assert at is not None
            assert at["x"] + at["width"] <= box["x"]


@pytest.mark.long
def test_a_receipt_leads_to_its_send_within_the_session_and_back(
    windows: Windows, busy: Site
) -> None:
    with reading(windows) as page:
        visit(page, busy, "aborts?time=week")
        page.evaluate("window.isSamePage = true")
        page.locator(".receipts a").first.click()
        page.get_by_role("link", name="Back: Aborts").click()
        expect(page.locator(".receipts a").first).to_be_visible()
        assert page.url.endswith("/aborts?time=week")
        assert page.evaluate("window.isSamePage")
