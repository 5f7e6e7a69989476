"""The page of imports asks what a file does not show, and shows the meaning of its rows."""

import re
import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import State
from core.runtime.application import Application
from tests.pages.test_pages import opened

pytestmark = pytest.mark.slow

SCHEDULED = "Scheduled time (required)"
HEADINGS = "id,name,state,total_records,scheduled_at\n"


def uploaded(text: str, name: str = "sends.csv") -> AppTest:
    at = opened("feeds")
    at.file_uploader[0].set_value([(name, text.encode(), "text/plain")]).run()
    return settled(at)


def settled(at: AppTest) -> AppTest:
    """Run the page until the file is read."""
    for _ in range(100):
        assert not at.exception
        if not at.get("progress"):
            return at
        time.sleep(0.1)
        at.run()
    raise AssertionError("the file is still being read")


def save(at: AppTest) -> None:
    """Save the mapping of the uploaded file."""
    field = next(each for each in at.text_input if each.key.startswith("feed_mapping_name"))
    field.set_value("mine")
    settled(next(each for each in at.button if each.label == "Save").click().run())


def choose(at: AppTest, label: str, value: object) -> None:
    """Choose the source of a field (a column by its place from 0), or the meaning of a word."""
    settled(next(each for each in at.selectbox if each.label == label).set_value(value).run())


def load(at: AppTest) -> None:
    settled(at.button(key="feed_write").click().run())


def test_an_open_order_of_day_and_month_is_asked_and_the_answer_counts(freio: Application) -> None:
    at = uploaded(HEADINGS + "a,Promo,SCHEDULED,7000,03/04/2031 14:30\n")
    (question,) = at.radio
    assert question.value is None
    assert "order of day and month" in question.label
    assert question.options == ["“03/04/2031” is 3 Apr 2031", "“03/04/2031” is 4 Mar 2031"]
    assert not any(button.key == "feed_write" for button in at.button)
    settled(question.set_value("month").run())
    assert not at.radio
    load(at)
    found = freio.store.configuration(ConfigurationId("a"))
    assert found is not None
    assert (found.scheduled_at.month, found.scheduled_at.day) == (3, 4)


def test_a_date_that_may_begin_with_the_year_is_asked_and_the_answer_is_shown_and_saved(
    freio: Application,
) -> None:
    at = uploaded(HEADINGS + "a,Promo,SCHEDULED,7000,26/12/01 14:30\n")
    (question,) = at.radio
    assert "order of day, month and year" in question.label
    assert question.options == ["“26/12/01” is 26 Dec 2001", "“26/12/01” is 1 Dec 2026"]
    settled(question.set_value("year").run())
    (order,) = (each for each in at.selectbox if each.label == "Day and month")
    assert order.value == "year"
    save(at)
    (saved,) = freio.loader.mappings.all()
    assert saved.year_first
    load(at)
    found = freio.store.configuration(ConfigurationId("a"))
    assert found is not None
    assert found.scheduled_at is not None
    assert (found.scheduled_at.year, found.scheduled_at.month) == (2026, 12)


@pytest.mark.parametrize(("answer", "people"), [("recipients", 5), ("Audience size", 7)])
def test_two_columns_of_recipients_that_differ_are_asked_for(
    freio: Application, answer: str, people: int
) -> None:
    head = "id,name,state,recipients,Audience size,scheduled_at\n"
    at = uploaded(head + "a,Promo,SCHEDULED,5,7,2031-04-03 14:30\n")
    (question,) = at.radio
    assert question.value is None
    assert question.options == ["recipients", "Audience size"]
    assert not any(button.key == "feed_write" for button in at.button)
    settled(question.set_value(answer).run())
    assert not at.radio
    load(at)
    found = freio.store.configuration(ConfigurationId("a"))
    assert found is not None
    assert found.total_records == people


@pytest.mark.parametrize(("answer", "hour"), [("Scheduled at", 14), ("Send time", 18)])
def test_two_columns_of_scheduled_times_that_differ_are_asked_for(
    freio: Application, answer: str, hour: int
) -> None:
    head = "id,name,state,total_records,Scheduled at,Send time\n"
    at = uploaded(head + "a,Promo,SCHEDULED,5,2031-04-03T14:30Z,2031-04-03T18:30Z\n")
    (question,) = at.radio
    assert question.options == ["Scheduled at", "Send time"]
    settled(question.set_value(answer).run())
    assert not at.radio
    load(at)
    found = freio.store.configuration(ConfigurationId("a"))
    assert found is not None
    assert found.scheduled_at is not None
    assert found.scheduled_at.hour == hour


@pytest.mark.parametrize(("answer", "hour"), [("UTC", 14), ("America/Sao_Paulo", 17)])
def test_another_zone_below_the_sends_is_asked_for(
    freio: Application, answer: str, hour: int
) -> None:
    at = uploaded(HEADINGS + "a,Promo,SCHEDULED,5,2031-04-03 14:30\nAll times in UTC\n")
    (question,) = at.radio
    assert "another zone" in question.label
    settled(question.set_value(answer).run())
    assert not at.radio
    load(at)
    found = freio.store.configuration(ConfigurationId("a"))
    assert found is not None
    assert found.scheduled_at is not None
    assert found.scheduled_at.hour == hour


def test_the_zone_of_a_title_is_shown_and_saved(freio: Application) -> None:
    at = uploaded("All times in UTC\n" + HEADINGS + "a,Promo,SCHEDULED,5,03/04/2031 14:30\n")
    settled(at.radio[0].set_value("day").run())
    (zone,) = (each for each in at.selectbox if each.label == "Zone of times without one")
    assert zone.value == "UTC"
    save(at)
    (saved,) = freio.loader.mappings.all()
    assert saved.zone is not None
    assert saved.zone.key == "UTC"


