"""Everything works with the keyboard alone, and the focus is never lost."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.windows import PHONE, Windows
from tests.looks.conftest import PAGES, reading, visit

FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  // The first line of a link with an icon is the name of the icon.
  return at.getAttribute("aria-label") || at.innerText.split("\\n").pop() || at.tagName;
}"""


def tab_to(page: Page, name: str, most: int) -> int:
    """Press Tab until an element with this name has the focus; return the number of presses."""
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


@pytest.mark.long
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


@pytest.mark.long
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


@pytest.mark.long
def test_a_slash_leads_to_the_search_and_stays_a_slash_in_it(windows: Windows, site: Site) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        search = page.get_by_label("Search", exact=True)
        expect(search).to_be_visible()
        page.keyboard.press("/")
        expect(search).to_be_focused()
        page.keyboard.type("a/b")
        expect(search).to_have_value("a/b")


@pytest.mark.long
def test_a_slash_opens_the_search_of_the_list_from_any_page(windows: Windows, site: Site) -> None:
    with reading(windows) as page:
        search = page.get_by_label("Search", exact=True)
        for path in PAGES:
            visit(page, site, path)
            page.keyboard.press("/")
            expect(search).to_be_focused()
            expect(page).to_have_url(re.compile("/configurations"))
        page.keyboard.type("norte otono")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("configuration\\?id=b"))


def test_after_a_search_with_several_hits_the_keys_work_in_the_list(
    windows: Windows, site: Site
) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        page.keyboard.press("/")
        search = page.get_by_label("Search", exact=True)
        expect(search).to_be_focused()
        page.keyboard.type("norte")
        page.keyboard.press("Enter")
        expect(page.locator("tr[data-id]")).to_have_count(2)
        expect(search).not_to_be_focused()
        page.keyboard.press("j")
        expect(page.locator("tr[data-id] a").first).to_be_focused()
        expect(search).to_have_value("norte")


OLD_LIST_ARRIVES_LATE = """() => {
  const host = [...document.querySelectorAll('[class*="_rows"] *')].find((each) => each.shadowRoot);
  const root = host.shadowRoot.querySelector(".rows");
  const view = root.view;
  root.view = undefined;
  addEventListener("keydown", ({ key }) => key === "Enter" && setTimeout(() => (root.view = view)), true);
}"""


def test_a_search_opens_its_only_hit_if_the_list_before_it_is_drawn_after_enter(
    windows: Windows, site: Site
) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        page.keyboard.press("/")
        page.keyboard.type("norte otono")
        page.evaluate(OLD_LIST_ARRIVES_LATE)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("configuration\\?id=b"))


@pytest.mark.long
def test_escape_leaves_the_search_for_the_list(windows: Windows, site: Site) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        page.keyboard.press("/")
        search = page.get_by_label("Search", exact=True)
        expect(search).to_be_focused()
        page.keyboard.press("Escape")
        expect(search).not_to_be_focused()
        page.keyboard.press("j")
        expect(page.locator("tr[data-id] a").first).to_be_focused()


@pytest.mark.long
def test_after_a_search_by_touch_the_focus_stays_in_its_field(windows: Windows, site: Site) -> None:
    with reading(windows, **PHONE) as page:
        visit(page, site, "configurations")
        search = page.get_by_label("Search", exact=True)
        search.tap()
        page.keyboard.type("norte")
        page.keyboard.press("Enter")
        expect(page.locator("tr[data-id]")).to_have_count(2)
        page.wait_for_timeout(500)
        expect(search).to_be_focused()


@pytest.mark.parametrize("back", ["link", "browser"])
def test_a_send_that_was_opened_from_the_list_has_the_focus_when_one_comes_back(
    windows: Windows, site: Site, back: str
) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        for _ in range(2):
            page.keyboard.press("j")
        opened = page.locator("tr[data-id]").nth(1)
        id = opened.get_attribute("data-id")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"configuration\\?id={id}"))
        way_back = page.get_by_role("link", name="Back: Sends")
        expect(way_back).to_be_visible()
        if back == "link":
            way_back.focus()
            page.keyboard.press("Enter")
        else:
            page.go_back()
        expect(page.locator(f"tr[data-id='{id}'] a")).to_be_focused()


@pytest.mark.long
def test_keys_move_through_the_rows_and_open_the_dialog_and_the_send(
    windows: Windows, site: Site
) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        rows = page.locator("tr[data-id]")
        for key, focused in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
            page.keyboard.press(key)
            expect(rows.nth(focused).locator("a")).to_be_focused()
        id = rows.nth(1).get_attribute("data-id")
        page.keyboard.press("a")
        page.get_by_role("dialog").wait_for()
        page.keyboard.press("j")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        rows.nth(1).locator("a").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"configuration\\?id={id}"))


@pytest.mark.long
@pytest.mark.needs_new_window
def test_the_keys_are_explained_and_can_be_switched_off(windows: Windows, site: Site) -> None:
    with reading(windows, is_new=True) as page:
        visit(page, site, "configurations")
        page.keyboard.press("?")
        panel = page.get_by_role("dialog", name="Keyboard shortcuts")
        expect(panel).to_be_visible()
        panel.get_by_label("Use /, j, k, a and ?").uncheck()
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        for _ in range(2):
            page.keyboard.press("j")
            page.keyboard.press("?")
            expect(panel).to_be_hidden()
            expect(page.locator("tr[data-id] a").first).not_to_be_focused()
            page.reload()
            page.locator("tr[data-id]").first.wait_for()
        page.get_by_role("button", name="Keyboard shortcuts").click()
        panel.get_by_label("Use /, j, k, a and ?").check()
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        expect(page.locator("tr[data-id] a").first).to_be_focused()


@pytest.mark.long
def test_a_send_that_can_no_longer_be_stopped_is_announced_politely(
    windows: Windows, site: Site
) -> None:
    with reading(windows) as page:
        visit(page, site, "configurations")
        news = page.locator(".announcements[role=status]")
        expect(news).to_have_text("")
        site.move("c", "IN-PROGRESS", 5000)
        # This draws the list again, as a refresh does.
        page.get_by_role("button", name="All 4", exact=True).click()
        expect(news).to_have_text("Liquidação: Too late")
