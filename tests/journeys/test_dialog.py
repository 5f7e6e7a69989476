"""The open dialog shows the current facts, and keeps the focus and what a person types and chooses."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from pages.text import palette
from tests.journeys.browser import serving
from tests.journeys.conftest import Site
from tests.journeys.live_page import SECOND, seconds
from tests.looks.test_accessibility import barriers

HEAD = "id,name,state,total_records,generated_records,scheduled_at,account,channel,audience\n"
#: The colour in the format of Chromium.
RED = "rgb({}, {}, {})".format(*bytes.fromhex(palette.ABORT[0].removeprefix("#")))

#: The longest time between a change of a send and the sentence about it in the open dialog.
AT_ONCE = 3 * SECOND

FOCUSED = """() => {
  const at = document.activeElement;
  return at.getAttribute("aria-label") || at.innerText || at.type;
}"""


@pytest.fixture(scope="module")
def usual_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A dashboard whose pages refresh every ten seconds."""
    settings = {"FREIO_DEMO": "off", "FREIO_REFRESH_SECONDS": "10"}
    with serving("tests.journeys.server:app", tmp_path_factory.mktemp("usual"), **settings) as at:
        yield Site(at)


def seeded(site: Site, left: timedelta = timedelta(minutes=5)) -> Site:
    soon = (datetime.now(UTC) + left).isoformat()
    site.seed(
        f"{HEAD}a,Send a,SCHEDULED,12000,0,{soon},Norte,email,Customers\n"
        f"b,Send b,SCHEDULED,7000,0,{soon},Norte,,\n"
    )
    return site


def opened(page: Page, site: Site, id: str = "a") -> Locator:
    """Open the list and the dialog of a send, and return the dialog."""
    page.goto(site.address + "/configurations")
    return opened_again(page, id)


def opened_again(page: Page, id: str = "a") -> Locator:
    page.get_by_role("button", name=f"Abort Send {id}", exact=True).click()
    dialog = page.get_by_role("dialog", name="Abort this send?")
    expect(dialog).to_contain_text(f"Send {id}")
    return dialog


def answer(dialog: Locator) -> Locator:
    return dialog.locator(".abort-answers button").first


def note(dialog: Locator) -> Locator:
    return dialog.get_by_label("Note (optional)")


@pytest.mark.long
def test_it_follows_its_send_until_the_first_batch_and_says_what_still_helps(
    page: Page, fast_site: Site
) -> None:
    dialog = opened(page, seeded(fast_site))
    expect(dialog).to_contain_text(
        "Nothing has been processed. If you abort it now, it reaches none of its 12,000 recipients."
    )
    expect(dialog.locator(".left .figure")).to_contain_text("4 min")
    expect(dialog).to_contain_text("This cannot be undone.")
    note(dialog).fill("price")
    answer(dialog).focus()
    fast_site.move("a", "PROCESANDO", 0)
    expect(dialog).to_contain_text(
        "Its data is being processed. When processing ends, the send is stopped automatically "
        "and reaches none of its 12,000 recipients."
    )
    fast_site.move("a", "IN-PROGRESS", 0)
    expect(dialog).to_contain_text(
        "Sending has not begun. If you abort it now, it reaches none of its 12,000 recipients."
    )
    expect(answer(dialog)).to_have_text("Abort this send")
    expect(answer(dialog)).to_be_enabled()
    fast_site.move("a", "IN-PROGRESS", 5_000)
    expect(dialog).to_contain_text(
        "Generation has started and cannot be interrupted: 5,000 of 12,000 records are generated, "
        "and the rest follows batch by batch. It reaches all of them."
    )
    expect(dialog).to_contain_text(
        "What still helps: If it is wrong, prepare a correction for those who get it."
    )
    expect(dialog).not_to_contain_text("This cannot be undone.")
    expect(dialog.locator(".left")).to_be_hidden()
    expect(answer(dialog)).to_have_text("Too late")
    expect(answer(dialog)).to_be_disabled()
    expect(answer(dialog)).to_be_focused()
    expect(note(dialog)).to_have_value("price")
    assert barriers(page) == []
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert fast_site.look("a") == {"state": "IN-PROGRESS", "accepted": 0, "refused": 0, "stops": 0}


@pytest.mark.long
def test_a_send_that_closes_at_any_moment_looks_as_urgent_as_in_the_last_minute(
    page: Page, fast_site: Site
) -> None:
    due = (datetime.now(UTC) + timedelta(seconds=12)).isoformat()
    fast_site.seed(f"{HEAD}a,Send a,SCHEDULED,12000,0,{due},Norte,email,Customers\n")
    left = opened(page, fast_site).locator(".left .is-last")
    expect(left).to_contain_text("s left")
    expect(left).to_have_text("any moment", timeout=20_000)
    label, shape = page.locator(".left .label").bounding_box(), left.bounding_box()
    assert label is not None
    assert shape is not None
    assert shape["y"] >= label["y"] + label["height"] - 0.5, "the label is covered"


@pytest.mark.long
def test_it_follows_within_three_seconds_beside_a_list_that_refreshes_more_slowly(
    page: Page, usual_site: Site
) -> None:
    dialog = opened(page, seeded(usual_site))
    expect(dialog).to_contain_text("Nothing has been processed.")
    for state, generated, said in (
        ("PROCESANDO", 0, "Its data is being processed."),
        ("IN-PROGRESS", 0, "Sending has not begun."),
        ("IN-PROGRESS", 5_000, "Generation has started and cannot be interrupted"),
    ):
        # Together these waits are longer than the period of the list.
        page.wait_for_timeout(4 * SECOND)
        usual_site.move("a", state, generated)
        expect(dialog).to_contain_text(said, timeout=AT_ONCE)
    expect(answer(dialog)).to_have_text("Too late", timeout=SECOND)


