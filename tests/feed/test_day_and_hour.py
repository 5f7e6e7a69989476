"""A day and its hour in two columns are read as one time, if their headings are plain."""

from datetime import datetime, time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feed.interpreting.derived_columns import DerivedColumn, day_and_hour, with_derived
from core.feed.loader import Loader
from tests.feed.test_tried_files import tried
from tests.feed.workbooks import workbook
from tests.levels import examples

HEAD = "id,name,state,recipients"


@pytest.mark.parametrize(
    "headings",
    [
        *("Data,Hora", "Fecha,Hora", "Date,Time", "Send date,Send time", "Dia,Horário", "Día,Hora"),
        *(
            "Day,Time",
            "Data de envio,Hora do envio",
            "scheduledDate,scheduledTime",
            "Data,Hora de envio",
        ),
        *("Fecha de envío,Hora de envío", "Data disparo,Hora disparo", "scheduled_at,hour"),
        *(
            "Date,Time (UTC-3)",
            "Send date,Time sent",
            "Data,Hora (UTC-3)",
            "Data (Brasília),Hora",
            "data.scheduled_date,data.scheduled_time",
        ),
        *(
            "Data de envio,Hora,Data de criação",
            "Date sent,Time sent,Weekday",
            "Date,Time,updated_at",
        ),
    ],
)
def test_a_day_and_its_hour_are_one_time(loader: Loader, headings: str) -> None:
    day, hour = headings.split(",")[:2]
    rest = "," * (len(headings.split(",")) - 2)
    found = tried(loader, f"{HEAD},{headings}\n1,A,scheduled,5,2030-01-02,14:30{rest}")
    assert found.startswith("1 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 17:30")
    assert f"Scheduled time is the day and the hour in these columns: {day}, {hour}." in found
    swapped = tried(loader, f"{HEAD},{hour},{day}\n1,A,scheduled,5,14:30,2030-01-02")
    assert swapped.startswith("1 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 17:30")


@pytest.mark.parametrize("day", ["2030-01-02", "20300102", "2030-01-02 00:00:00"])
def test_an_hour_with_a_dot_keeps_its_minutes(loader: Loader, day: str) -> None:
    text = f"{HEAD},Date,Time\n1,A,scheduled,5,2030-01-13,10:00\n2,B,scheduled,5,{day}"
    assert tried(loader, f"{text},14.30").startswith("2 new, 0 rejected")
    for hour in ("14.3", "14.5"):
        assert tried(loader, f"{text},{hour}").startswith("1 new, 1 rejected")


@pytest.mark.parametrize("hours", ["09:00-11:00", "09-11", "01:00-05:00", "14:00-15:00", "8:30-10"])
def test_a_range_in_a_column_of_hours_is_rejected(loader: Loader, hours: str) -> None:
    text = f"{HEAD},Date,Time\n1,A,scheduled,5,2030-01-02,10:00-03:00\n2,B,scheduled,5,2030-01-02"
    found = tried(loader, f"{text},{hours}")
    assert found.startswith("1 new, 1 rejected: 1 A SCHEDULED 5 2030-01-02 13:00")
    assert "may end with a range of hours or with an offset" in found


@pytest.mark.parametrize(
    "proof", ["14:30-08:00", "16:30-07:00", "00:00:00-08:00", "23:00 -0800", "T10:00-08:00"]
)
def test_an_hour_with_an_offset_is_read_if_another_time_has_this_offset(
    loader: Loader, proof: str
) -> None:
    text = f"{HEAD},scheduled_at\n1,A,scheduled,5,2030-01-02 00:00-08:00"
    assert "may end with a range of hours or with an offset" in tried(loader, text)
    found = tried(loader, f"{text}\n2,B,scheduled,5,2030-01-02 {proof}".replace(" T", "T"))
    assert found.startswith("2 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 08:00")
    hours = f"{HEAD},Date,Time\n1,A,scheduled,5,2030-01-02,00:00-08:00"
    found = tried(loader, f"{hours}\n2,B,scheduled,5,2030-01-02,{proof.strip('T')}")
    if proof[0] != "T":
        assert found.startswith("2 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 08:00")


