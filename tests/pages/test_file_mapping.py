"""On the page of imports a person chooses how a file is read, and saves that."""

import gc
import weakref

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.domain.list_query import ListQuery
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import State
from core.feed.interpreting.headings import FieldSource
from core.feed.mapping import FeedMapping, from_toml, to_toml
from core.runtime.application import Application
from tests.feed.test_fuzz import workbook
from tests.pages.test_file_decisions import (
    HEADINGS,
    OPEN_ORDER,
    SCHEDULED,
    choose,
    load,
    save,
    settled,
    uploaded,
)
from tests.pages.test_pages import opened

#: Repeated and missing headings, month names, and no column with an id or a state.
REPEATED = (
    "Nome,Data,Data,Destinatários,\n"
    "Promo,1 de janeiro de 2031 08:00,3 de abril de 2031 14:30,7000,x\n"
    "Aviso,2 de janeiro de 2031 08:00,4 de abril de 2031 16:00,9000,y\n"
)
REPORT = (
    "Title,Subject,List,Send Date,Send Weekday,Total Recipients,Unique Id\n"
    'Hello,s,Main,"Oct 26, 2025 02:56 pm",Sunday,4200,abc1\n'
)
PLAIN = HEADINGS + "a,Promo,SCHEDULED,7000,2031-04-03 14:30\n"


def uploaded_bytes(data: bytes, name: str) -> AppTest:
    at = opened("feeds")
    at.file_uploader[0].set_value([(name, data, "")]).run()
    return settled(at)


def labelled(elements: list, label: str) -> object:
    (found,) = [each for each in elements if each.label == label]
    return found


def sent(freio: Application, id: str) -> SendConfiguration:
    found = freio.store.configuration(ConfigurationId(id))
    assert found is not None
    return found


def said(at: AppTest) -> str:
    return " ".join(each.value for each in [*at.markdown, *at.warning]).replace("\\", "")


def can_load(at: AppTest) -> bool:
    return any(button.key == "feed_write" for button in at.button)


def has_expanded(at: AppTest, label: str) -> bool:
    (found,) = [each for each in at.expander if each.label == label]
    return bool(found.proto.expanded)


def test_columns_have_their_examples_and_a_position_where_headings_repeat_or_are_missing(
    freio: Application,
) -> None:
    at = uploaded(REPEATED)
    assert "Missing: ID, State, Scheduled time." in said(at)
    assert labelled(at.selectbox, SCHEDULED).options == [
        "– choose –",
        "Nome · Promo, Aviso",
        "Data (column 2) · 1 de janeiro de 2031 08:00, 2 de janeiro de 2031 08:00",
        "Data (column 3) · 3 de abril de 2031 14:30, 4 de abril de 2031 16:00",
        "Destinatários · 7000, 9000",
        "no heading (column 5) · x, y",
        "the same value in all rows",
        "several columns, joined",
        "the first column that is not empty",
    ]


def test_a_field_comes_from_a_position_a_fixed_value_or_several_columns(
    freio: Application,
) -> None:
    at = uploaded(REPEATED)
    choose(at, SCHEDULED, 2)
    choose(at, "State (required)", "value")
    choose(at, "Value in all rows", State.SENT_DONE)
    choose(at, "ID (required)", "several")
    assert not can_load(at)
    settled(at.multiselect[0].set_value([0, 2]).run())
    assert can_load(at)
    assert "ID is made of several columns" not in said(at)
    load(at)
    (found,) = [each for each in freio.store.page(ListQuery()).rows if each.name == "Aviso"]
    assert (found.state, found.total_records) == (State.SENT_DONE, 9000)
    assert (found.scheduled_at.month, found.scheduled_at.day) == (4, 4)
    assert found.id.startswith("Aviso")


@pytest.mark.long
def test_a_field_may_come_from_the_first_column_that_is_not_empty(freio: Application) -> None:
    at = uploaded(REPEATED)
    choose(at, SCHEDULED, "first")
    settled(at.multiselect[0].set_value([1, 2]).run())
    assert labelled(at.selectbox, SCHEDULED).value == "first"
    assert at.multiselect[0].label == "Columns, in the order in which they are tried"
    assert at.multiselect[0].value == [1, 2]


def test_an_id_of_several_columns_is_warned_of_unless_all_sends_are_finished(
    freio: Application,
) -> None:
    at = uploaded(PLAIN)
    choose(at, "ID (required)", "several")
    settled(at.multiselect[0].set_value([1, 4]).run())
    assert any("made of several columns" in each.value for each in at.warning)
    assert can_load(at)