@pytest.mark.long
def test_recipients_and_a_countdown_stand_beside_each_other_in_large_type(
    page: Page, usual_site: Site
) -> None:
    dialog = opened(page, seeded(usual_site, timedelta(seconds=110)))
    recipients, left = dialog.locator(".figures > p").all()
    expect(recipients).to_contain_text("Recipients 12,000")
    expect(left).to_contain_text("Point of no return 1 min")
    boxes = recipients.bounding_box(), left.bounding_box()
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
    plain = size(dialog.locator(".facts dd").first)
    assert all(size(each.locator(".figure")) > 1.9 * plain for each in (recipients, left))
    seen = []
    for _ in range(4):
        seen.append(seconds(left.locator(".figure").inner_text()))
        page.wait_for_timeout(SECOND)
    assert all(0 <= a - b <= 2 for a, b in pairwise(seen))
    assert 2 <= seen[0] - seen[-1] <= 4


def size(text: Locator) -> float:
    return float(text.evaluate("text => parseFloat(getComputedStyle(text).fontSize)"))


@pytest.mark.long
def test_five_refreshes_take_neither_text_nor_focus_nor_reason(page: Page, fast_site: Site) -> None:
    dialog = opened(page, seeded(fast_site))
    dialog.get_by_role("radio", name="Wrong audience").check()
    text, seen = "", set()
    note(dialog).click()
    for letter in "the offer ended yesterday, and the new prices are not in it. " * 9:
        page.keyboard.type(letter)
        text += letter
        page.wait_for_timeout(150)
        seen.add(dialog.locator("[data-facts]").get_attribute("data-at"))
        if len(seen) > 5:
            break
    assert len(seen) > 5, "the dialog does not refresh"
    expect(note(dialog)).to_have_value(text)
    expect(note(dialog)).to_be_focused()
    expect(dialog.get_by_role("radio", name="Wrong audience")).to_be_checked()
    answer(dialog).click()
    expect(dialog).to_have_count(0)
    assert fast_site.answers("a") == [["wrong_audience", text.strip()]]


def test_escape_and_a_click_outside_keep_the_send_and_what_was_typed(
    page: Page, fast_site: Site
) -> None:
    dialog = opened(page, seeded(fast_site))
    note(dialog).fill("price")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    opened_again(page, "b")
    expect(note(dialog)).to_have_value("")
    page.mouse.click(5, 5)
    expect(dialog).to_have_count(0)
    opened_again(page, "a")
    expect(note(dialog)).to_have_value("price")
    dialog.get_by_role("radio", name="Legal").check()
    dialog.get_by_role("button", name="Don't abort").click()
    expect(dialog).to_have_count(0)
    opened_again(page, "a")
    expect(dialog.get_by_role("radio", name="Legal")).to_be_checked()
    assert fast_site.look("a") == {"state": "SCHEDULED", "accepted": 0, "refused": 0, "stops": 0}


def test_the_tab_key_goes_through_the_dialog_in_its_order(page: Page, fast_site: Site) -> None:
    dialog = opened(page, seeded(fast_site))
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    fields = ["Copy the ID", "radio", "text", "Abort this send", "Don't abort"]
    assert reached == ["Close", *fields, "Close"]
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    expect(note(dialog)).to_be_focused()
    page.keyboard.press("Enter")  # Enter in the note confirms nothing
    dialog.get_by_role("button", name="Copy the ID").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(dialog.get_by_role("radio", name="Wrong content")).to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("radio", name="Wrong audience")).to_be_checked()
    page.keyboard.press("Space")
    expect(dialog.get_by_role("radio", name="Wrong audience")).not_to_be_checked()
    assert fast_site.look("a")["state"] == "SCHEDULED"


@pytest.mark.long
def test_the_id_is_copied_with_one_press(page: Page, fast_site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog = opened(page, seeded(fast_site))
    dialog.get_by_role("button", name="Copy the ID").click()
    expect(dialog).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "a"


@pytest.mark.long
def test_the_button_that_aborts_is_red_and_the_other_is_not(page: Page, fast_site: Site) -> None:
    dialog = opened(page, seeded(fast_site))
    assert colour(page.locator("tr[data-id=b] button")) == RED
    assert colour(answer(dialog)) == RED
    assert colour(dialog.get_by_role("button", name="Don't abort")) == "rgba(0, 0, 0, 0)"
    page.goto(fast_site.address + "/configuration?id=a")
    button = page.locator(".st-key-abort_this button")
    expect(button).to_be_visible()
    assert colour(button) == RED
    button.click()
    expect(dialog).to_contain_text("Send a")


def colour(button: Locator) -> str:
    return button.evaluate("button => getComputedStyle(button).backgroundColor")


@pytest.mark.long
def test_a_required_reason_is_asked_for_before_the_abort(page: Page, tmp_path: Path) -> None:
    settings = {"FREIO_DEMO": "off", "FREIO_REASON_REQUIRED": "on"}
    with serving("tests.journeys.server:app", tmp_path, **settings) as address:
        site = seeded(Site(address))
        dialog = opened(page, site)
        expect(answer(dialog)).to_be_disabled()
        answer(dialog).click(force=True)
        expect(dialog.get_by_role("radio", name="Wrong content")).to_be_focused()
        assert site.look("a")["state"] == "SCHEDULED"
        page.keyboard.press("Space")
        expect(answer(dialog)).to_be_enabled()
        answer(dialog).click()
        expect(dialog).to_have_count(0)
        assert site.answers("a") == [["wrong_content", ""]]
