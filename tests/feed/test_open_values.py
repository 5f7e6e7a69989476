"""Times and IDs whose meaning only the rest of the file shows, and texts for no time."""

import json
from datetime import date, datetime
from io import BytesIO

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.model import Actor, ConfigurationId, Role
from core.feed.interpreting.exchanged_dates import DateForms
from core.feed.loader import Loader
from tests.feed.test_tried_files import AT, HEAD, one, tried
from tests.feed.workbooks import workbook
from tests.levels import examples

pytestmark = pytest.mark.slow

ME = Actor("t", Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    ("at", "found"),
    [
        *(("Mon 05/04/2027 12:00", "2027-04-05 15:00"), ("Tue 05/04/2027", "2027-05-04 03:00")),
        *(("seg, 05/04/2027 12h", "2027-04-05 15:00"), ("martes 05/04/2027", "2027-05-04 03:00")),
        *(
            ("05/04/2027 (Mon) 12:00", "2027-04-05 15:00"),
            ("05/04/2027 Tue 9h", "2027-05-04 12:00"),
        ),
        *(("05/04/2027 - segunda-feira", "2027-04-05 03:00"), ("05/04/27, mar.", "2027-05-04 03")),
        *(("terça-feira, 05/04/27", "2027-05-04 03:00"), ("Sunday 05/04/2027", "is not clear")),
    ],
)
def test_the_day_of_the_week_decides_the_order_of_day_and_month(
    loader: Loader, at: str, found: str
) -> None:
    assert found in tried(loader, f"{HEAD}\n{one(at=at)}")


def test_days_of_the_week_that_prove_both_orders_are_refused(loader: Loader) -> None:
    rows = f"{one(at='Wed 03/04/2030')}\n2,B,scheduled,5,Wed 04/03/2030"
    assert "has both orders of day and month" in tried(loader, f"{HEAD}\n{rows}")
    other = "does not fit its mapping: “Wed 03/04/2030” in line 2 has another order"
    found = tried(loader, f"{HEAD}\n{one(at='Wed 03/04/2030')}", "day_first = false")
    assert other in found


@pytest.mark.parametrize("at", ["23/11/2030-03:00", "2030/11/23 -03:00", "Nov 23, 2030-03:00"])
def test_what_may_be_an_hour_or_an_offset_is_rejected_unless_the_column_shows_an_hour(
    loader: Loader, at: str
) -> None:
    reason = f"“{at}” may end with an hour or with an offset from UTC"
    text = f'{HEAD}\n1,A,scheduled,5,"{at}"\n2,B,scheduled,5,23/11/2030-05:00'
    assert reason in tried(loader, text)
    for hour in ("14:00", "03:10", "3:05"):
        found = tried(loader, f"{text}\n3,C,scheduled,5,24/11/2030-{hour}")
        assert "3 new, 0 rejected: 1 A SCHEDULED 5 2030-11-23 06:00" in found
        assert f"with an hour after the dash, because of “24/11/2030-{hour}” in line 4." in found


@pytest.mark.parametrize("at", ["23/11/2030 - 03:00", "23/11/2030 – 03:00", "23/11/2030-14:30"])
def test_an_hour_after_a_dash_that_cannot_be_an_offset_is_read(loader: Loader, at: str) -> None:
    assert tried(loader, f"{HEAD}\n{one(at=at)}").startswith("1 new, 0 rejected")


@pytest.mark.parametrize(
    "text",
    [
        *("Immediately", "ASAP", "Imediato", "Inmediato", "Send now", "Agora", "Ahora", "—"),
        *("undefined", "N/A", "not scheduled", "Not set", "Não definido", "Sin definir", "TBA"),
        *("Invalid date", "#VALUE!", "(none)", "A confirmar", "Por confirmar", "Not sent"),
    ],
)
def test_a_text_for_no_time_is_no_time(loader: Loader, text: str) -> None:
    rows = f"1,A,draft,5,{text}\n2,B,sending,5,{text}\n3,C,sent,5,{text}\n4,D,scheduled,5,{text}"
    found = tried(loader, f"{HEAD}\n{rows}")
    assert found.startswith("2 new, 2 rejected: 1 A DRAFT 5 no time")
    assert (
        "Scheduled time is empty: a send that is scheduled, finished or of unknown state" in found
    )
    assert "Sends without a scheduled time: 2." in found


def test_ids_that_are_all_whole_fractions_are_those_of_other_files(loader: Loader) -> None:
    loader.load(BytesIO(f"{HEAD}\n101,A,scheduled,5,{AT}".encode()), "a.csv", ME)
    rows = f"101.0,A,scheduled,5,{AT}\n102.0,B,scheduled,6,{AT}\nTotal,,,11,\n102.0,B,sent,7,{AT}"
    data = f"{HEAD}\n{rows}".encode()
    found = loader.preview(BytesIO(data), "f.csv", ME)
    assert (found.summary.new, found.summary.unchanged) == (1, 1)
    assert [each.line for each in found.rejects] == [5]
    note = "IDs such as “101.0” are read as “101”."
    assert note in [str(each) for each in found.summary.notes]
    done = loader.load(BytesIO(data), "f.csv", ME)
    assert (done.new, done.unchanged) == (1, 1)
    assert loader.store.configuration(ConfigurationId("102")) is not None


