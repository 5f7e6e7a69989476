"""Everything by keyboard alone, and nothing lost on the way."""

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.windows import Windows
from tests.looks.conftest import reading, visit

FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at.getAttribute("aria-label") || at.innerText || at.tagName;
}"""


def tab_to(page: Page, name: str, most: int) -> int:
    """Press Tab until something so named has the focus; return how often."""
    for pressed in range(1, most + 1):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return pressed
    raise AssertionError(f"{name!r} is not reached with {most} times Tab")


def test_the_keyboard_alone_stops_a_send_from_the_overview(windows: Windows, site: Site) -> None:
    with reading(windows) as page:
        visit(page, site)
        tab_to(page, "Abort Promoção de verão", 40)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Don't abort").wait_for()
        tab_to(page, "Abort this send", 8)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("stAlert")).to_contain_text("Stopped.")
    assert site.look("a")["state"] == "CANCELLED"


def test_escape_keeps_the_send_and_gives_the_focus_back(windows: Windows, site: Site) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        button = page.get_by_role("button", name="Abort Liquidação", exact=True)
        button.focus()
        page.keyboard.press("Enter")
        page.get_by_role("dialog").wait_for()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(button).to_be_focused()
    assert site.look("c") == {"state": "IN-PROGRESS", "accepted": 0, "refused": 0, "stops": 0}


def test_a_send_that_is_stopped_keeps_the_focus_on_its_row(windows: Windows, site: Site) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        page.get_by_role("button", name="Abort Liquidação", exact=True).focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Abort this send").focus()
        page.keyboard.press("Enter")
        expect(page.locator("tr[data-id=c]")).to_contain_text("Stopped")
        expect(page.locator("tr[data-id=c] a")).to_be_focused()
        page.keyboard.press("Shift+Tab")
        expect(page.locator("tr[data-id=c] a")).not_to_be_focused()


def test_a_slash_leads_to_the_search_and_stays_a_slash_in_it(windows: Windows, site: Site) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        search = page.get_by_label("Search", exact=True)
        expect(search).to_be_visible()
        page.keyboard.press("/")
        expect(search).to_be_focused()
        page.keyboard.type("a/b")
        expect(search).to_have_value("a/b")


def test_a_send_that_can_no_longer_be_stopped_is_announced_politely(
    windows: Windows, site: Site
) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        news = page.locator(".announcements[role=status]")
        expect(news).to_have_text("")
        site.move("c", "IN-PROGRESS", 5000)
        # What a refresh does, without waiting for one.
        page.locator(".st-key-state_all button").click()
        expect(news).to_have_text("Liquidação: Too late")