@pytest.mark.parametrize("headings", ["Data,Hora", "Send Date,Send Time"])
def test_a_day_that_is_given_to_another_field_stays_joined_with_its_hour(
    freio: Application, headings: str
) -> None:
    at = uploaded(f"id,name,state,total_records,{headings}\na,Promo,SCHEDULED,9,2031-04-03,14:30\n")
    settled(labelled(at.toggle, "Optional fields").set_value(True).run())
    choose(at, "Last report", 4)
    assert labelled(at.selectbox, SCHEDULED).value == "several"
    load(at)
    found = sent(freio, "a").scheduled_at
    assert found is not None
    assert f"{found:%H:%M}" == "17:30"  # in UTC


@pytest.mark.long
def test_columns_that_a_joined_id_uses_still_give_their_own_fields(freio: Application) -> None:
    at = uploaded(PLAIN)
    choose(at, "ID (required)", "several")
    settled(at.multiselect[0].set_value([1, 4]).run())
    assert labelled(at.selectbox, "Name (required)").value == 1
    assert labelled(at.selectbox, SCHEDULED).value == 4


@pytest.mark.long
def test_optional_fields_are_behind_a_switch(freio: Application) -> None:
    at = uploaded(PLAIN.replace("\n", ",x\n").replace("scheduled_at,x", "scheduled_at,quem"))
    assert not any(each.label == "Account" for each in at.selectbox)
    settled(labelled(at.toggle, "Optional fields").set_value(True).run())
    choose(at, "Account", 5)
    load(at)
    assert sent(freio, "a").account == "x"


@pytest.mark.long
def test_how_a_file_is_read_is_folded_unless_something_is_open(freio: Application) -> None:
    assert not has_expanded(uploaded(PLAIN), "How the file is read")
    at = uploaded(REPEATED)
    assert has_expanded(at, "How the file is read")


def test_a_person_chooses_between_two_columns_with_one_meaning(freio: Application) -> None:
    at = uploaded("id,name,nome,state,total_records,scheduled_at\na,P,Q,sent,5,2031-01-01\n")
    assert "Two columns both mean Name" in said(at)
    choose(at, "Name (required)", 2)
    load(at)
    assert sent(freio, "a").name == "Q"


@pytest.mark.long
def test_the_line_of_the_headings_can_be_chosen(freio: Application) -> None:
    at = uploaded("id,name,state,total_records,when\nx,y,z,w,v\n" + PLAIN)
    line = labelled(at.number_input, "Line with the headings")
    assert line.value == 1
    settled(line.set_value(3).run())
    load(at)
    assert sent(freio, "a").total_records == 7000


@pytest.mark.long
def test_the_sheet_can_be_chosen(freio: Application) -> None:
    rows: list[list[object]] = [line.split(",") for line in PLAIN.splitlines()]
    at = uploaded_bytes(workbook({"s1": [["a note"]], "s2": rows}, "General"), "sends.xlsx")
    sheet = labelled(at.selectbox, "Sheet")
    assert (sheet.value, sheet.options) == ("s2", ["s1", "s2"])
    choose(at, "Sheet", "s1")
    assert "Missing: ID, Name" in said(at)
    choose(at, "Sheet", "s2")
    load(at)
    assert sent(freio, "a").name == "Promo"


def test_the_list_in_json_can_be_chosen(freio: Application) -> None:
    row = (
        '{"id": "%s", "name": "P", "state": "SCHEDULED", "total_records": 7000,'
        ' "scheduled_at": "2031-04-03 14:30"}'
    )
    at = uploaded(f'{{"old": [{row % "a"}], "new": [{row % "b"}]}}', "sends.json")
    choose(at, "List with the sends", "new")
    load(at)
    assert sent(freio, "b").name == "P"
    assert freio.store.configuration(ConfigurationId("a")) is None


def test_a_zone_is_chosen_for_times_without_one(freio: Application) -> None:
    at = uploaded(PLAIN)
    choose(at, "Zone of times without one", "Asia/Tokyo")
    load(at)
    assert sent(freio, "a").scheduled_at.isoformat() == "2031-04-03T05:30:00+00:00"


@pytest.mark.long
def test_an_answered_question_can_be_changed_later(freio: Application) -> None:
    at = uploaded(OPEN_ORDER)
    settled(at.radio[0].set_value("day").run())
    order = labelled(at.selectbox, "Day and month")
    assert order.value == "day"
    settled(order.set_value("month").run())
    load(at)
    assert sent(freio, "a").scheduled_at.month == 3


def test_states_are_chosen_in_words_with_the_platforms_own_word(freio: Application) -> None:
    at = uploaded(REPEATED)
    choose(at, "State (required)", "value")
    options = labelled(at.selectbox, "Value in all rows").options
    assert "Finished (SENT-DONE)" in options
    assert "In progress (IN-PROGRESS)" in options