def test_an_open_decimal_sign_is_asked_and_the_answer_counts(freio: Application) -> None:
    at = uploaded(HEADINGS + "a,Promo,SCHEDULED,12.000,2031-04-03 14:30\n")
    (question,) = at.radio
    options = [option.replace("\\", "") for option in question.options]
    assert options == ["“12.000” is 12", "“12.000” is 12,000"]
    settled(question.set_value(",").run())
    load(at)
    found = freio.store.configuration(ConfigurationId("a"))
    assert found is not None
    assert found.total_records == 12_000


def test_an_unknown_state_is_named_first_and_gets_the_meaning_that_a_person_chooses(
    freio: Application,
) -> None:
    at = uploaded(
        HEADINGS
        + "a,Promo,SCHEDULED,7000,2031-04-03 14:30\n"
        + "b,Aviso,Warp speed,9000,2031-04-04 14:30\n"
    )
    text = " ".join(each.value for each in at.markdown).replace("\\", "")
    assert (
        "- `Warp speed`: 1 send – **unknown**\n- `SCHEDULED`: 1 send – Scheduled (SCHEDULED)"
        in text
    )
    assert "Freio does not know the state of 1 send." in at.warning[0].value
    choice = next(each for each in at.selectbox if each.label == "“Warp speed” means")
    settled(choice.set_value(State.IN_PROGRESS).run())
    assert not at.warning
    load(at)
    found = freio.store.configuration(ConfigurationId("b"))
    assert found is not None
    assert found.state is State.IN_PROGRESS


def test_the_preview_says_when_and_to_how_many_the_sends_go(freio: Application) -> None:
    at = uploaded(
        HEADINGS.replace("\n", ",color\n")
        + "a,Promo,SCHEDULED,7000,2031-04-03 14:30,red\n"
        + "b,Aviso,SCHEDULED,9000,2031-04-04 16:00,red\n"
        + "c,Lembrete,SCHEDULED,7500,2031-04-02 09:00,red\n"
        + "Total,,,23500,,\n"
    )
    text = " ".join(each.value for each in at.markdown)
    # The times of the file are those of São Paulo.
    days = "from Wednesday, 2 Apr 2031, 12:00 to Friday, 4 Apr 2031, 19:00"
    assert f"Scheduled {days} (UTC)" in text
    assert "Recipients: smallest 7,000, median 7,500, largest 9,000" in text
    assert "Columns that are not read\\: color" in text
    assert "Line 5 is not a send and is left out" in text
    tables = "".join(each.value for each in at.get("html"))
    rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in tables.split("</tr>")]
    stored = {row[0]: row[1:] for row in rows if row}
    assert stored["First"] == ["Promo", "a", "SCHEDULED", "7,000", "Thursday, 3 Apr 2031, 17:30"]
    assert stored["Largest"] == ["Aviso", "b", "SCHEDULED", "9,000", "Friday, 4 Apr 2031, 19:00"]
    assert stored["Next to leave"][:2] == ["Lembrete", "c"]


UNKNOWN_STATE = HEADINGS + "b,Aviso,Warp speed,9000,2031-04-04 14:30\n"
OPEN_ORDER = HEADINGS + "a,Promo,SCHEDULED,7000,03/04/2031 14:30\n"
REPEATED = (
    "id,name,date,date,state,total_records\n"
    "a,Promo,2031-01-01 10:00,2031-04-03 14:30,SCHEDULED,7000\n"
)
LISTED = (
    '{"a": [{"id": "1", "name": "P", "state": "SCHEDULED", "total_records": 7000,'
    ' "whenx": "2031-04-03 14:30"}]}'
)


@pytest.mark.parametrize(
    ("text", "name", "decide"),
    [
        (UNKNOWN_STATE, "f.csv", lambda at: choose(at, "“Warp speed” means", State.IN_PROGRESS)),
        (OPEN_ORDER, "f.csv", lambda at: settled(at.radio[0].set_value("day").run())),
        (REPEATED, "f.csv", lambda at: choose(at, SCHEDULED, 3)),
        (LISTED, "f.json", lambda at: choose(at, SCHEDULED, 4)),
    ],
    ids=["a state word", "the order of day and month", "a position", "a list in JSON"],
)
def test_a_saved_mapping_is_recognised_with_the_next_file_of_its_kind(
    freio: Application, text: str, name: str, decide: Callable[[AppTest], object]
) -> None:
    at = uploaded(text, name)
    decide(at)
    save(at)
    again = uploaded(text, name)
    assert any("by the mapping “mine”" in each.value for each in again.markdown)
    assert not again.radio
    assert not again.warning
    assert any(button.key == "feed_write" for button in again.button)


def test_the_preview_does_not_call_a_send_stopped_whose_abort_the_file_contradicts(
    freio: Application,
) -> None:
    later = "2031-04-03T14:30Z\n"
    at = uploaded(f"{HEADINGS}a,Promo,SCHEDULED,7000,{later}")
    load(at)
    freio.aborts.abort(ConfigurationId("a"), Actor("t", Role.ADMINISTRATOR))
    at = uploaded(f"{HEADINGS}a,Promo,SENT-DONE,7000,{later}")
    (said,) = [each.value for each in at.markdown if "If you load it" in each.value]
    assert said == "**If you load it:** 1 aborted here before, **1 abort contradicted**."
