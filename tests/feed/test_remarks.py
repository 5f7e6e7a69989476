"""Headings with a remark or a word for a number: read if it changes nothing, else asked about."""

import pytest

from core.feed.loader import Loader
from tests.feed.test_tried_files import AT, HEAD, READ, ROW, tried
from tests.feed.workbooks import workbook

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "heading",
    [
        *("scheduled_at (ISO 8601)", "Scheduled at (ISO)", "scheduled_at [RFC 3339]"),
        *("Send time (datetime)", "scheduled_at_iso8601", "Scheduled at (required)"),
    ],
)
def test_a_time_is_read_below_a_heading_with_a_remark_on_its_form(
    loader: Loader, heading: str
) -> None:
    assert READ in tried(loader, f"{HEAD}\n{ROW}".replace("scheduled_at", heading))


@pytest.mark.parametrize(
    ("heading", "number"),
    [
        *(("scheduled_at (epoch)", "1893585600"), ("scheduled_at_epoch_ms", "1893585600000")),
        *(("Send time (Unix)", "1893585600"), ("sendTime (ms)", "1893585600000")),
    ],
)
def test_a_count_is_read_below_a_heading_that_says_so(
    loader: Loader, heading: str, number: str
) -> None:
    text = f"{HEAD}\n{ROW}".replace("scheduled_at", heading).replace(AT, number)
    assert READ in tried(loader, text)


@pytest.mark.parametrize(
    "heading",
    [
        *("No. of recipients", "No of recipients", "Cant. destinatarios", "# of recipients"),
        *("Nº de destinatários", "N° destinatários", "Num. de destinatarios", "# contacts"),
        *(
            "Recipients (contacts)",
            "Recipients (total)",
            "Recipients (est.)",
            "Qty. contacts",
            "Contact count",
        ),
        *("Recipients (integer)", "Recipients [planned]", "Nro. de suscriptores"),
    ],
)
def test_recipients_are_read_below_a_heading_with_a_word_for_a_number(
    loader: Loader, heading: str
) -> None:
    found = tried(loader, f"{HEAD}\n{ROW}".replace("total_records", heading))
    assert READ in found
    assert f"Recipients is read from the column “{heading}”." in found


@pytest.mark.parametrize(
    "heading",
    [
        *("Recipients (unique)", "Recipients (opens)", "Recipients (sent)", "No recipients"),
        *("Contact number", "Número do contato", "Recipient No."),
    ],
)
def test_a_remark_that_may_mean_another_number_is_asked_about(loader: Loader, heading: str) -> None:
    text = f"{HEAD}\n{ROW}".replace("total_records", heading)
    assert "no column for Recipients" in tried(loader, text)
    beside = tried(loader, f"{HEAD},{heading}\n{ROW},4")
    assert READ in beside
    assert f"Columns that are not read: {heading}." in beside


def test_other_fields_are_read_below_headings_with_a_remark(loader: Loader) -> None:
    head = "id (unique),Name (text),Status (current),recipients (int),scheduled_at"
    assert READ in tried(loader, f"{head}\n{ROW}")


@pytest.mark.parametrize("heading", ["Status (timestamp)", "name (unique)", "id (old)"])
def test_a_remark_that_changes_the_meaning_is_not_left_out(loader: Loader, heading: str) -> None:
    found = tried(loader, f"{heading},{HEAD}\nx,{ROW}")
    assert READ in found
    assert f"Columns that are not read: {heading}." in found


def test_a_heading_without_a_remark_comes_first(loader: Loader) -> None:
    found = tried(loader, f"name (internal),scheduled_at (epoch),{HEAD}\nB,7,{ROW}")
    assert READ in found
    asked = tried(loader, f"recipients (contacts),{HEAD}\n7,{ROW}")
    assert "may both have the recipients, and they differ" in asked


def test_headings_over_several_lines_are_read(loader: Loader) -> None:
    head = '"Campaign\nID","Campaign\nName",Status,"Recipients\n(total)","Scheduled\nat (ISO)"'
    assert READ in tried(loader, f"{head}\n{ROW}")
    rows = [["id", "name", "state", "Total\nRecipients", "Scheduled \nat"], ROW.split(",")]
    assert READ in tried(loader, workbook({"S": rows}), name="f.xlsx")


def test_a_very_long_heading_takes_no_time(loader: Loader) -> None:
    assert READ in tried(loader, f"{HEAD},{'y ' * 20_000}(x)\n{ROW},")


@pytest.mark.parametrize(
    ("at", "is_read"),
    [
        *(("2030-01-02T09:00-03:00[America/Sao_Paulo]", True), ("2030-01-02T12:00Z[UTC]", True)),
        *(("2030-01-02T07:00:00-05:00[America/New_York]", True), ("2030-01-02 12:00 UTC", True)),
        ("2030-01-02T09:00:00-03:00[America/New_York]", False),
        ("2030-01-02T12:00Z[America/Lima]", True),
        ("2030-01-02T09:00-03:00[UTC]", False),
        *(("2030-01-02 09:00 -0300 America/New_York", False), ("2030-01-02 09:00 -0300 BRT", True)),
    ],
)
def test_a_zone_beside_an_offset_must_have_this_offset(
    loader: Loader, at: str, is_read: bool
) -> None:
    found = tried(loader, f"{HEAD}\n1,A,scheduled,5,{at}")
    assert found.startswith(READ) is is_read
    assert is_read or "has an offset and a zone, and this zone has another offset" in found
