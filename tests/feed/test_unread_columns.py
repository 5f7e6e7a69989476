"""A column that is not read, but changes the meaning of one that is read, stops the import."""

import json
from datetime import date

import pyarrow as pa
import pytest

from core.feed.interpreting.unread_columns import UnreadColumn
from core.feed.interpreting.zone_columns import ZoneColumn
from core.feed.loader import Loader
from tests.feed.test_tried_files import AT, HEAD, tried
from tests.feed.workbooks import workbook

COLUMNS = "id,name,state,recipients"
#: A plain name, and a name that only the reader of single rows reads.
NAMES = ("A", "A\u200b")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("heading", ["AM/PM", "Meridiem", "Período", ""])
@pytest.mark.parametrize(
    ("at", "half"),
    [
        *(("2:30", "PM"), ("02:30:00", "p.m."), ("2", "pm"), ("12:30", "AM"), ("12", "a. m.")),
        ("11:05", "p.\u00a0m."),
    ],
)
def test_half_of_a_day_beside_the_time_is_not_left_out(
    loader: Loader, name: str, heading: str, at: str, half: str
) -> None:
    head = f"{COLUMNS},Date,Time,{heading}"
    text = f"{head}\n1,{name},scheduled,5,24/11/2030,{at},{half}\n2,B,draft,5,,,"
    said = f"The column “{heading or 7}” is not read, but in line 2 it has “"
    found = tried(loader, text)
    assert said in found
    assert "wrong by 12 hours" in found
    left_out = "7" if not heading else f'"{heading}"'
    assert tried(loader, text, f"ignored = [{left_out}]").startswith("2 new, 0 rejected")


@pytest.mark.parametrize(
    ("at", "half"),
    [
        *(("14:30", "PM"), ("2:30", "AM"), ("12:30", "PM"), ("0:30", "AM"), ("2:30 PM", "PM")),
        *(("2:30 p. m.", "PM"), ("2:30", "Q1"), ("", "PM"), ("2:30", "")),
        *(("14:30-03:00", "PM"), ("14:30Z", "PM")),
    ],
)
def test_half_of_a_day_that_changes_nothing_is_left_out(loader: Loader, at: str, half: str) -> None:
    state, day = ("scheduled", "24/11/2030") if at else ("draft", "")
    text = f"{COLUMNS},scheduled_at,Period\n1,A,{state},5,{day} {at},{half}"
    assert tried(loader, text).startswith("1 new, 0 rejected")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("day", "hour", "minute"),
    [
        *(("Date", "Hour", "Minutes"), ("Data", "Hora", "Minuto"), ("Date", "Hour", "Min")),
        *(("Send Date", "Send Hour", "Send Minute"), ("Fecha", "Hora", "Minutos")),
    ],
)
def test_minutes_beside_an_hour_are_not_left_out(
    loader: Loader, name: str, day: str, hour: str, minute: str
) -> None:
    text = f"{COLUMNS},{day},{hour},{minute}\n1,{name},scheduled,5,2030-11-24,14,00\n"
    assert tried(loader, text).startswith("1 new, 0 rejected")
    text += f"2,{name},scheduled,5,2030-11-24,14,30\n"
    said = f"The column “{minute}” is not read, but in line 3 it has “30” beside the time “"
    assert said in tried(loader, text)
    assert tried(loader, text, f'ignored = ["{minute}"]').startswith("2 new, 0 rejected")


@pytest.mark.parametrize(
    ("hour", "heading", "value"),
    [
        *(("14", "Min", "9.99"), ("14", "Min", "60"), ("14", "Duration (min)", "30")),
        *(("14:30", "Min", "30"), ("14", "Clicks", "30")),
    ],
)
def test_other_numbers_beside_an_hour_are_left_out(
    loader: Loader, hour: str, heading: str, value: str
) -> None:
    text = f"{COLUMNS},Date,Hour,{heading}\n1,A,scheduled,5,2030-11-24,{hour},{value}"
    assert tried(loader, text).startswith("1 new, 0 rejected")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("heading", ["Unit", "Unidade", "unidad", "Multiplier", "Recipients unit"])
@pytest.mark.parametrize(
    "scale", ["thousand", "Thousands", "k", "mil", "miles", "Milhares", "million", "M", "1000"]
)
def test_a_unit_of_thousands_is_not_left_out(
    loader: Loader, name: str, heading: str, scale: str
) -> None:
    text = f"{HEAD},{heading}\n1,B,scheduled,7,{AT},1\n2,{name},scheduled,5,{AT},{scale}"
    said = f"The column “{heading}” is not read, but in line 3 it has “{scale}”"
    assert said in tried(loader, text)
    assert tried(loader, text, f'ignored = ["{heading}"]').startswith("2 new, 0 rejected")


@pytest.mark.parametrize(
    ("heading", "value"),
    [("Unit", "Mil Store"), ("Unit", "1"), ("Price unit", "thousand"), ("Reference", "M")],
)
def test_other_units_are_left_out(loader: Loader, heading: str, value: str) -> None:
    text = f"{HEAD},{heading}\n1,A,scheduled,5,{AT},{value}\n2,B,scheduled,5,{AT},North"
    text = text.replace("North", value if value == "thousand" else "North")
    assert tried(loader, text).startswith("2 new, 0 rejected")