def test_a_profile_is_announced_says_what_its_sends_are_and_can_be_declined(
    freio: Application,
) -> None:
    at = uploaded(REPORT)
    assert "looks like **Mailchimp campaign report**" in said(at)
    assert "all its sends are read as **Finished (SENT-DONE)**" in said(at)
    assert can_load(at)
    settled(labelled(at.button, "Read it without this profile").click().run())
    assert "Mailchimp" not in said(at)
    assert "**Missing:" in said(at)
    assert not can_load(at)
    choose(at, "Mapping", "Mailchimp campaign report")
    assert can_load(at)


def test_the_preview_has_states_times_recipients_rows_notes_and_counts_in_this_order(
    freio: Application,
) -> None:
    at = uploaded(
        HEADINGS.replace("id,", "id,segredo,")
        + "a,s,Promo,SCHEDULED,7000,2031-04-03 14:30\n"
        + "b,s,Promo,SCHEDULED,many,2031-04-03 14:30\n"
    )
    shown = [str(each.value) for each in at.main if each.type in ("markdown", "html")]
    expected = [
        "`SCHEDULED`: 1 send",
        "Scheduled from",
        "Recipients: smallest",
        "Next to leave",
        "Columns that are not read: segredo",
        "If you load it",
        "Rows that cannot be read",
    ]
    whole = "\n".join(shown).replace("\\", "")
    places = [whole.index(text) for text in expected]
    assert places == sorted(places)


def test_a_file_and_how_it_is_read_stay_when_a_person_visits_another_page(
    freio: Application,
) -> None:
    at = uploaded(REPEATED)
    choose(at, SCHEDULED, 2)
    choose(at, "State (required)", "value")
    choose(at, "Value in all rows", State.SENT_DONE)
    at.switch_page("configurations.py").run()
    assert not at.selectbox or at.selectbox[0].label != "Mapping"
    at.switch_page("feeds.py").run()
    assert "**sends.csv** is chosen." in said(at)
    assert "Missing: ID." in said(at)
    assert labelled(at.selectbox, SCHEDULED).value == 2
    assert labelled(at.selectbox, "Value in all rows").value == State.SENT_DONE
    choose(at, "ID (required)", 0)
    load(at)
    assert sent(freio, "Promo").state is State.SENT_DONE


@pytest.mark.parametrize("ends", ["load", "another"])
def test_the_kept_file_is_deleted_when_it_is_loaded_or_another_is_chosen(
    freio: Application, ends: str
) -> None:
    at = uploaded(PLAIN)
    kept = [
        weakref.ref(at.session_state["feed_chosen"].kept),
        weakref.ref(at.session_state["feed_dry_run"][1].recording),
    ]
    assert None not in [each() for each in kept]
    if ends == "load":
        load(at)
    else:
        at.button(key="feed_other").click().run()
    at.run()
    gc.collect()
    assert at.session_state["feed_chosen"] is None
    assert [each() for each in kept] == [None, None]
    assert len(at.file_uploader) == 2


def test_a_file_that_cannot_be_read_says_why_and_the_next_one_removes_that(
    freio: Application,
) -> None:
    at = uploaded("", "a.csv")
    assert "Not loaded." in at.error[0].value
    at.file_uploader[0].set_value([("b.csv", PLAIN.encode(), "")]).run()
    assert not at.error
    assert can_load(settled(at))


MINE = FeedMapping(
    name="mine",
    headings=("nr",),
    fields={"id": FieldSource(("nr",)), "state": FieldSource(value="SENT-DONE")},
)


def test_a_mapping_is_imported_from_toml_and_used_at_once_for_the_next_file(
    freio: Application,
) -> None:
    at = opened("feeds")
    at.file_uploader[-1].set_value([("x.toml", to_toml(MINE).encode(), "")]).run()
    assert "The mapping “mine” is saved." in at.success[0].value
    assert freio.loader.mappings.all() == [MINE]
    at = uploaded("nr,name,total_records,scheduled_at\na,Promo,7000,2031-04-03 14:30\n")
    assert "read by the mapping “mine”" in said(at)
    load(at)
    assert sent(freio, "a").state is State.SENT_DONE


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"= what", "not valid TOML"),
        (b"\xff\xfe\x00", "not valid TOML"),
        (b'name = "m"\ndecimal = ";"', "decimal cannot be “;”"),
    ],
)
def test_a_file_that_is_not_a_mapping_is_refused_with_the_reason(
    freio: Application, data: bytes, why: str
) -> None:
    at = opened("feeds")
    at.file_uploader[-1].set_value([("x.toml", data, "")]).run()
    assert why in at.error[0].value.replace("\\", "")
    assert freio.loader.mappings.all() == []


