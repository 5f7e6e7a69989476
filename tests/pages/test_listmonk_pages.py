"""The pages of an installation for listmonk, which can stop a send midway."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.bulk_abort import BulkGroup
from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import State
from core.feed.load_options import LoadOptions
from core.runtime.application import Application
from pages.text import names
from tests.pages.bulk import data
from tests.pages.conftest import running
from tests.pages.dialog import confirm, shown
from tests.pages.test_help import tables
from tests.pages.test_overview import tiles
from tests.pages.test_pages import opened, rows
from tests.pages.test_true_sentences import text

pytestmark = pytest.mark.slow

BOSS = Actor("boss", Role.ADMINISTRATOR)
HEADING = "id,name,account,state,total_records,generated_records,scheduled_at,updated_at\n"


def line(id: str, state: str, sent: object = 0, *, after: int = 10, total: int = 40_000) -> str:
    now = datetime.now(UTC)
    at = now + timedelta(minutes=after)
    return f"{id},Send {id},Norte,{state},{total},{sent},{at.isoformat()},{now.isoformat()}\n"


SENDS = (
    line("waits", "scheduled")
    + line("runs", "running", 12_400, after=-5)
    + line("rests", "paused", 12_400, after=-5)
    + line("untold", "running", "", after=-5)
    + line("done", "finished", 40_000, after=-60)
    + line("draft", "draft")
)


@pytest.fixture
def freio() -> Iterator[Application]:
    with running(platform="listmonk") as made:
        load(made, SENDS)
        yield made


def load(freio: Application, lines: str, minutes_ago: float = 0) -> None:
    made = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    freio.loader.load(BytesIO((HEADING + lines).encode()), "f.csv", BOSS, LoadOptions(as_of=made))


def asking(id: str) -> AppTest:
    at = opened("configurations")
    at.session_state["abort_pending"] = id
    at.run()
    assert not at.exception
    return at


def found(freio: Application, id: str) -> State:
    send = freio.queries.configuration(ConfigurationId(id))
    assert send is not None
    return send.state


@pytest.mark.parametrize("id", ["runs", "rests"])
def test_the_dialog_says_what_has_gone_and_what_is_spared(freio: Application, id: str) -> None:
    form = shown(asking(id))
    assert "At least 12,400 of 40,000 have gone out" in form["sentence"]
    assert "about 27,600 do not get it" in form["sentence"]
    assert "messages on their way may still arrive" in form["sentence"]
    assert "Unschedule" in form["sentence"]
    assert (form["outlook"], form["can_abort"]) == ("rest-stoppable", True)
    assert form["left"] == ""
    assert form["confirm"] == "Abort this send"


@pytest.mark.long
def test_the_dialog_does_not_invent_a_number_that_is_not_reported(freio: Application) -> None:
    sentence = shown(asking("untold"))["sentence"]
    assert "how many messages have gone is not known" in sentence
    assert "40,000" not in sentence


def test_a_press_stops_the_rest_and_waits_for_the_platform(freio: Application) -> None:
    at = asking("runs")
    confirm(at)
    assert found(freio, "runs") is State.CANCELLED
    (receipt,) = freio.store.receipts_of(ConfigurationId("runs"))
    assert (receipt.gone, receipt.spared) == (12_400, 27_600)
    page = text(opened("configuration", id="runs"))
    assert "Waiting for confirmation" in page
    assert "Went on anyway" not in page


def test_a_confirmed_stop_in_the_middle_says_both_numbers(freio: Application) -> None:
    confirm(asking("runs"))
    load(freio, line("runs", "cancelled", 12_460, after=-5), minutes_ago=-0.1)
    page = text(opened("configuration", id="runs"))
    assert "Stopped at 12,460 of 40,000: about 27,540 do not get it" in page
    assert "Went on anyway" not in page


def test_a_campaign_that_is_paused_after_its_stop_was_confirmed_is_not_called_stopped(
    freio: Application,
) -> None:
    confirm(asking("runs"))
    load(freio, line("runs", "cancelled", 12_460, after=-5), minutes_ago=-0.1)
    load(freio, line("runs", "paused", 12_460, after=-5), minutes_ago=-0.2)
    (row,) = [row for row in rows(opened("configurations")) if row["id"] == "runs"]
    assert (row["verdict_word"], row["outlook"]) == ("Paused there, not stopped", "uncertain")
    page = text(opened("configuration", id="runs"))
    assert "Paused, not stopped. " in page
    assert "A person can resume it there" in page


def test_an_abort_whose_campaign_was_scheduled_again_says_so_and_counts_as_no_stop(
    freio: Application,
) -> None:
    confirm(asking("waits"))
    load(freio, line("waits", "draft"), minutes_ago=-0.1)
    load(freio, line("waits", "scheduled"), minutes_ago=-0.2)
    log = text(opened("aborts", outcome="ran_again"))
    assert "Stopped, then scheduled again" in log
    assert "ran again" not in log
    assert '<span class="unit">Not reached:</span> unknown' in log
    assert "None." in text(opened("aborts", outcome="stopped"))
    assert tiles(opened("overview"))["Stopped here today"][0] == "0"
    # A person cancels it in listmonk: this was not the abort that was made here.
    load(freio, line("waits", "running", 5), minutes_ago=-0.3)
    load(freio, line("waits", "cancelled", 5), minutes_ago=-0.4)
    assert tiles(opened("overview"))["Stopped here today"][0] == "0"
    at = opened("configuration", id="waits")
    assert "Stopped, then scheduled again" in text(at)
    assert not [each for each in at.expander if each.label == "Aborted by mistake?"]


def test_a_send_that_has_gone_out_completely_is_not_said_to_perhaps_reach_its_recipients(
    freio: Application,
) -> None:
    confirm(asking("runs"))
    load(freio, line("runs", "finished", 40_000, after=-5), minutes_ago=-0.1)
    at = opened("configuration", id="runs")
    page = text(at)
    assert not [each for each in at.expander if each.label == "Aborted by mistake?"]
    assert "Went on anyway" in page
    assert "It reaches all of its 40,000 recipients" in page
    assert "may reach" not in page


@pytest.mark.long
def test_only_a_send_that_was_aborted_here_can_have_been_stopped_by_mistake_here(
    freio: Application,
) -> None:
    load(freio, line("runs", "cancelled", 12_460, after=-5), minutes_ago=-0.1)
    assert not [each for each in opened("configuration", id="runs").expander if each.label]
    confirm(asking("rests"))
    (found,) = [each.label for each in opened("configuration", id="rests").expander]
    assert found == "Aborted by mistake?"


@pytest.mark.long
def test_a_campaign_that_is_cancelled_before_its_count_rises_is_not_said_to_reach_no_one(
    freio: Application,
) -> None:
    load(freio, line("waits", "cancelled"), minutes_ago=-0.1)
    page = text(opened("configuration", id="waits"))
    assert "According to its last report, no message had gone out" in page
    assert "reaches no one" not in page
    load(freio, line("other", "scheduled"), minutes_ago=-0.1)
    confirm(asking("other"))
    load(freio, line("other", "draft"), minutes_ago=-0.2)
    assert "It reaches no one" in text(opened("configuration", id="other"))


def test_a_row_has_the_word_of_the_platform_the_outlook_and_the_button(freio: Application) -> None:
    by_id = {row["id"]: row for row in rows(opened("configurations"))}
    words = {id: (row["state"], row["verdict_word"]) for id, row in by_id.items()}
    rest = "The rest can be stopped"
    assert words == {
        "waits": ("scheduled", "Can be stopped"),
        "runs": ("running", rest),
        "untold": ("running", rest),
        "rests": ("paused", rest),
        "done": ("finished", "Finished"),
        "draft": ("draft", "Not running"),
    }
    assert by_id["runs"]["outlook"] == "rest_stoppable"
    assert [id for id, row in by_id.items() if row["can_abort"]] == [
        id for id, (_, verdict) in words.items() if verdict in (rest, "Can be stopped")
    ]
    assert (by_id["runs"]["time_left"], by_id["rests"]["time_left"]) == ("going out", "paused")


def test_with_old_data_no_rest_is_shown_as_stoppable() -> None:
    with running(platform="listmonk") as old:
        load(old, SENDS, minutes_ago=60)
        words = {row["id"]: row["verdict_word"] for row in rows(opened("configurations"))}
    assert words["runs"].startswith("Uncertain")
    assert words["done"] == "Finished"


def test_a_button_filters_the_sends_whose_rest_can_be_stopped(freio: Application) -> None:
    at = opened("configurations", outlook="rest_stoppable")
    assert {row["id"] for row in rows(at)} == {"runs", "rests", "untold"}
    buttons = {each["label"]: each["count"] for each in data(at, "freio_states")["buttons"]}
    assert buttons["The rest can be stopped"] == "3"


@pytest.mark.long
def test_stopped_sends_are_not_counted_under_a_word_that_some_of_them_do_not_have(
    freio: Application,
) -> None:
    """A scheduled campaign is a draft after its abort, and `scheduled` until listmonk stopped it."""

    def menu(**chosen: str) -> tuple[str, set[str]]:
        found = data(opened("configurations", **chosen), "freio_states")["menu"]
        return found["label"], {each["label"] for each in found["buttons"]}

    confirm(asking("waits"))
    assert "waiting for confirmation" in menu()[1]
    load(freio, line("waits", "draft"), minutes_ago=-0.1)
    assert menu() == ("State", {"running", "paused", "finished", "draft", "stopped"})
    confirm(asking("runs"))
    label, labels = menu(state="CANCELLED")
    assert label == "State: stopped"
    assert {"waiting for confirmation", "stopped"} <= labels
    chart = " ".join(str(each.proto) for each in opened("overview").main)
    assert ">stopped</a>" in chart
    assert ">waiting for confirmation</a>" in chart
    label, _ = menu(state="CANCELLED", outlook="waiting")
    assert label == "State: waiting for confirmation"
    assert "cancelled" not in chart + str(labels)


@pytest.mark.long
def test_a_tile_counts_the_sends_under_way(freio: Application) -> None:
    shown_tiles = tiles(opened("overview"))
    count, people, link = shown_tiles["The rest can be stopped"]
    # Two sends have 27,600 recipients left each. The third has 40,000, and it is unknown how many of
    # them are left.
    assert (count, people) == ("3", "95,200 recipients")
    assert "outlook=rest_stoppable" in link
    assert "Processing" not in shown_tiles


@pytest.mark.long
def test_a_bulk_abort_counts_the_recipients_that_are_left(freio: Application) -> None:
    to_abort = {row["id"]: row["to_abort"] for row in rows(opened("configurations"))}
    assert (to_abort["runs"], to_abort["untold"], to_abort["waits"]) == (27_600, 40_000, 40_000)
    plan = freio.bulk_aborts.plan([ConfigurationId(id) for id in ("runs", "untold")], BOSS)
    assert plan.recipients == plan.groups[BulkGroup.REST].recipients == 67_600


def test_the_help_page_has_the_rules_of_listmonk_in_its_words(freio: Application) -> None:
    rules, signs = tables()
    states = [line[0] for line in rules]
    assert {"scheduled", "running", "paused", "draft", "finished", "cancelled"} < set(states)
    assert not {"PROCESANDO", "DELIVERY-ENDING"} & set(states)
    (running_line,) = [line for line in rules if line[0] == "running"]
    assert "5,000 of 12,000 have gone out" in running_line[3]
    assert any("The rest can be stopped" in line[0] for line in signs)
    assert not any("5,000 records make" in header.value for header in opened("help").header)
    said = text(opened("help"))
    assert "when processing ends" not in said
    assert "cannot be interrupted" not in said
    assert "or the platform reports that it went on anyway" in said
    assert "no message had gone out" not in said
    assert "Stopped at 5,000 of 12,000" in said


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pt", "Pelo menos 12.400 de 40.000 saíram"),
        ("es", "Al menos 12.400 de 40.000 salieron"),
    ],
)
def test_it_is_there_in_each_language(freio: Application, language: str, words: str) -> None:
    page = text(opened("configuration", id="runs", lang=language))
    assert words in page
    assert "Unschedule" not in page


@pytest.mark.long
def test_records_are_sent_and_not_generated(freio: Application) -> None:
    assert names.generated(5) == "5 sent"


def test_no_page_names_a_generation_or_a_point_of_no_return(freio: Application) -> None:
    """listmonk sends one message after the other, and a person can stop it at any moment."""
    load(freio, line("short", "finished", 39_000, after=-60), minutes_ago=-0.1)
    pages = [opened("configuration", id=id) for id in ("waits", "runs", "short")]
    pages += [opened("overview"), opened("configurations"), opened("aborts")]
    said = " ".join(text(page) for page in pages)
    said += " ".join(str(each.help) for page in pages for each in page.header)
    said += " ".join(str(row) for row in rows(pages[-2]))
    said += " ".join(str(shown(asking(id))) for id in ("waits", "runs", "short"))
    said += str(data(pages[3], "freio_timeline"))
    assert "39,000 of its 40,000 messages were sent" in said
    assert "sending begins" in said
    assert "Sending begins" in shown(asking("waits"))["left_label"]
    for words in ("generation", "Generation", "generated", "oint of no return"):
        assert words not in said.replace("generated_records", ""), words