@pytest.mark.parametrize("hours", ["09:00-11:00", "09-11"])
def test_a_range_of_hours_in_a_column_with_offsets_is_rejected(loader: Loader, hours: str) -> None:
    rows = "\n1,A,scheduled,5,2030-01-02 10:00-03:00\n2,B,scheduled,5,2030-01-02 "
    found = tried(loader, f"{HEAD},scheduled_at{rows}{hours}")
    assert found.startswith("1 new, 1 rejected: 1 A SCHEDULED 5 2030-01-02 13:00")


def test_an_hour_with_decimals_in_a_workbook_is_rejected(loader: Loader) -> None:
    heading = [*HEAD.split(","), "Date", "Time"]
    rows = [[f"{n}", "A", "scheduled", "5", "2030-01-02", at] for n, at in enumerate((10, 14.3))]
    found = tried(loader, workbook({"Sends": [heading, *rows]}), name="f.xlsx")
    assert found.startswith("1 new, 1 rejected: 0 A SCHEDULED 5 2030-01-02 13:00")
    assert "“2030-01-02 14.3” is not a date and time" in found


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        ("Data de envio,Data de criação,Hora", "the column “Hora” is not read"),
        ("Data de envio,Hora do disparo", "the column “Hora do disparo” is not read"),
        ("Send date,Time,Hour", "the column “Time” is not read"),
        ("Send date,Date sent,Time sent", "the column “Time sent” is not read"),
        ("Data de criação,Hora", "no column for Scheduled time"),
        ("Data (Brasília),Hora (UTC)", "both mean Scheduled time"),
        ("Data,Hora (hora de México)", "has “hora de México”, which is not a zone"),
    ],
)
def test_a_day_is_not_joined_with_an_hour_that_may_be_of_something_else(
    loader: Loader, headings: str, found: str
) -> None:
    cells = [
        "14:30" if "ora" in each or "T" in each or "H" in each else "2030-01-02"
        for each in headings.split(",")
    ]
    assert found in tried(loader, f"{HEAD},{headings}\n1,A,scheduled,5,{','.join(cells)}")


@pytest.mark.parametrize(
    ("day", "hour", "at"),
    [
        *(("20/12/2030", "14h30", "20 17:30"), ("20/12/2030", "2:30 PM", "20 17:30")),
        *(("20/12/2030", "9", "20 12:00"), ("20/12/2030", "09.30", "20 12:30")),
        *(("20/12/2030 00:00", "14:30", "20 17:30"), ("20 dez 2030", "14:30", "20 17:30")),
        *(("20/12/2030 10:00", "10:00:00", "20 13:00"), ("20/12/2030 10:00", "", "20 13:00")),
        *(
            ("2030-12-20T00:00:00", "1899-12-30T14:30:00", "20 17:30"),
            ("20301220", "14:30", "20 17:30"),
        ),
        *(("20/12/2030", "0,4375", "20 13:30"), ("2030-12-20", "0.75", "20 21:00")),
        *(("2030-12-20T12:00Z", "09:00", "20 12:00"), ("20/12/2030", "14:30 UTC", "20 14:30")),
    ],
)
def test_the_forms_of_days_and_hours_are_read(loader: Loader, day: str, hour: str, at: str) -> None:
    for headings in ("Data,Hora", "Hora,Data"):
        cells = f'"{day}","{hour}"' if headings == "Data,Hora" else f'"{hour}","{day}"'
        last = "25/12/2030,10:00" if headings == "Data,Hora" else "10:00,25/12/2030"
        text = f"{HEAD},{headings}\n1,A,scheduled,5,{cells}\n2,B,scheduled,5,{last}"
        assert f"2 new, 0 rejected: 1 A SCHEDULED 5 2030-12-{at}" in tried(loader, text)


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        *(("2030-12-20T00:00:00Z", "14:30"), ("2030-12-20T03:00:00.000Z", "14:30")),
        *(("2030-12-20T00:00:00-03:00", "14:30"), ("2030-12-20T00:00:00Z", "14")),
        *(("2030-12-20T00:00:00Z", "2 PM"), ("20/12/2030", "1899-12-30T17:36:28.000Z")),
    ],
)
def test_a_day_with_an_offset_and_another_hour_beside_it_is_rejected(
    loader: Loader, day: str, hour: str
) -> None:
    rows = f"1,A,scheduled,5,{day},{hour}\n2,B,scheduled,5,2030-12-25,10:00"
    found = tried(loader, f"{HEAD},Data,Hora\n{rows}")
    assert found.startswith("1 new, 1 rejected: 2 B SCHEDULED 5 2030-12-25 13:00")
    if (day, hour) == ("2030-12-20T00:00:00Z", "14:30"):
        reason = "“2030-12-20T00:00:00Z” is 21:00 in America/Sao_Paulo, but the hour beside it is"
        assert f"{reason} “14:30”" in found