def test_a_saved_mapping_is_exported_edited_and_deleted(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    freio.loader.mappings.save(MINE)
    at = opened("feeds")
    exported: dict[str, str] = {}
    monkeypatch.setattr(st, "download_button", lambda _label, **given: exported.update(given))
    labelled(at.selectbox, "Mapping").set_value("mine").run()
    assert exported["file_name"] == "mine.toml"
    assert from_toml(exported["data"]) == MINE
    text = at.text_area[0]
    assert text.value == to_toml(MINE)
    text.set_value(text.value.replace("SENT-DONE", "PAUSED"))
    labelled(at.button, "Save the text").click().run()
    assert "It replaces the earlier one." in at.success[0].value
    (changed,) = freio.loader.mappings.all()
    assert changed.fields["state"].value == "PAUSED"
    labelled(at.button, "Delete").click().run()
    assert freio.loader.mappings.all() == []


@pytest.mark.long
def test_a_mapping_is_changed_with_a_file_and_saved_again(freio: Application) -> None:
    at = uploaded(PLAIN)
    assert not any("Save how it is read" in each.label for each in at.text_input)
    choose(at, "Name (required)", 0)
    save(at)
    at = uploaded(PLAIN)
    assert not any("Save how it is read" in each.label for each in at.text_input)
    choose(at, "Name (required)", 1)
    save(at)
    (changed,) = freio.loader.mappings.all()
    assert changed.fields["name"] == FieldSource(("name",))


def test_the_zone_and_days_without_an_hour_are_said_beside_the_times(freio: Application) -> None:
    at = uploaded(HEADINGS + "a,Promo,SCHEDULED,7000,2031-04-03\nb,Aviso,draft,5,\n")
    assert not has_expanded(at, "How the file is read")
    block = next(each.value for each in at.markdown if "Scheduled from" in each.value)
    lines = block.replace("\\", "").split("\n")
    place = next(n for n, line in enumerate(lines) if line.startswith("- Scheduled from"))
    assert lines[place + 1] == "- Times without an offset are read as times in America/Sao_Paulo."
    assert lines[place + 2].startswith("- Scheduled for 00:00: 1 of 1 sends.")
    assert lines[place + 3].startswith("- Recipients: smallest 5")
    assert said(at).count("Times without an offset") == 1


def test_a_file_without_headings_is_named_with_what_to_do(freio: Application) -> None:
    at = uploaded("a,Promo,SCHEDULED,7000,2031-04-03 14:30\nb,Aviso,SCHEDULED,5,2031-04-03 14:30\n")
    assert "The file seems to have no line with headings." in said(at)
    assert "“a, Promo, SCHEDULED, 7000, 2031-04-03 14:30”. Add a line with headings" in said(at)
    assert not can_load(at)


@pytest.mark.long
def test_a_mapping_that_reads_no_row_of_its_file_is_saved_with_a_warning(
    freio: Application,
) -> None:
    at = uploaded(PLAIN)
    choose(at, "Recipients (required)", 1)
    assert not can_load(at)
    save(at)
    assert not at.success
    assert "is saved, but this file cannot be loaded with it." in at.warning[0].value
    assert [each.name for each in freio.loader.mappings.all()] == ["mine"]


@pytest.mark.long
def test_a_mapping_is_saved_with_the_names_of_its_files(freio: Application) -> None:
    at = uploaded(PLAIN.replace("state", "situ"))
    choose(at, "State (required)", 2)
    labelled(
        at.text_input, "For files in the folder with names such as erp-*.csv (optional)"
    ).set_value(" erp-*.csv ")
    save(at)
    (saved,) = freio.loader.mappings.all()
    assert saved.files == "erp-*.csv"
    assert freio.loader.mappings.for_file("erp-1.csv") == saved


@pytest.mark.long
def test_a_file_whose_name_fits_several_mappings_is_read_by_its_headings(
    freio: Application,
) -> None:
    for name, order in (("US", False), ("UK", True)):
        freio.loader.mappings.save(FeedMapping(name=name, files="*.csv", day_first=order))
    at = uploaded(PLAIN)
    assert not at.error
    assert "The file is read by the mapping" not in said(at)
    assert can_load(at)


@pytest.mark.long
def test_drafts_in_json_may_leave_out_columns_of_their_profile(freio: Application) -> None:
    draft = (
        '{"campaigns": [{"id": 1, "name": "a", "campaignState": "Draft", "type": "Blast",'
        ' "messageMedium": "Email", "createdAt": 1790000000000, "updatedAt": 1790000000000}]}'
    )
    at = uploaded(draft, "f.json")
    assert "looks like **Iterable campaigns**" in said(at)
    load(at)
    assert sent(freio, "1").total_records is None