def test_ids_that_are_all_whole_fractions_with_a_comma_are_read_too(loader: Loader) -> None:
    text = f"{HEAD}\n101,0,A,scheduled,5,{AT}".replace(",", ";").replace("101;0", "101,0")
    assert tried(loader, text).startswith("1 new, 0 rejected: 101 A SCHEDULED")


@pytest.mark.parametrize("other", ["A-7", "102", "nan"])
@pytest.mark.parametrize("is_first", [True, False])
def test_ids_of_whole_fractions_are_the_same_whatever_other_ids_the_file_has(
    loader: Loader, other: str, is_first: bool
) -> None:
    loader.load(BytesIO(f"{HEAD}\n101.0,A,scheduled,5,{AT}".encode()), "a.csv", ME)
    rows = [f"{id},A,scheduled,5,{AT}" for id in ("101.0", other)]
    text = "\n".join([HEAD, *(rows if is_first else rows[::-1])])
    assert loader.preview(BytesIO(text.encode()), "f.csv", ME).summary.unchanged == 1


def test_ids_that_contradict_those_of_earlier_files_are_refused(loader: Loader) -> None:
    rows = [f"{id},A,scheduled,5,{AT}" for id in ("1.0", "1.1")]
    whole, both = (f"{HEAD}\n{text}".encode() for text in (rows[0], "\n".join(rows)))
    loader.load(BytesIO(whole), "a.csv", ME)
    assert "The ID “1.1” in line 3 has another form than the IDs of" in tried(loader, both)


def test_an_id_in_both_forms_is_refused_if_earlier_files_had_one_form(loader: Loader) -> None:
    loader.load(BytesIO(f"{HEAD}\n1.0,A,scheduled,5,{AT}".encode()), "a.csv", ME)
    found = tried(loader, f"{HEAD}\n1,A,scheduled,5,{AT}\n1.0,B,scheduled,5,{AT}".encode())
    assert (
        "The ID “1.0” in line 3 is not clear: in earlier files, such an ID is read as “1”" in found
    )
    assert "but this file has the ID “1” too." in found


def test_ids_with_fractions_stay_as_they_are_in_later_files(loader: Loader) -> None:
    rows = [f"{id},A,scheduled,5,{AT}" for id in ("1.0", "1.1")]
    whole, both = (f"{HEAD}\n{text}".encode() for text in (rows[0], "\n".join(rows)))
    loader.load(BytesIO(both), "a.csv", ME)
    for _ in range(2):
        assert loader.load(BytesIO(whole), "a.csv", ME).unchanged == 1


@pytest.mark.parametrize("id", ["null", "None", "N/A", "-", "undefined", "NaN", "#N/A"])
def test_an_id_that_stands_for_an_empty_cell_is_empty(loader: Loader, id: str) -> None:
    texts = {
        "f.csv": f"{HEAD}\n1,A,scheduled,5,{AT}\n{id},B,scheduled,5,{AT}".encode(),
        "f.xlsx": workbook(
            {"S": [HEAD.split(","), *([each, "A", "sent", "5", AT] for each in ("1", id))]}
        ),
        "f.json": json.dumps(
            [
                dict(zip(HEAD.split(","), (each, "A", "sent", 5, AT), strict=True))
                for each in ("1", id)
            ]
        ).encode(),
    }
    for name, data in texts.items():
        found = loader.preview(BytesIO(data), name, ME)
        assert [(each.reason, each.id) for each in found.rejects] == [("ID is empty", "")]
        assert found.summary.new == 1


@pytest.mark.parametrize("other", ["1.1", "102.00"])
@pytest.mark.parametrize("is_first", [True, False])
def test_an_id_with_a_fraction_keeps_all_ids_as_they_are(
    loader: Loader, other: str, is_first: bool
) -> None:
    rows = [f"{id},A,scheduled,5,{AT}" for id in ("101.0", other)]
    found = tried(loader, "\n".join([HEAD, *(rows if is_first else rows[::-1])]))
    assert f": {'101.0' if is_first else other} A SCHEDULED" in found
    assert "IDs such as" not in found


def test_open_values_after_the_first_rows_are_settled_too(loader: Loader) -> None:
    rows = [f"{n}.0,A,scheduled,5,25/11/2030" for n in range(70_000)]
    rows[60_000] = "60000.0,A,scheduled,5,24/11/2030-03:00"
    found = tried(loader, "\n".join([HEAD, *rows, "x,A,scheduled,5,24/11/2030-14:00"]))
    assert found.startswith("70001 new, 0 rejected: 0 A")
    assert "with an hour after the dash" in found


