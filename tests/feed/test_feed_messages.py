"""What Freio says about a file names things as the file and the pages do."""

from io import BytesIO

import pytest

from core.domain.load_results import Reason
from core.domain.model import Actor, Role
from core.errors import FeedError, Texts
from core.feed.interpreting.headings import CANONICAL
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.feed.mapping import from_toml
from pages.files.column_labels import column_label
from pages.text import i18n

ME = Actor("t", Role.ADMINISTRATOR)
HEAD = "id,name,state,total_records,scheduled_at"
ROW = "1,A,scheduled,5,2030-01-02T12:00Z"


def said(loader: Loader, text: str, mapping: str = "") -> str:
    options = LoadOptions(mapping=from_toml(mapping) if mapping else None)
    try:
        found = loader.preview(BytesIO(text.encode()), "f.csv", ME, options)
    except FeedError as refused:
        return str(refused)
    return " | ".join([*map(str, found.summary.notes), *(each.reason for each in found.rejects)])


def test_columns_with_one_meaning_are_named_with_their_positions(loader: Loader) -> None:
    found = said(loader, f"name,{HEAD}\nB,{ROW}\n")
    assert "“name” (column 1) and “name” (column 3) both mean Name." in found
    found = said(loader, f"{HEAD},Titel,Titel\n{ROW},B,C\n", '[fields]\nname = "Titel"\n')
    assert "“Titel” (column 6) and “Titel” (column 7) both mean Name." in found


def test_columns_without_a_heading_are_named_by_their_positions(loader: Loader) -> None:
    found = said(loader, f",{HEAD},,Note\nx,{ROW},x,y\n")
    assert "Columns that are not read: Note." in found
    assert "Columns without a heading that are not read: 1, 7." in found


def test_a_cell_is_named_by_the_label_of_its_column(loader: Loader) -> None:
    found = said(loader, f"{HEAD}\n{ROW}\n2,A,sent,,2026-01-02T12:00Z\n")
    assert "Recipients is empty" in found
    assert "total_records" not in found


def test_missing_columns_are_named_by_their_labels(loader: Loader) -> None:
    assert "no column for State, Recipients, Scheduled time." in said(loader, "id,name\n1,a\n")


@pytest.mark.parametrize("column", CANONICAL)
def test_the_labels_of_columns_are_those_of_the_pages(column: str) -> None:
    reason = Reason("{column}", {"column": column}, column)
    assert str(reason) == i18n.value(reason) == column_label(column)


def test_several_texts_are_shown_one_after_the_other() -> None:
    error = FeedError("{missing}", "", missing=Texts(("ID", "State")))
    assert str(error).startswith("ID, State ")
    assert i18n.error(error).startswith("ID, State ")


def test_a_row_of_another_length_is_described_without_a_plural(loader: Loader) -> None:
    found = said(loader, f"{HEAD}\n{ROW}\nremainder\n")
    assert "its number of cells (1) is not that of the headings (5)" in found


@pytest.mark.parametrize(
    ("mapping", "date", "note"),
    [
        ("day_first = true", "03/04/2030", "03/04/2026 are read with the day first, as the"),
        ("day_first = false", "03/04/2030", "03/04/2026 are read with the month first, as the"),
        ("year_first = true", "30/04/03", "26/04/03 are read with the year first, as the"),
    ],
)
def test_the_order_of_dates_that_a_mapping_decides_is_noted(
    loader: Loader, mapping: str, date: str, note: str
) -> None:
    text = f"{HEAD}\n1,A,scheduled,5,{date} 10:00\n"
    assert f"Dates such as {note} mapping says." in said(loader, text, mapping)


def test_a_zone_that_is_not_clear_has_a_hint(loader: Loader) -> None:
    found = said(loader, f"{HEAD}\n1,A,scheduled,5,2030-01-02 10:00 EST\n")
    assert "the zone EST in “2030-01-02 10:00 EST” is not clear: write its offset" in found
