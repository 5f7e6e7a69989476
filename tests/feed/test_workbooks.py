"""Workbooks: what a person sees in a cell is read, or the row is rejected with the reason."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.feed.loader import Loader
from core.settings import Settings
from core.store.duckdb.engine import DuckDBEngine
from core.store.sql_store import SqlStore
from tests.feed.test_tried_files import AT, HEAD, READ, tried
from tests.feed.workbooks import Xml, workbook

pytestmark = pytest.mark.slow  # each workbook is read in a child process

HEADINGS = HEAD.split(",")


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loader]:
    folder: Path = tmp_path_factory.mktemp("workbooks")
    store = SqlStore(DuckDBEngine(folder / "a.duckdb"))
    yield Loader(store, Settings(), lambda: datetime(2026, 11, 28, tzinfo=UTC))
    store.close()


def read(loader: Loader, *rows: list[object], code: str = "") -> str:
    return tried(loader, workbook({"Sends": [HEADINGS, *rows]}, code), name="f.xlsx")


@pytest.mark.parametrize(
    "code",
    [
        *('0"k"', "0 \\K", "0,", "#,##0,", '0.0,,"M"', '0" mil"', '0 "x 1000"', '0"000"'),
        *('#,##0"%"', "0\\%", "#,##0%", "0.00 %", "[$R$-416] #,##0", '"US$" 0', "[$€-2] 0"),
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
        *('"ENV-"0', "00-00", '0" sends"'),
        '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-',
    ],
)
def test_a_format_that_shows_the_same_number_does_not_matter(loader: Loader, code: str) -> None:
    assert read(loader, ["1", "A", "scheduled", 5, AT], code=code).startswith(READ)


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