@pytest.mark.parametrize("word", ["Thousands", "thousand", "Milhares", "miles", "k"])
def test_a_word_for_thousands_above_or_below_the_headings_is_refused(
    loader: Loader, word: str
) -> None:
    above = f",,,{word},\n{HEAD}\n1,A,scheduled,5,{AT}\n"
    assert f"The file says “{word}”: its numbers seem" in tried(loader, above)
    row = ["1", "A", "scheduled", 5, AT]
    book = workbook({"S": [["", "", "", word], HEAD.split(","), row]})
    assert f"The file says “{word}”: its numbers seem" in tried(loader, book, name="f.xlsx")
    if word[0] in "TtM":
        below = f"{HEAD}\n,,,{word},\n1,A,scheduled,5,{AT}\n"
        assert f"The heading “total_records ({word})” says that" in tried(loader, below)
    assert tried(loader, above.replace(",,,", "").replace(word, "Miles")).startswith("1 new")


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize(
    ("around", "said"),
    [
        ({"units": "thousands"}, "units: thousands"),
        ({"meta": {"recipients_unit": "thousands"}}, "recipients_unit: thousands"),
        ({"unit": "ones"}, ""),
        ({"price_unit": "thousands"}, ""),
    ],
)
def test_a_unit_of_thousands_around_a_list_is_refused(
    loader: Loader, around: dict[str, object], said: str, is_after: bool
) -> None:
    send = {"id": 1, "name": "A", "state": "scheduled", "total_records": 5, "scheduled_at": AT}
    parts = [around, {"data": [send]}]
    first, last = reversed(parts) if is_after else parts
    found = tried(loader, json.dumps(first | last), name="f.json")
    assert (f"The file says “{said}”" in found) if said else found.startswith("1 new")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("zone", ["UTC", "GMT", "UTC-5", "America/Lima", "Europe/Madrid"])
def test_names_of_zones_under_any_heading_are_not_left_out(
    loader: Loader, name: str, zone: str
) -> None:
    head = f"{COLUMNS},scheduled_at,Time reference"
    text = f"{head}\n1,{name},scheduled,5,2030-11-24 14:30,{zone}\n2,B,draft,5,,"
    said = f"“Time reference” is not read, but it may have the zone of the times: it has “{zone}”"
    assert said in tried(loader, text)
    ignored = 'ignored = ["Time reference"]'
    assert tried(loader, text, ignored).startswith("2 new, 0 rejected")
    with_offset = text.replace("14:30,", "14:30-03:00,")
    assert tried(loader, with_offset).startswith("2 new, 0 rejected")


@pytest.mark.parametrize("value", ["Z", "5", "-5", "Lima", "America/Sao_Paulo", "R/4", "UTC ref 7"])
def test_codes_that_are_no_other_zone_are_left_out(loader: Loader, value: str) -> None:
    text = f"{COLUMNS},scheduled_at,Reference\n1,A,scheduled,5,2030-11-24 14:30,{value}"
    assert tried(loader, text).startswith("1 new, 0 rejected")


def test_such_columns_are_found_in_json_and_in_a_workbook_too(loader: Loader) -> None:
    head = [*COLUMNS.split(","), "Date", "Hour", "Minute", "Meridiem", "Unit", "Reference"]
    plain = [1, "A", "scheduled", 5, date(2030, 11, 24), 2, 0, "AM", "one", "x"]
    for place, value in ((6, 30), (7, "PM"), (8, "thousand"), (9, "UTC-5")):
        row = [*plain[:place], value, *plain[place + 1 :]]
        said = f"The column “{head[place]}” is not read, but "
        book = [str(each) if isinstance(each, date) else each for each in row]
        assert said in tried(loader, workbook({"S": [head, book]}), name="f.xlsx")
        text = json.dumps([dict(zip(head, row, strict=True))], default=str)
        assert said in tried(loader, text, name="f.json")


PARTS = {
    "half": ("Period", ["PM"], ["2030-11-24 02:30"], "Q1"),
    "minute": ("Minute", ["30"], ["2030-11-24 14h"], "9.5"),
    "scale": ("Unit", ["mil"], ["2030-11-24 14:30"], "North"),
}


@pytest.mark.parametrize("kind", PARTS)
def test_all_parts_of_a_column_count(kind: str) -> None:
    heading, texts, at, other = PARTS[kind]

    def added(*parts: list[str]) -> UnreadColumn:
        column = UnreadColumn(heading, has_counts=True)
        for line, part in enumerate(parts, start=2):
            column.add(pa.array(part, pa.string()), lambda: pa.array(at), [line])
        return column

    assert added([""], texts).changes == (kind, 3, texts[0], at[0])
    assert added(texts, [other]).changes is None
    assert added([other], texts).changes is None


def test_a_column_with_another_text_in_a_later_part_has_no_zones() -> None:
    for parts in (["UTC", "x"], ["x", "UTC"]):
        column = ZoneColumn(is_plain=True)
        for text in parts:
            column.add(pa.array([text]))
        assert not column.names_other(lambda _: True)


def test_messages_quote_the_first_zone_of_a_column() -> None:
    column = ZoneColumn()
    column.add(pa.array([f"-0{hour}:00" for hour in range(9, 0, -1)]))
    assert column.example == "-09:00"


@pytest.mark.parametrize(
    ("word", "hour", "is_read"),
    [
        *(("tarde", "02:30", False), ("Tarde", "14:30", True), ("noite", "09:30", False)),
        *(("noche", "02:30", True), ("manhã", "09:30", True), ("mañana", "12:30", False)),
        *(("de la tarde", "02:30", False), ("evening", "8:15", False), ("morning", "09:30", True)),
    ],
)
def test_a_word_for_a_half_of_the_day_beside_an_hour_is_never_ignored(
    loader: Loader, word: str, hour: str, is_read: bool
) -> None:
    text = f"id,name,state,recipients,Data,Hora,Turno\n1,A,scheduled,5,2030-01-02,{hour},{word}"
    found = tried(loader, text)
    assert found.startswith("1 new, 0 rejected") is is_read
    if not is_read:
        assert f"The column “Turno” is not read, but in line 2 it has “{word}”" in found