def test_a_running_campaign_of_iterable_may_have_no_start(loader: Loader) -> None:
    known = {"messageMedium": "Email", "type": "Triggered", "updatedAt": 1700000000000}
    running = known | {"id": 1, "name": "a", "campaignState": "Running", "sendSize": 5}
    ended = running | {"id": 2, "campaignState": "Finished", "startAt": 1700000000000}
    data = json.dumps({"campaigns": [running, ended]}).encode()
    done = loader.load(BytesIO(data), "f.json", ME)
    assert (done.new, done.rejected) == (2, 0)
    stored = loader.store.configuration(ConfigurationId("1"))
    assert stored is not None
    assert (stored.state, stored.scheduled_at) == ("IN-PROGRESS", None)


def mixed(*dates: object) -> bytes:
    """Return a workbook with dates; numbers are dates of the workbook."""
    rows = [[f"i{n}", "A", "scheduled", "5", each] for n, each in enumerate(dates)]
    return workbook({"S": [HEAD.split(","), *rows]}, code="dd/mm/yyyy hh:mm")


EXCHANGED = "A spreadsheet may have exchanged day and month in these."


@pytest.mark.parametrize(
    ("dates", "found"),
    [
        ((46482.5, "05/04/2027 12:00"), "OpenQuestionError: The order of day and month"),
        ((46482.5, "25/04/2027 12:00"), "texts such as “25/04/2027 12:00”, and others are dates"),
        ((46482.5, "04/25/2027 12:00"), "texts such as “04/25/2027 12:00”, and others are dates"),
        ((46482.5, "04/25/2027", "04/05/2027"), "texts such as “04/25/2027”, and others are dates"),
        ((46482.5, 46502.5, "04/25/2027"), "3 new, 0 rejected: i0 A SCHEDULED 5 2027-04"),
        ((46482.5, "ASAP"), "1 new, 1 rejected: i0 A SCHEDULED 5 2027-04-05 15:00"),
    ],
)
def test_dates_of_a_workbook_beside_texts_may_be_exchanged(
    loader: Loader, dates: tuple[object, ...], found: str
) -> None:
    told = tried(loader, mixed(*dates), name="f.xlsx")
    assert found in told
    assert (EXCHANGED in told) is ("and others are dates" in found)


@pytest.mark.parametrize("text", ["25/04/2027 10:00", "25/4/2027", "25.04.2027 10:00"])
@pytest.mark.parametrize(
    "before", ["2027-04-03 00:00:00", "2027-04-03", "2027/04/03 10:00", "46480.4"]
)
def test_dates_in_two_forms_that_a_spreadsheet_may_have_exchanged_are_refused(
    loader: Loader, text: str, before: str
) -> None:
    rows = [one(at=before), f"2,B,scheduled,5,{text}", f"3,C,scheduled,5,{before}"]
    for table in ("\n".join([HEAD, *rows]), "\n".join([HEAD, *rows[::-1]])):
        refused = tried(loader, table)
        assert EXCHANGED in refused
        assert "choose the order of dates on the page Imports" in refused
        chosen = tried(loader, table, "day_first = true")
        assert chosen.startswith("3 new, 0 rejected")
        assert EXCHANGED in chosen


@pytest.mark.parametrize(
    "other",
    [
        *("2027-04-14 00:00:00", "2027-04-03T10:00:00Z", "2027-04-03 10:00 -03:00", "0000-00-00"),
        *("1970-01-01 00:00:00", "3 apr 2027 10:00"),
    ],
)
def test_a_second_form_that_no_spreadsheet_has_made_is_read(loader: Loader, other: str) -> None:
    rows = f"{one(state='draft', at=other)}\n2,B,draft,5,25/04/2027 10:00"
    assert tried(loader, f"{HEAD}\n{rows}").startswith("2 new, 0 rejected")


def test_each_column_of_times_may_have_its_own_form(loader: Loader) -> None:
    text = f"{HEAD},updated_at\n1,A,scheduled,5,25/04/2027 10:00,2026-11-03 10:00:00"
    assert tried(loader, text).startswith("1 new, 0 rejected")


def test_dates_in_another_form_after_many_rows_are_found_too(loader: Loader) -> None:
    first = "\n".join(f"{n},A,scheduled,5,25/04/2027 10:00" for n in range(60_000))
    assert EXCHANGED in tried(loader, f"{HEAD}\n{first}\nx,A,scheduled,5,2027-04-03 00:00:00")


@examples(100)
@given(
    st.lists(st.dates(date(2015, 1, 1), date(2040, 1, 1)), min_size=1, max_size=20), st.booleans()
)
def test_no_exchange_of_day_and_month_by_a_spreadsheet_is_missed(
    days: list[date], month_first: bool
) -> None:
    order, other = ("%m/%d/%Y", "%d/%m/%Y") if month_first else ("%d/%m/%Y", "%m/%d/%Y")
    column = []
    for day in days:
        try:  # the spreadsheet expects the other order
            column.append(f"{datetime.strptime(day.strftime(order), other):%Y-%m-%d %H:%M:%S}")
        except ValueError:
            column.append(day.strftime(order))
    forms = DateForms()
    for text in column:
        forms.add(pa.array([text]))
    has_both = 0 < sum("-" in text for text in column) < len(column)
    assert forms.may_be_exchanged is has_both
