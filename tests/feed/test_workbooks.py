"""Workbooks: what a person sees in a cell is read, or the row is rejected with the reason."""

import pytest

from core.feed.loader import Loader
from tests.feed.test_tried_files import AT, HEAD, READ, tried
from tests.feed.workbooks import Xml, workbook

pytestmark = pytest.mark.slow  # each workbook is read in a child process

HEADINGS = HEAD.split(",")


def read(loader: Loader, *rows: list[object], code: str = "") -> str:
    return tried(loader, workbook({"Sends": [HEADINGS, *rows]}, code), name="f.xlsx")


@pytest.mark.parametrize(
    "code",
    [
        *('0"k"', "0 \\K", "0,", "#,##0,", '0.0,,"M"', '0" mil"', '0 "x 1000"', '0"000"'),
        *('#,##0"%"', "0\\%", "#,##0%", "0.00 %", "[$R$-416] #,##0", '"US$" 0', "[$€-2] 0"),
        *('"~"0', '0"+"', "#,##0+", "~0", '"<"0', '"aprox. "0'),
        *('[>=1000]0,"k";0', '[<1000]0;[<1000000]0.0,"k";0.0,,"M"', "0\\.0"),
    ],
)
def test_a_count_whose_format_may_show_another_number_is_rejected(
    loader: Loader, code: str
) -> None:
    found = read(loader, ["1", "A", "scheduled", "5", AT], ["2", "B", "sent", 12, AT], code=code)
    assert found.startswith("1 new, 1 rejected: 1 A SCHEDULED 5")
    reason = f"“total_records” has the number 12, but its format “{code}” may show another one"
    assert reason in found
    assert "Line 3 is not a send" in read(
        loader, ["1", "A", "scheduled", "5", AT], ["Total", "", "", 12, ""], code=code
    )


@pytest.mark.parametrize(
    "code",
    [
        *("0", "#,##0", "0.00", "#,##0_ ;-#,##0\\ ", "[Red]0", "[$-409]#,##0", '0" contacts"'),
        *('#,##0 "destinatários"', '0;0;"-"', "@", "#\\ ##0", "0E+00", "General"),
        *('"ENV-"0', "00-00", '0" sends"', "+0;-0;0"),
        '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-',
    ],
)
def test_a_format_that_shows_the_same_number_does_not_matter(loader: Loader, code: str) -> None:
    assert read(loader, ["1", "A", "scheduled", 5, AT], code=code).startswith(READ)


#: 24 November 2030 14:30 as Excel counts days.
SERIAL = 47811.604166666664


@pytest.mark.parametrize(
    ("code", "at"),
    [
        *(('dd/mm/yyyy hh:mm "UTC"', "14:30"), ('yyyy-mm-dd hh:mm:ss" GMT"', "14:30")),
        *(('yyyy-mm-dd"T"hh:mm:ss"Z"', "14:30"), (r"yyyy-mm-dd\Thh:mm:ss\Z", "14:30")),
        *(('dd/mm/yyyy "(UTC-5)" hh:mm', "19:30"), ('dd/mm/yyyy hh:mm "GMT"-2', "16:30")),
        *(('dd/mm/yyyy" às "hh"h"mm', "17:30"), ("[$-416]dd/mm/yyyy hh:mm;@", "17:30")),
        *(('dd" de "mmmm" de "yyyy hh:mm" horas"', "17:30"), ("dd/mm/yyyy hh:mm AM/PM", "17:30")),
    ],
)
def test_a_time_is_read_in_the_zone_that_its_format_shows(
    loader: Loader, code: str, at: str
) -> None:
    found = read(loader, ["1", "A", "scheduled", "5", SERIAL], code=code)
    assert found.startswith(f"1 new, 0 rejected: 1 A SCHEDULED 5 2030-11-24 {at}")


@pytest.mark.parametrize("code", ['dd/mm/yyyy hh:mm "BRT"', 'dd/mm/yyyy hh:mm" (hora de Lima)"'])
def test_a_time_whose_format_shows_an_unclear_zone_is_rejected(loader: Loader, code: str) -> None:
    found = read(
        loader, ["1", "A", "scheduled", "5", AT], ["2", "B", "sent", "5", SERIAL], code=code
    )
    assert found.startswith("1 new, 1 rejected: 1 A SCHEDULED 5")
    zone = "BRT" if "BRT" in code else "(hora de Lima)"
    assert f"“2030-11-24T14:30:00 {zone}” is not" in found


def test_the_zone_in_the_format_of_an_hour_is_used(loader: Loader) -> None:
    rows = [[*HEADINGS[:-1], "Date", "Time"], ["1", "A", "scheduled", "5", "2030-11-24", 0.5]]
    found = tried(loader, workbook({"Sends": rows}, 'hh:mm "UTC"'), name="f.xlsx")
    assert found.startswith("1 new, 0 rejected: 1 A SCHEDULED 5 2030-11-24 12:00")