@pytest.mark.parametrize("hour", ["14:30", "14:30:15", "11:30"])
def test_a_time_with_an_offset_is_read_if_the_hour_beside_it_is_the_same(
    loader: Loader, hour: str
) -> None:
    text = f"{HEAD},Data,Hora\n1,A,scheduled,5,2030-12-20T14:30:15Z,{hour}"
    assert "1 A SCHEDULED 5 2030-12-20 14:30" in tried(loader, text)


@pytest.mark.parametrize("state", ["scheduled", "draft"])
@pytest.mark.parametrize(("day", "hour"), [("20/12/2030", ""), ("20/12/2030", "-"), ("", "14:30")])
def test_a_day_without_its_hour_is_rejected_with_the_reason(
    loader: Loader, state: str, day: str, hour: str
) -> None:
    rows = f"1,A,{state},5,{day},{hour}\n2,B,scheduled,5,25/12/2030,10:00"
    reason = f"“{day or hour}” is only the day or only the hour of a time: the cell of the other"
    for mapping in ("", '[fields]\nscheduled_at = ["Data", "Hora"]'):
        found = tried(loader, f"{HEAD},Data,Hora\n{rows}", mapping)
        assert found.startswith("1 new, 1 rejected: 2 B SCHEDULED 5 2030-12-25 13:00")
        assert reason in found


@pytest.mark.parametrize("cells", ["2030-12-20 14:30,", ",2030-12-20 14:30", "-,20/12/2030 14:30"])
def test_a_whole_time_needs_no_second_cell(loader: Loader, cells: str) -> None:
    text = f"{HEAD},Data,Hora\n1,A,scheduled,5,{cells}\n2,B,scheduled,5,25/12/2030,10:00"
    assert tried(loader, text).startswith("2 new, 0 rejected: 1 A SCHEDULED 5 2030-12-20 17:30")


@pytest.mark.parametrize("whole", ["2030-01-02 14:30", "2030-01-02T14:30:00"])
def test_a_whole_time_beside_its_day_is_read_and_beside_another_day_rejected(
    loader: Loader, whole: str
) -> None:
    text = f"{HEAD},Date,Send time\n1,A,scheduled,5,2030-01-02,{whole}"
    assert tried(loader, text).startswith("1 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 17:30")
    other = tried(loader, f"{text}\n2,B,scheduled,5,2029-12-02,{whole}")
    assert other.startswith("1 new, 1 rejected")
    assert f"“2029-12-02 {whole}” is from two columns, and both have a day" in other


@pytest.mark.parametrize(
    ("hour", "is_read"),
    [
        ("2026-11-25 18:30Z", False),
        ("2026-11-25 18:30", False),
        ("2026-11-23 18:30Z", False),
        ("2026-11-23T11:30-03:00", True),
        ("2026-11-23 11:30", True),
        ("2026-11-24 01:30", True),
    ],
)
def test_two_whole_times_are_read_if_they_may_be_the_same(
    loader: Loader, hour: str, is_read: bool
) -> None:
    file = f"{HEAD},Scheduled date,Hora\n1,A,scheduled,5,2026-11-23T14:30Z,{hour}\n"
    found = tried(loader, file)
    assert ("1 A SCHEDULED 5 2026-11-23 14:30" in found) == is_read, found
    assert ("both have a day: choose one of them for the time" in found) != is_read, found


