"""A bulk abort in a real browser: with the mouse, the keyboard and a finger, while rows move."""

import csv
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Site
from tests.journeys.live_page import SECOND, feed
from tests.journeys.windows import Windows

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SENDS = {f"s{n:02}": 3_000 + n for n in range(12)}
#: Milliseconds. Far longer than a long press must be, because a busy machine notices it late.
LONG_PRESS = 1_500


def box(page: Page, id: str) -> Locator:
    return page.get_by_role("checkbox", name=f"Select Send {id}", exact=True)


def bar(page: Page) -> Locator:
    return page.locator(".chosen")


def open_list(page: Page, site: Site, query: str = "") -> None:
    page.goto(f"{site.address}/configurations{query}")
    expect(box(page, "s05")).to_be_visible()


def confirm(page: Page, count: int) -> None:
    """Confirm the dialog, and wait until the result has an outcome for each send."""
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name=f"Abort {count} sends")).to_be_enabled()
    dialog.get_by_role("button", name=f"Abort {count} sends").click()
    expect(page.get_by_role("heading", name=f"Bulk abort of {count} sends")).to_be_visible()
    expect(page.locator(".bulk-sends")).not_to_contain_text("Not decided yet")
    expect(page.get_by_role("button", name="Result as CSV")).to_be_visible()


def states(site: Site) -> dict[str, str]:
    return {id: site.look(id)["state"] for id in SENDS}


def stopped(site: Site) -> list[str]:
    return [id for id, state in states(site).items() if state == "CANCELLED"]


def test_a_range_is_stopped_with_the_mouse_while_rows_move(page: Page, fast_site: Site) -> None:
    fast_site.seed(feed(**SENDS))
    open_list(page, fast_site)
    box(page, "s02").click()
    fast_site.move("s00", "IN-PROGRESS", 7_000)
    fast_site.move("s07", "PROCESANDO", 0)
    box(page, "s05").click(modifiers=["Shift"])
    expect(bar(page)).to_contain_text("4 sends · 28,000 recipients")
    bar(page).get_by_role("button", name="Abort 4…").click()
    fast_site.move("s01", "IN-PROGRESS", 7_000)
    confirm(page, 4)
    assert stopped(fast_site) == ["s02", "s03", "s04", "s05"]
    assert all(fast_site.look(id)["accepted"] == 1 for id in stopped(fast_site))
    assert states(fast_site)["s06"] == "SCHEDULED"


def test_a_selected_send_that_goes_out_leaves_the_selection_and_the_bar_says_so(
    page: Page, fast_site: Site
) -> None:
    fast_site.seed(feed(**SENDS))
    open_list(page, fast_site)
    for id in ("s01", "s02"):
        box(page, id).click()
    expect(bar(page)).to_contain_text("2 sends")
    fast_site.move("s02", "IN-PROGRESS", 7_000)
    expect(bar(page)).to_contain_text("can no longer be stopped and left the selection: Send s02")
    expect(bar(page)).to_contain_text("1 send · 7,000 recipients")
    # The sentence covers headings that sort the list.
    bar(page).get_by_role("button", name="Close").click()
    expect(bar(page).get_by_text("left the selection")).to_be_hidden()
    page.get_by_role("button", name="Name", exact=True).click()
    expect(page).to_have_url(re.compile("sort=name"))


@pytest.mark.long
def test_the_keyboard_selects_a_range_and_confirms_a_typed_number(
    page: Page, fast_site: Site
) -> None:
    fast_site.seed(feed(**SENDS))
    open_list(page, fast_site)
    box(page, "s00").focus()
    page.keyboard.press("Space")
    expect(box(page, "s00")).to_be_checked()
    box(page, "s10").focus()
    page.keyboard.press("Shift+Space")
    expect(bar(page)).to_contain_text("11 sends")
    bar(page).get_by_role("button", name="Abort 11…").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    typed = dialog.get_by_label(re.compile("Type 11"))
    # A press before the number is typed leads to the field.
    dialog.get_by_role("button", name="Abort 11 sends").focus()
    page.keyboard.press("Enter")
    expect(typed).to_be_focused()
    page.keyboard.type("11")
    dialog.get_by_role("button", name="Abort 11 sends").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Bulk abort of 11 sends")).to_be_visible()
    expect(page.locator(".bulk-sends")).not_to_contain_text("Not decided yet")
    assert stopped(fast_site) == [id for id in SENDS if id != "s11"]


@pytest.mark.long
def test_a_long_press_selects_on_a_phone_and_a_tap_does_not(
    windows: Windows, fast_site: Site
) -> None:
    fast_site.seed(feed(**SENDS))
    with windows.open(is_new=True, **PHONE) as page:
        open_list(page, fast_site)
        touch(page, "s01", LONG_PRESS)
        expect(box(page, "s01")).to_be_checked()
        assert page.url.endswith("/configurations")
        box(page, "s02").tap()
        expect(bar(page)).to_contain_text("2 sends")
        button = bar(page).get_by_role("button", name="Abort 2…")
        expect(button).to_be_in_viewport()
        button.tap()
        confirm(page, 2)
    assert stopped(fast_site) == ["s01", "s02"]