def test_a_date_with_a_zone_in_its_format_may_have_exchanged_day_and_month(loader: Loader) -> None:
    rows: list[list[object]] = [["1", "A", "scheduled", "5", "25/04/2030 10:00"]]
    rows.append(["2", "B", "scheduled", "5", 47575.5])  # 2 April 2030
    found = read(loader, *rows, code='dd/mm/yyyy hh:mm "UTC"')
    assert "A spreadsheet may have exchanged day and month" in found


@pytest.mark.parametrize("code", ["yyyy-mm-dd", "[h]:mm", "hh:mm", "mmm-yy"])
def test_a_count_with_the_format_of_a_date_is_rejected_by_that_name(
    loader: Loader, code: str
) -> None:
    found = read(loader, ["1", "A", "scheduled", "5", AT], ["2", "B", "sent", 12, AT], code=code)
    assert found.startswith("1 new, 1 rejected: 1 A SCHEDULED 5")
    assert "“total_records” has the format of a date or an hour, and not of a number" in found


@pytest.mark.parametrize("code", ['0"k"', "#,##0,", "[$R$-416] #,##0.00"])
def test_a_date_with_the_format_of_another_number_is_rejected(loader: Loader, code: str) -> None:
    found = read(
        loader, ["1", "A", "scheduled", "5", AT], ["2", "B", "sent", "5", 47485.5], code=code
    )
    assert found.startswith("1 new, 1 rejected: 1 A SCHEDULED 5")
    reason = (
        f"“scheduled_at” has the number 47485.5 with the format “{code}”, which is no format of"
    )
    assert reason in found


@pytest.mark.parametrize("code", ["yyyy-mm-dd", "[h]:mm", "hh:mm", "d-mmm"])
def test_an_id_that_a_spreadsheet_has_changed_to_a_date_is_rejected(
    loader: Loader, code: str
) -> None:
    found = read(loader, ["1", "A", "scheduled", "5", AT], [46085, "B", "sent", "5", AT], code=code)
    assert found.startswith("1 new, 1 rejected: 1 A SCHEDULED 5")
    assert "“id” has a date or an hour, and not an ID" in found
    found = read(loader, ["1", "A", "scheduled", "5", AT], [46085, "Exported"], code=code)
    assert "and not an ID" not in found


def test_hidden_rows_and_columns_are_read_and_named(loader: Loader) -> None:
    rows = [HEADINGS, ["1", "A", "scheduled", 5, AT], ["2", "B", "sent", 5, AT, Xml('hidden="1"')]]
    columns = '<cols><col min="4" max="4" hidden="1"/><col min="6" max="16384" hidden="1"/></cols>'
    found = tried(loader, workbook({"S": rows}, columns=columns), name="f.xlsx")
    assert found.startswith("2 new, 0 rejected: 1 A SCHEDULED 5")
    assert "Hidden rows of the sheet are read too: 1." in found
    assert "Hidden columns of the sheet are read too: total_records." in found
    others = [[*row, "x"] for row in rows[:2]]
    others += [[Xml('hidden="true"')]]  # nothing is in this row
    columns = '<cols><col min="6" max="6" hidden="1"/></cols>'  # no field is read from this column
    found = tried(loader, workbook({"S": others}, columns=columns), name="f.xlsx")
    assert "Hidden" not in found


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!"])
def test_errors_in_cells_are_read_as_empty_and_named(loader: Loader, error: str) -> None:
    wrong = Xml(f'<c t="e"><v>{error}</v></c>')
    found = read(loader, ["1", "A", "scheduled", wrong, AT], ["2", "B", wrong, 5, AT])
    assert found.startswith("1 new, 1 rejected: 1 A SCHEDULED None")
    assert f"Recipients is read as empty where a cell has an error, as in D2 ({error})." in found
    assert f"State is read as empty where a cell has an error, as in C3 ({error})." in found
    none = f"No row of f.xlsx could be read. The cell C2 has the error {error}."
    assert none in read(loader, ["1", "A", wrong, 5, AT])


def test_formulas_without_a_value_are_read_as_empty_and_named(loader: Loader) -> None:
    none, empty = Xml("<c><f>X1</f></c>"), Xml('<c t="str"><f>X1</f><v></v></c>')
    found = read(loader, ["1", "A", "scheduled", none, AT], ["2", "B", "draft", empty, empty])
    assert found.startswith("2 new, 0 rejected: 1 A SCHEDULED None")
    assert "Recipients is read as empty where a formula has no value, as in D2. Open the" in found
    assert "Scheduled time is read as empty" not in found
    assert "No row of f.xlsx could be read. The formula in A2 has no value." in read(
        loader, [none, "A", "scheduled", 5, AT]
    )


def test_a_formula_with_an_empty_element_for_its_value_has_no_value(loader: Loader) -> None:
    none = Xml("<c><f>X1</f><v></v></c>")
    found = read(loader, ["1", "A", "scheduled", none, AT], ["2", "B", "scheduled", 5, AT])
    assert found.startswith("2 new, 0 rejected: 1 A SCHEDULED None")
    assert "Recipients is read as empty where a formula has no value, as in D2. Open the" in found