def test_a_draft_without_a_day_and_an_hour_has_no_time(loader: Loader) -> None:
    assert "1 A DRAFT 5 no time" in tried(loader, f"{HEAD},Data,Hora\n1,A,draft,5,,")


@pytest.mark.parametrize("hour", ["14:30", "x", "25:00", "9:00-11:00"])
def test_a_time_with_another_hour_beside_it_is_rejected(loader: Loader, hour: str) -> None:
    rows = f"1,A,scheduled,5,20/12/2030 10:00,{hour}\n2,B,scheduled,5,25/12/2030,10:00"
    assert tried(loader, f"{HEAD},Data,Hora\n{rows}").startswith("1 new, 1 rejected")


def test_an_hour_beside_a_whole_time_is_compared_in_a_zone_that_is_only_an_offset(
    loader: Loader,
) -> None:
    text = f"{HEAD},Date,Time\n1,A,scheduled,5,2030-01-02T09:00Z,14:30"
    assert "1 A SCHEDULED 5 2030-01-02 09:00" in tried(loader, text, 'zone = "+05:30"')
    other = text.replace("14:30", "15:30")
    assert "the hour beside it is “15:30”" in tried(loader, other, 'zone = "+05:30"')


def test_the_order_of_days_beside_hours_is_asked_for(loader: Loader) -> None:
    text = f"{HEAD},Data,Hora\n1,A,scheduled,5,03/04/2030,14:30"
    assert "The order of day and month in f.csv is not clear" in tried(loader, text)
    assert "2030-04-03 17:30" in tried(loader, text, "day_first = true")
    form = text.replace("Data", "Data (dd/mm/aaaa)")
    assert "2030-04-03 17:30" in tried(loader, form)


def test_a_day_and_an_hour_of_a_workbook_are_one_time(loader: Loader) -> None:
    rows = [[*HEAD.split(","), "Data", "Hora"], ["1", "A", "scheduled", "5", 47472, 0.604166667]]
    found = tried(loader, workbook({"S": rows}), name="f.xlsx")
    assert "1 A SCHEDULED 5 2029-12-20 17:30" in found


DAYS = ("20/12/2030", "2030-12-20", "20/12/2030 00:00", "20/12/2030 10:00", "20 dez 2030", "47472")
HOURS = (
    "10:00",
    "10h",
    "14.30",
    "14.3",
    "09:00-11:00",
    "01-03",
    "10:00-03:00",
    "9",
    "2:30 PM",
    "0.6",
    "0.25",
    "0,4375",
    "0",
    "x",
    "1899-12-30T10:00:00",
    "2030-12-20T12:00Z",
)
TEXTS = st.sampled_from(["", "-", *DAYS, *HOURS])


@examples(300)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_whole_columns_are_joined_as_single_rows_are(rows: list[tuple[str, str]]) -> None:
    made = DerivedColumn((0, 1), is_time=True)
    table = pa.table({"0": [day for day, _ in rows], "1": [hour for _, hour in rows]})
    column = with_derived(table, [made]).column(2).to_pylist()
    assert column == [day_and_hour(*row) for row in rows]


@examples(100)
@given(st.dates(datetime(2015, 1, 1).date(), datetime(2040, 1, 1).date()), st.times())
def test_a_day_and_its_hour_are_never_read_as_another_time(day: object, hour: time) -> None:
    for written in (f"{hour:%H:%M}", f"{hour:%H:%M:%S}"):
        assert day_and_hour(str(day), written) == f"{day} {written}"
        assert day_and_hour(f"{day} 00:00", written).startswith(f"{day} ")
