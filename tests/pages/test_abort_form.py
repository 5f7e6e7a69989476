"""What the open dialog shows, and what a press in it does."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import State
from core.errors import StoreError
from core.feed.load_options import LoadOptions
from core.runtime.application import Application
from pages.sends import abort_form
from tests.pages.dialog import confirm, shown
from tests.pages.test_pages import opened
from tests.sends import receipts_in

BOSS = Actor("t", Role.ADMINISTRATOR)
HEAD = "id,name,state,total_records,generated_records,scheduled_at,account,channel,audience\n"
FEED = (
    f"{HEAD}s1,Liquidação,scheduled,7000,0,2030-01-01T12:00Z,Norte,email,Customers\n"
    "s2,Liquidação,scheduled,7000,0,2030-01-01T13:00Z,Norte,email,Customers\n"
    "s3,Paused,paused,7000,0,2030-01-01T13:00Z,Norte,email,Others\n"
)


@pytest.fixture
def freio(empty: Application) -> Application:
    load(empty, FEED)
    return empty


def load(freio: Application, file: str) -> None:
    freio.loader.load(BytesIO(file.encode()), "feed.csv", BOSS)


def asking(id: str = "s1") -> AppTest:
    at = opened("configurations")
    at.session_state["abort_pending"] = id
    at.run()
    assert not at.exception
    return at


def state(freio: Application, id: str = "s1") -> State:
    found = freio.queries.configuration(ConfigurationId(id))
    assert found is not None
    return found.state


def test_it_says_which_send_it_is_to_whom_it_goes_and_when(freio: Application) -> None:
    form = shown(asking())
    assert [form[name] for name in ("id", "name", "recipients")] == ["s1", "Liquidação", "7,000"]
    assert [form[name] for name in ("account", "channel", "audience")] == [
        "Norte",
        "email",
        "Customers",
    ]
    assert form["state"] == "SCHEDULED"
    assert form["scheduled"] == "Tuesday, 1 Jan 2030, 12:00 (UTC)"
    assert "data-left=" in form["left"]
    assert form["final"] == "This cannot be undone."


@pytest.mark.parametrize(
    ("state_before", "facts", "says", "state_after", "notice"),
    [
        ("procesando", "12000,0", "stopped automatically", State.CANCELLING, "Abort accepted."),
        ("in progress", "5000,0", "Sending has not begun", State.CANCELLED, "Stopped."),
        ("in progress", "5001,", "may still reach up to 5,001", State.CANCELLING, "stays open"),
    ],
)
def test_in_each_state_it_says_what_an_abort_does_and_a_press_does_that(
    freio: Application,
    state_before: str,
    facts: str,
    says: str,
    state_after: State,
    notice: str,
) -> None:
    load(freio, f"{HEAD}p1,Promoção,{state_before},{facts},2026-01-01T12:00Z,Sul,email,All\n")
    freio.store.set_fact("origin", "demo")
    at = asking("p1")
    assert says in shown(at)["sentence"]
    confirm(at)
    (found,) = [*at.success, *at.info, *at.warning]
    assert notice in found.value
    assert state(freio, "p1") is state_after
    assert [r.accepted for r in freio.store.receipts_of(ConfigurationId("p1"))] == [True]


@pytest.mark.parametrize("is_platform", [False, True])
@pytest.mark.parametrize("state_before", ["scheduled", "procesando", "in progress"])
def test_of_a_send_that_may_have_begun_it_never_says_that_an_abort_stops_it(
    empty: Application, state_before: str, is_platform: bool
) -> None:
    file = BytesIO(f"{HEAD}o1,Old,{state_before},7000,0,2026-01-01T12:00Z,Sul,email,All\n".encode())
    made = datetime.now(UTC) - timedelta(hours=1)
    empty.loader.load(file, "f.csv", BOSS, LoadOptions(as_of=made))
    if is_platform:
        empty.store.set_fact("origin", "demo")
    form = shown(asking("o1"))
    page = [each.value for each in opened("configuration", id="o1").markdown]
    assert form["outlook"] == "uncertain"
    for said in (form["sentence"], *page):
        assert "reaches none" not in said
        assert "send stops" not in said
    assert "It may have begun since then" in form["sentence"]
    assert "it goes out to its 7,000 recipients" in form["sentence"]
    assert any("It may have begun since then" in said for said in page)


def test_it_warns_of_a_possible_duplicate(freio: Application) -> None:
    (warning,) = shown(asking())["warnings"]
    assert warning.startswith("Another send with the same name, account and audience")


def test_the_dialog_explains_the_word_procesando(freio: Application) -> None:
    assert shown(asking())["meaning"] == ""
    load(freio, FEED.replace("s1,Liquidação,scheduled", "s1,Liquidação,procesando"))
    form = shown(asking())
    assert form["state"] == "PROCESANDO"
    assert form["meaning"].startswith("PROCESANDO: the platform is preparing the data")


def test_a_send_that_cannot_be_aborted_has_no_button_for_it_and_no_question(
    freio: Application,
) -> None:
    form = shown(asking("s3"))
    assert not form["can_abort"]
    assert (form["confirm"], form["keep"]) == ("Cannot be aborted", "Close")
    assert "Cancel it there" in form["sentence"]
    assert form["left"] == form["final"] == form["help"] == ""
    confirm(asking("s3"))
    assert state(freio, "s3") is State.PAUSED


def test_a_correction_is_advised_only_after_a_send_that_reached_people(
    empty: Application,
) -> None:
    load(
        empty,
        f"{HEAD}s1,Reached,sent-done,7000,7000,2026-01-01T12:00Z,Norte,email,A\n"
        "s2,Reached none,sent-done,7000,0,2026-01-01T12:00Z,Norte,email,A\n",
    )
    assert "prepare a correction" in str(shown(asking("s1")))
    assert "correction" not in str(shown(asking("s2")))


def test_a_send_whose_time_has_come_since_the_last_report_may_have_begun(
    empty: Application,
) -> None:
    now = datetime.now(UTC)
    begun = FEED.replace("2030-01-01T12:00Z", (now - timedelta(minutes=1)).isoformat())
    options = LoadOptions(as_of=now - timedelta(minutes=2))
    empty.loader.load(BytesIO(begun.encode()), "feed.csv", BOSS, options)
    assert not shown(asking("s2"))["is_doubtful"]
    form = shown(asking())
    assert form["is_doubtful"]
    assert "may have begun" in form["left"]
    assert "may have begun since then" in form["old"]


def test_a_send_that_is_not_here_any_more_is_looked_for_in_the_platform(
    freio: Application,
) -> None:
    form = shown(asking("gone"))
    assert "no longer in Freio" in form["sentence"]
    assert not form["can_abort"]


def test_a_press_counts_for_the_facts_that_the_browser_had(freio: Application) -> None:
    at = asking()
    load(freio, FEED.replace("s1,Liquidação,scheduled", "s1,Liquidação,procesando"))
    confirm(at, note="x" * 600)
    assert "While you were deciding, it changed to PROCESANDO" in at.warning[0].value
    receipt = receipts_in(freio.store)[0]
    assert (receipt.shown_state, receipt.shown_total) == ("SCHEDULED", 7_000)
    assert receipt.note == "x" * abort_form.MAX_NOTE


def test_a_notice_says_that_the_recipients_changed_before_the_press(freio: Application) -> None:
    at = asking()
    load(freio, FEED.replace("s1,Liquidação,scheduled,7000", "s1,Liquidação,scheduled,900000"))
    confirm(at)
    found = at.warning[0].value
    assert "While you were deciding, its recipients changed from 7,000 to 900,000." in found


@pytest.mark.parametrize("forged", [{"id": "s2"}, {"id": ""}, {"shown": "never"}, {"shown": ""}])
def test_a_press_for_another_send_or_for_facts_that_were_never_shown_stops_nothing(
    freio: Application, forged: dict[str, str]
) -> None:
    at = confirm(asking(), **forged)
    assert not at.exception
    assert state(freio, "s1") is State.SCHEDULED
    assert state(freio, "s2") is State.SCHEDULED
    assert shown(at)["id"] == "s1"


def test_while_the_store_does_not_answer_the_dialog_stays_and_says_so(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreError("The database does not answer.", "Wait.")

    at = asking()
    before = shown(at)
    monkeypatch.setattr(abort_form, "question", away)
    at.run()
    assert not at.exception
    form = shown(at)
    assert "The database does not answer." in form.pop("trouble")
    assert form == before


def test_who_was_faster_is_said_first_and_an_open_abort_is_not_called_stopped(
    freio: Application,
) -> None:
    at = asking()
    freio.aborts.abort(ConfigurationId("s1"), Actor("Ana", Role.OPERATOR))
    confirm(at)
    notice = at.warning[0].value
    assert "While you were deciding, Ana aborted it" in notice
    assert "may still reach its 7,000" in notice
    assert "CANCELLED" not in notice
