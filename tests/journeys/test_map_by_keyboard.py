"""A person maps an unknown file with the keyboard alone."""

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Site
from tests.journeys.test_feeds import SAVE_AS, choose

#: Repeated headings, no state, no id, and month names.
REPORT = (
    "Nome;Data;Data;Destinatários\n"
    "Promoção de verão;1 de janeiro de 2026 08:00;3 de abril de 2026 14:30;12.500\n"
    "Boletim;2 de janeiro de 2026 08:00;14 de abril de 2026 09:00;8.000\n"
)
SECONDS = 60


def go_to(page: Page, wanted: Locator) -> None:
    """Press Tab until this element has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(40):
        if wanted.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def pick(page: Page, field: str, text: str) -> None:
    """Go to a list of choices, and choose one."""
    go_to(page, page.get_by_role("combobox", name=field))
    press(page, text)
    expect(page.get_by_role("option")).to_have_count(0)


def press(page: Page, text: str) -> None:
    """Type the beginning of an option, and choose it with Enter."""
    page.keyboard.type(text)
    expect(page.get_by_role("option").first).to_contain_text(text)
    page.keyboard.press("Enter")


@pytest.mark.long
@pytest.mark.needs_new_window
def test_a_file_is_mapped_and_its_mapping_saved_by_keyboard_in_a_minute(
    page: Page, site: Site
) -> None:
    # With a listener from the start, the browser never opens its own window for files.
    page.on("filechooser", lambda _: None)
    page.goto(site.address + "/feeds")
    # This is the last part of the page, so the whole page is there.
    expect(page.get_by_text("Mappings: how files are read")).to_be_visible()
    began = time.monotonic()
    go_to(page, page.get_by_test_id("stFileUploader").locator("button").first)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    file = {"name": "report.csv", "mimeType": "text/csv", "buffer": REPORT.encode()}
    chooser.value.set_files(file)
    expect(page.get_by_text("Missing: ID, State, Scheduled time.")).to_be_visible()
    pick(page, "ID (required)", "several columns")
    go_to(page, page.get_by_role("combobox", name="Columns, in the order"))
    joined = page.get_by_test_id("stMultiSelect")
    for column in ("Nome", "Data (column 3)"):
        press(page, column)
        expect(joined).to_contain_text(column)
    page.keyboard.press("Escape")
    pick(page, "State (required)", "the same value")
    pick(page, "Value in all rows", "Finished (SENT-DONE)")
    pick(page, "Scheduled time (required)", "Data (column 3)")
    expect(page.get_by_text("If you load it: 2 new.")).to_be_visible()
    go_to(page, page.get_by_label(SAVE_AS))
    page.keyboard.type("Report")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The mapping “Report” is saved.")).to_be_visible()
    took = time.monotonic() - began
    assert took < SECONDS
    expect(page.get_by_text("Scheduled from Friday, 3 Apr 2026, 17:30")).to_be_visible()
    choose(page, site, "next.csv", REPORT.replace("Boletim", "Boletim 2"))
    expect(page.get_by_text("The file is read by the mapping “Report”.")).to_be_visible()
    expect(page.get_by_text("If you load it: 2 new.")).to_be_visible()