def touch(page: Page, id: str, milliseconds: int) -> None:
    """Hold a finger on the name of a send."""
    place = page.locator(f"tr[data-id={id}] .name a").bounding_box()
    assert place is not None
    at = {"x": place["x"] + 20, "y": place["y"] + 8}
    wire = page.context.new_cdp_session(page)
    wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    page.wait_for_timeout(milliseconds)
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.long
def test_the_selection_survives_sorting_paging_and_another_page(
    page: Page, quiet_site: Site
) -> None:
    quiet_site.seed(feed(**{f"s{n:02}": 3_000 + n for n in range(40)}))
    open_list(page, quiet_site)
    box(page, "s05").click()
    expect(bar(page)).to_contain_text("1 send ")
    page.get_by_role("button", name="Next").click()
    box(page, "s30").click()
    expect(bar(page)).to_contain_text("2 sends · 14,000 recipients · 1 not on this page")
    page.get_by_role("button", name="Recipients").click()
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.get_by_role("link", name="Sends", exact=True).click()
    expect(box(page, "s05")).to_be_checked()
    expect(bar(page)).to_contain_text("2 sends · 14,000 recipients")
    page.get_by_role("button", name="All 40 in this list that can be stopped").click()
    expect(bar(page)).to_contain_text("40 sends · 280,000 recipients")


@pytest.mark.long
def test_the_selection_survives_a_reload_of_the_page(page: Page, quiet_site: Site) -> None:
    quiet_site.seed(feed(**{f"s{n:02}": 3_000 + n for n in range(40)}))
    open_list(page, quiet_site)
    box(page, "s05").click()
    page.get_by_role("button", name="All 40 in this list that can be stopped").click()
    box(page, "s06").click()
    expect(bar(page)).to_contain_text("39 sends · 273,000 recipients")
    page.reload()
    expect(bar(page)).to_contain_text("39 sends · 273,000 recipients")
    expect(box(page, "s05")).to_be_checked()
    expect(box(page, "s06")).not_to_be_checked()
    bar(page).get_by_role("button", name="Clear selection").click()
    expect(bar(page)).to_be_hidden()
    page.wait_for_timeout(SECOND)
    page.reload()
    expect(box(page, "s05")).not_to_be_checked()
    page.wait_for_timeout(SECOND)
    expect(bar(page)).to_be_hidden()


@pytest.mark.long
def test_a_selection_that_rests_requests_nothing_from_the_server(
    page: Page, quiet_site: Site
) -> None:
    quiet_site.seed(feed(**SENDS))
    open_list(page, quiet_site)
    box(page, "s01").click()
    page.get_by_role("checkbox", name="All on this page").click()
    expect(bar(page)).to_contain_text("12 sends")
    page.wait_for_timeout(SECOND)
    runs = quiet_site.runs()
    page.wait_for_timeout(2 * SECOND)
    assert quiet_site.runs() == runs


@pytest.mark.long
def test_a_result_is_found_again_in_a_new_tab(page: Page, fast_site: Site) -> None:
    fast_site.seed(feed(**SENDS))
    open_list(page, fast_site)
    page.get_by_role("checkbox", name="All on this page").click()
    bar(page).get_by_role("button", name="Abort 12…").click()
    page.get_by_role("dialog").get_by_label(re.compile("Type 12")).fill("12")
    page.get_by_role("button", name="Abort 12 sends").click()
    page.wait_for_url("**bulk=*")
    page.goto("about:blank")
    page.goto(fast_site.address + "/aborts")
    row = page.locator("tr.batch").first
    row.locator("summary", has_text="12 sends").click()
    row.get_by_role("link", name="Show all with their outcomes").click()
    expect(page.locator(".bulk-sends tbody tr")).to_have_count(12)
    with fast_site.late(2), page.expect_download() as download:
        page.wait_for_timeout(2_500)  # the browser does not have the last refresh yet
        page.get_by_role("button", name="Result as CSV").click()
    assert download.value.suggested_filename == "freio-bulk-abort.csv"
    text = download.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["configuration_id"] for row in rows] == list(SENDS)
    assert {row["outcome"] for row in rows} == {"stopped"}


@pytest.mark.long
def test_a_selection_that_was_aborted_does_not_come_back_after_a_reload(
    page: Page, fast_site: Site
) -> None:
    fast_site.seed(feed(**SENDS))
    open_list(page, fast_site)
    box(page, "s05").click()
    expect(page.locator("body")).to_contain_text("1 send · 7,000 recipients")
    bar(page).get_by_role("button", name="Abort 1…").click()
    page.get_by_role("button", name="Abort 1 send").click()
    page.wait_for_url("**bulk=*")
    # Also if the server has not written the abort when the list is open again.
    fast_site.look("s05")
    assert page.evaluate("sessionStorage.getItem('freio-selection')") is None
    page.reload()
    page.get_by_role("link", name="Sends", exact=True).click()
    expect(page.locator("tbody tr[data-id]").first).to_be_visible()
    expect(bar(page)).to_be_hidden()


def test_all_that_match_are_those_that_the_person_saw(page: Page, fast_site: Site) -> None:
    fast_site.seed(feed(**{f"s{n:02}": 3_000 for n in range(60)}))
    every = page.locator(".all-matching")
    page.goto(f"{fast_site.address}/configurations?q=s")
    expect(every).to_contain_text("60")
    every.click()
    expect(bar(page)).to_contain_text("60 sends")
    page.locator(".clear").click()
    page.get_by_label("Search", exact=True).fill("s0")
    # This click sends the entered search too. Whichever arrives first, the button said 60.
    every.click()
    expect(page.locator("tbody tr[data-id]")).to_have_count(10)
    expect(bar(page)).not_to_contain_text("10 sends")
