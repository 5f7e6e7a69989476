"""A bulk abort from the selection in the list to its result on the page of aborts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from core.access.identity import Identity
from core.domain.bulk_abort import BulkId, BulkOutcome, DecidedSend
from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import Refusal, State
from core.errors import StoreError
from core.feed.load_options import LoadOptions
from core.runtime.application import Application
from core.services import bulk_aborts
from core.services.bulk_execution import MAX_TRIES
from pages.sends import send_list
from pages.viewer import current_user
from tests.pages import bulk
from tests.pages.places import place_of
from tests.pages.test_pages import opened
from tests.sends import batches_in, receipts_in

pytestmark = pytest.mark.slow

BOSS = Actor("t", Role.ADMINISTRATOR)
HEAD = "id,name,state,total_records,generated_records,scheduled_at,account\n"
SENDS = "".join(f"s{n},Send {n},scheduled,1000,0,2030-01-01T12:{n:02}Z,Norte\n" for n in range(12))
FEED = (
    f"{HEAD}{SENDS}p,Prepared,procesando,500,0,2026-01-01T12:00Z,Norte\n"
    "u,Unknown,in progress,300,,2026-01-01T12:00Z,Norte\n"
    "g,Going,in progress,9000,5000,2026-01-01T12:00Z,Norte\n"
)


@pytest.fixture
def freio(empty: Application) -> Application:
    load(empty, FEED)
    return empty


def load(freio: Application, feed: str) -> None:
    freio.loader.load(BytesIO(feed.encode()), "feed.csv", BOSS)


def listed() -> AppTest:
    return opened("configurations")


def selection(at: AppTest) -> dict:
    return bulk.data(at, "freio_rows")["selection"]


def state(freio: Application, id: str) -> State:
    found = freio.queries.configuration(ConfigurationId(id))
    assert found is not None
    return found.state


def test_the_bar_counts_the_selected_sends_and_their_recipients(freio: Application) -> None:
    at = bulk.select(listed(), [1, "add", ["s1", "p"]])
    shown = selection(at)
    assert (shown["sends"], shown["recipients"], shown["matching"]) == (2, 1_500, 14)
    assert set(shown["ids"]) == {"s1", "p"}
    assert shown["applied"] == ["test", 1]


def test_all_that_match_the_filters_are_selected_and_stay_when_the_filter_changes(
    freio: Application,
) -> None:
    at = opened("configurations", state="PROCESANDO")
    bulk.select(at, [1, "matching", []])
    assert selection(at)["sends"] == 1
    at.query_params["state"] = "SCHEDULED"
    at.run()
    shown = selection(at)
    assert (shown["sends"], shown["ids"]) == (1, ["p"])
    bulk.select(at, [1, "matching", []], [2, "matching", []])
    assert selection(at)["sends"] == 13


def test_all_that_match_are_not_selected_if_the_person_saw_other_filters(
    freio: Application,
) -> None:
    at = opened("configurations", state="PROCESANDO")
    bulk.select(at, [1, "matching", ["[('q', 'another')]"]])
    assert selection(at)["sends"] == 0


def test_a_send_that_can_no_longer_be_stopped_leaves_and_the_bar_says_so(
    freio: Application,
) -> None:
    at = bulk.select(listed(), [1, "add", ["s1", "s2"]])
    load(freio, FEED.replace("s2,Send 2,scheduled,1000,0", "s2,Send 2,in progress,1000,1000"))
    at.run()
    assert selection(at)["sends"] == 1
    assert selection(at)["left"].endswith("left the selection: Send 2")
    bulk.select(at, [2, "add", ["s3"]])
    assert selection(at)["left"] == ""


@pytest.mark.long
def test_the_bar_shortens_long_names_of_sends_that_left_so_that_none_is_cut_off(
    freio: Application,
) -> None:
    feed = FEED.replace("Send 2", "Send 2 " + "of a long name " * 9)
    load(freio, feed)
    at = bulk.select(listed(), [1, "add", ["s1", "s2"]])
    load(
        freio,
        feed.replace(
            ",scheduled,1000,0,2030-01-01T12:02Z", ",in progress,1000,1000,2030-01-01T12:02Z"
        ),
    )
    assert selection(at.run())["left"].endswith(
        "left the selection: Send 2 of a long name of a lon…"
    )


def test_the_bar_says_how_many_matching_sends_are_above_the_maximum(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_aborts, "MAX_SENDS", 10)
    at = bulk.select(listed(), [1, "matching", []])
    assert selection(at)["sends"] == 10
    assert selection(at)["left"].startswith("4 more sends are not selected")


def test_who_may_not_stop_sends_has_nothing_to_select(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads_as(monkeypatch, Actor("vera", Role.VIEWER))
    assert selection(listed()) is None


def test_forged_ids_of_another_account_neither_open_the_dialog_nor_show_a_name(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(freio, f"{FEED}own,Own,scheduled,10,0,2030-01-02T12:00Z,Sul\n")
    reads_as(monkeypatch, Actor("rui", Role.OPERATOR, accounts=frozenset({"Sul"})))
    at = bulk.select(listed(), [1, "add", ["own", "s1", "s2"]])
    bulk.trigger(at, "freio_rows", "bulk", True)
    assert not bulk.is_shown(at, "freio_bulk_form")
    assert "Send 1" not in str(selection(at))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_forged_ids_are_refused_and_recorded_once_without_a_press_on_the_bar(
    freio: Application, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    load(freio, f"{FEED}own,Own,scheduled,10,0,2030-01-02T12:00Z,Sul\n")
    accounts = frozenset({"Sul"}) if role is Role.OPERATOR else None
    reads_as(monkeypatch, Actor("rui", role, accounts))
    at = listed()
    for number in (1, 2):
        bulk.select(at, [number, "add", ["s1", "s2"]])
        assert "Not stopped" in at.error[0].value
    assert [(r.actor, r.refusal) for r in receipts_in(freio.store)] == [
        ("rui", Refusal.NOT_ALLOWED)
    ]
    assert role is Role.VIEWER or selection(at)["ids"] == []


@pytest.mark.long
def test_a_selection_that_is_too_large_for_a_message_sends_the_ids_of_the_drawn_rows(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = bulk.select(opened("configurations", state="PROCESANDO"), [1, "add", ["p", "s1", "s2"]])
    assert (selection(at)["ids"], selection(at)["is_complete"]) == (["p", "s1", "s2"], True)
    monkeypatch.setattr(send_list, "_MOST_SENT", 4)
    at.run()
    assert (selection(at)["ids"], selection(at)["is_complete"]) == (["p"], False)
    assert selection(at)["sends"] == 3


def test_the_dialog_of_a_bulk_abort_explains_the_word_procesando(freio: Application) -> None:
    for ids, is_explained in ((["s1", "p"], True), (["s1"], False)):
        form = bulk.open_dialog(bulk.select(listed(), [1, "add", ids]))
        assert form["meaning"].startswith("PROCESANDO: the platform") is is_explained


def test_a_new_session_of_a_page_gets_its_selection_and_its_dialog_back(
    freio: Application,
) -> None:
    before = bulk.select(listed(), [1, "add", ["s1", "s2"]])
    there = bulk.open_dialog(before)
    ids = selection(before)["ids"]
    at = listed()
    sent = {"send": "", "bulk": there["id"], "session": there["session"], "ids": ids}
    bulk.trigger(at, "freio_frame", "again", sent)
    form = bulk.data(at, "freio_bulk_form")
    assert form["id"] == there["id"]
    assert form["session"] != there["session"]
    assert (form["sends"], selection(at)["ids"]) == ("2", ids)
    bulk.confirm(at)
    freio.bulk_aborts.run_pending()
    (batch,) = batches_in(freio.bulk_aborts, BOSS)
    assert batch.sends == 2


@pytest.mark.long
def test_a_dialog_of_a_selection_that_is_too_large_to_restore_is_not_opened_with_a_part_of_it(
    freio: Application,
) -> None:
    there = bulk.open_dialog(bulk.select(listed(), [1, "add", ["s1", "s2"]]))
    at = listed()
    sent = {"send": "", "bulk": there["id"], "session": there["session"], "ids": []}
    bulk.trigger(at, "freio_frame", "again", sent)
    assert not bulk.is_shown(at, "freio_bulk_form")
    assert "too large to be restored" in at.error[0].value


@pytest.mark.long
def test_a_session_does_not_open_its_own_dialog_again(freio: Application) -> None:
    at = bulk.select(listed(), [1, "add", ["s1"]])
    form = bulk.open_dialog(at)
    bulk.trigger(at, "freio_bulk_form", "keep", True)
    sent = {"send": "", "bulk": form["id"], "session": form["session"], "ids": ["s2"]}
    bulk.trigger(at, "freio_frame", "again", sent)
    assert not bulk.is_shown(at, "freio_bulk_form")
    assert selection(at)["ids"] == ["s1"]


def test_a_dialog_with_forged_ids_is_not_opened_again(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(freio, f"{FEED}own,Own,scheduled,10,0,2030-01-02T12:00Z,Sul\n")
    reads_as(monkeypatch, Actor("rui", Role.OPERATOR, accounts=frozenset({"Sul"})))
    at = listed()
    sent = {"send": "", "bulk": "x", "session": "y", "ids": ["own", "s1"]}
    bulk.trigger(at, "freio_frame", "again", sent)
    assert not bulk.is_shown(at, "freio_bulk_form")
    assert [r.refusal for r in receipts_in(freio.store)] == [Refusal.NOT_ALLOWED]
    assert selection(at)["ids"] == []


def reads_as(monkeypatch: pytest.MonkeyPatch, actor: Actor) -> None:
    monkeypatch.setattr(current_user, "identity", lambda: Identity(actor))


def test_the_dialog_groups_the_sends_and_says_what_is_left_out(freio: Application) -> None:
    at = bulk.select(listed(), [1, "add", ["s1", "p", "u", "s2"]])
    form = bulk.open_dialog(at)
    assert [(g["key"], len(g["sends"])) for g in form["groups"]] == [
        ("at_once", 2),
        ("when_processing_ends", 1),
        ("unknown", 1),
    ]
    assert (form["sends"], form["recipients"], form["to_type"]) == ("4", "2,800", "")
    load(freio, FEED.replace("s2,Send 2,scheduled,1000,0", "s2,Send 2,in progress,1000,1000"))
    at.run()
    form = bulk.data(at, "freio_bulk_form")
    left_out = form["groups"][-1]
    assert (left_out["key"], left_out["sends"][0]["name"]) == ("left_out", "Send 2")
    assert left_out["sends"][0]["when"] == "already generating"
    assert form["confirm"] == "Abort 3 sends"


@pytest.mark.long
def test_the_browser_gets_the_first_sends_of_a_group_only(freio: Application) -> None:
    many = "".join(f"m{n},More {n},scheduled,10,0,2030-01-02T12:00Z,Norte\n" for n in range(100))
    load(freio, FEED + many)
    at = bulk.select(listed(), [1, "matching", []])
    form = bulk.open_dialog(at)
    (group, *_) = form["groups"]
    assert len(group["sends"]) == 20
    assert group["more"] == "and 92 more; those above are the soonest and the largest"


def test_a_confirmed_bulk_abort_stops_each_send_and_shows_its_result(freio: Application) -> None:
    at = bulk.select(listed(), [1, "add", ["s1", "s2", "p"]])
    bulk.open_dialog(at)
    bulk.confirm(at, reason="wrong_content", note="wrong link")
    assert not bulk.is_shown(at, "freio_bulk_form")
    assert selection(at)["sends"] == 0
    freio.bulk_aborts.run_pending()
    assert [state(freio, id) for id in ("s1", "s2", "p", "s3")] == [
        State.CANCELLED,
        State.CANCELLED,
        State.CANCELLING,
        State.SCHEDULED,
    ]
    receipt = receipts_in(freio.store)[0]
    assert (receipt.reason, receipt.note) == ("wrong_content", "wrong link")
    assert receipt.bulk_id


def test_above_ten_sends_the_number_has_to_be_typed(freio: Application) -> None:
    at = bulk.select(listed(), [1, "matching", []])
    assert bulk.open_dialog(at)["to_type"] == "14"
    bulk.confirm(at, typed="13")
    assert bulk.is_shown(at, "freio_bulk_form")
    bulk.confirm(at, typed="")
    assert bulk.is_shown(at, "freio_bulk_form")
    bulk.confirm(at, typed="14")
    assert not bulk.is_shown(at, "freio_bulk_form")


def without(send: str) -> str:
    return FEED.replace(
        f"{send},Send {send[1:]},scheduled,1000,0", f"{send},Send {send[1:]},in progress,1000,1000"
    )


@pytest.mark.long
def test_the_number_to_type_is_the_number_of_sends_on_the_button(freio: Application) -> None:
    at = bulk.select(listed(), [1, "matching", []])
    bulk.open_dialog(at)
    load(freio, without("s1"))
    at.run()
    form = bulk.data(at, "freio_bulk_form")
    assert (form["to_type"], form["confirm"]) == ("13", "Abort 13 sends")
    assert form["typed_label"] == "Type 13, the number of sends to abort"
    # A number that was shown while the person began to type is accepted too.
    assert form["numbers"] == ["13", "14"]
    bulk.confirm(at, typed="14")
    assert not bulk.is_shown(at, "freio_bulk_form")


def test_a_number_has_to_be_typed_if_the_sends_grow_while_the_dialog_is_open(
    freio: Application,
) -> None:
    at = bulk.select(listed(), [1, "add", ["s1", "s2"]])
    assert bulk.open_dialog(at)["to_type"] == ""
    load(freio, FEED.replace("s2,Send 2,scheduled,1000,0", "s2,Send 2,scheduled,9000000,0"))
    at.run()
    assert bulk.data(at, "freio_bulk_form")["to_type"] == "2"
    bulk.confirm(at, typed="")
    assert bulk.is_shown(at, "freio_bulk_form")
    bulk.confirm(at, typed="2")
    assert not bulk.is_shown(at, "freio_bulk_form")


def grown(send: str) -> str:
    return FEED.replace(
        f"{send},Send {send[1:]},scheduled,1000,", f"{send},Send {send[1:]},scheduled,900000,"
    )


def test_a_press_starts_nothing_if_the_sends_have_just_grown_so_that_a_number_is_needed(
    freio: Application,
) -> None:
    at = bulk.select(listed(), [1, "add", ["s1", "s2"]])
    bulk.open_dialog(at)
    load(freio, grown("s2"))
    bulk.confirm(at)
    assert batches_in(freio.bulk_aborts, BOSS) == []
    form = bulk.data(at, "freio_bulk_form")
    assert form["to_type"] == "2"
    assert form["grown"].endswith("grown since you opened this: from 2,000 to 901,000 recipients.")


def test_a_press_that_the_store_does_not_answer_says_that_nothing_was_stopped(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = bulk.select(listed(), [1, "add", ["s1", "s2"]])
    bulk.open_dialog(at)
    load(freio, grown("s2"))
    plan, calls = type(freio.bulk_aborts).plan, []

    def failing(*args: object) -> object:
        calls.append(args)
        if len(calls) == 1:
            raise StoreError("The database does not answer.", "Try again.")
        return plan(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(type(freio.bulk_aborts), "plan", failing)
    bulk.confirm(at)
    assert "Not stopped" in at.error[0].value
    assert batches_in(freio.bulk_aborts, BOSS) == []


@pytest.mark.long
def test_a_number_that_was_typed_for_smaller_sends_does_not_count(freio: Application) -> None:
    at = bulk.select(listed(), [1, "matching", []])
    bulk.open_dialog(at)
    load(freio, grown("s2").replace("s1,Send 1,scheduled,1000,0", "s1,Send 1,cancelled,1000,0"))
    at.run()
    assert bulk.data(at, "freio_bulk_form")["numbers"] == ["13"]
    bulk.confirm(at, typed="14")
    assert batches_in(freio.bulk_aborts, BOSS) == []


@pytest.mark.long
def test_without_a_connection_the_groups_say_that_each_send_has_to_be_aborted_there_too(
    freio: Application,
) -> None:
    form = bulk.open_dialog(bulk.select(listed(), [1, "add", ["s1"]]))
    (group,) = form["groups"]
    assert "1 can be stopped ·" in group["heading"]
    assert group["sentence"].startswith("If you abort them in the platform too")


def test_the_result_names_the_sends_that_a_person_has_to_abort_in_the_platform(
    freio: Application,
) -> None:
    at = bulk.select(listed(), [1, "add", ["s1", "s2"]])
    bulk.open_dialog(at)
    bulk.confirm(at)
    freio.bulk_aborts.run_pending()
    (batch,) = batches_in(freio.bulk_aborts, BOSS)
    said = [each.value for each in opened("aborts", bulk=batch.id).markdown]
    assert any("2 sends still to be aborted in the platform" in each for each in said)


def test_a_group_with_sends_that_may_have_begun_is_uncertain(empty: Application) -> None:
    made = datetime.now(UTC) - timedelta(hours=1)
    empty.loader.load(BytesIO(FEED.encode()), "f.csv", BOSS, LoadOptions(as_of=made))
    form = bulk.open_dialog(bulk.select(listed(), [1, "add", ["s1", "s2", "p"]]))
    for group, count in zip(form["groups"], ("2 are uncertain", "1 is uncertain"), strict=True):
        assert group["outlook"] == "uncertain"
        assert count in group["heading"]
        assert "reach none" not in group["sentence"]
        assert "Some may have begun since then" in group["sentence"]


def test_a_group_is_uncertain_if_one_send_is_past_its_time_since_the_report(
    empty: Application,
) -> None:
    now = datetime.now(UTC)
    due = (now - timedelta(minutes=4)).isoformat(timespec="seconds")
    feed = f"{FEED}due,Due,scheduled,100,0,{due},Norte\n"
    made = LoadOptions(as_of=now - timedelta(minutes=10))
    empty.loader.load(BytesIO(feed.encode()), "f.csv", BOSS, made)
    at = bulk.select(listed(), [1, "add", ["s1", "s2"]])
    (group,) = bulk.open_dialog(at)["groups"]
    assert group["outlook"] == "stoppable"
    at = bulk.select(listed(), [1, "add", ["s1", "s2", "due"]])
    (group,) = bulk.open_dialog(at)["groups"]
    assert group["outlook"] == "uncertain"
    assert "Some may have begun since then" in group["sentence"]


@pytest.mark.long
def test_nothing_is_said_about_aborts_if_no_send_can_be_stopped_any_more(
    freio: Application,
) -> None:
    at = bulk.select(listed(), [1, "add", ["s1"]])
    assert bulk.open_dialog(at)["platform"]
    load(freio, without("s1"))
    at.run()
    form = bulk.data(at, "freio_bulk_form")
    assert (form["platform"], form["final"], form["confirm"]) == ("", "", "Cannot be aborted")


@pytest.mark.parametrize("forged", [{"id": "x"}, {"shown": "never"}, {"shown": ""}])
def test_a_press_for_what_was_never_shown_starts_nothing(
    freio: Application, forged: dict[str, str]
) -> None:
    at = bulk.select(listed(), [1, "add", ["s1"]])
    bulk.open_dialog(at)
    bulk.confirm(at, **forged)
    assert batches_in(freio.bulk_aborts, BOSS) == []
    assert bulk.is_shown(at, "freio_bulk_form")


def test_sends_that_appear_later_are_not_included(freio: Application) -> None:
    at = bulk.select(listed(), [1, "matching", []])
    bulk.open_dialog(at)
    load(freio, f"{FEED}new,New,scheduled,10,0,2030-01-02T12:00Z,Norte\n")
    at.run()
    assert bulk.data(at, "freio_bulk_form")["sends"] == "14"
    bulk.confirm(at)
    freio.bulk_aborts.run_pending()
    assert state(freio, "new") is State.SCHEDULED


def test_more_than_the_limit_cannot_be_confirmed(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = freio.bulk_aborts.limits.of(BOSS)
    limit = type(found)(1, None, found.type_sends, None)
    monkeypatch.setattr(type(freio.bulk_aborts.limits), "of", lambda *_: limit)
    at = bulk.select(listed(), [1, "add", ["s1", "s2"]])
    form = bulk.open_dialog(at)
    assert not form["can_abort"]
    assert form["limit"].startswith(
        "You may abort at most 1 sends at once. With these, it would be 2."
    )


def aborted(freio: Application, *ids: str, actor: Actor) -> str:
    id = freio.bulk_aborts.start([ConfigurationId(each) for each in ids], actor, note="why")
    freio.bulk_aborts.run_pending()
    return id


@pytest.fixture
def person(freio: Application) -> Actor:
    """Return the person who reads the pages."""
    bulk.open_dialog(at := bulk.select(listed(), [1, "add", ["s11"]]))
    bulk.confirm(at)
    freio.bulk_aborts.run_pending()
    (batch,) = batches_in(freio.bulk_aborts, BOSS)
    return Actor(batch.actor, Role.ADMINISTRATOR)


def test_the_result_has_one_outcome_for_each_send_and_is_filtered(
    freio: Application, person: Actor
) -> None:
    id = aborted(freio, "s1", "s2", "g", actor=person)
    at = opened("aborts", bulk=id)
    table = outcomes(at)
    assert table.count("<tr") == 4
    assert "5,000 of 9,000 generated." in table
    assert [b.label for b in at.button if b.key.startswith("bulk_outcome_")] == [
        "All **3**",
        "Waiting for confirmation **2**",
        "Too late **1**",
    ]
    at.button(key="bulk_outcome_too_late").click().run()
    table = outcomes(at)
    assert "Going" in table
    assert "Send 1" not in table
    assert at.query_params == {"bulk": id, "result": "too_late"}


def test_the_result_says_which_sends_changed_while_the_person_decided(
    freio: Application, person: Actor
) -> None:
    at = bulk.select(listed(), [1, "add", ["s1", "s2", "s3"]])
    bulk.open_dialog(at)
    load(freio, without("s1").replace("s2,Send 2,scheduled,1000,", "s2,Send 2,scheduled,1100,"))
    bulk.confirm(at)
    freio.bulk_aborts.run_pending()
    batch = batches_in(freio.bulk_aborts, BOSS)[0]
    rows = outcomes(opened("aborts", bulk=batch.id)).split("<tr")
    changed = {row.count("It changed while you were deciding.") for row in rows if "Send 3" in row}
    assert changed == {0}
    for send in ("Send 1", "Send 2"):
        assert any(send in row and "It changed while you were deciding." in row for row in rows)


@pytest.mark.long
def test_the_result_says_why_recipients_are_unknown(freio: Application, person: Actor) -> None:
    id = aborted(freio, "s1", "u", actor=person)
    captions = [each.value for each in opened("aborts", bulk=id).caption]
    assert "Recipients unknown: Waiting for confirmation: 1,000 · Uncertain: 300" in captions


def test_a_send_that_another_abort_waits_for_is_not_called_stopped(
    freio: Application, person: Actor
) -> None:
    aborted(freio, "s1", actor=person)
    table = outcomes(opened("aborts", bulk=aborted(freio, "s1", "s2", actor=person)))
    assert "Already aborted" in table
    assert "Already stopped" not in table


@pytest.mark.long
def test_all_aborts_leaves_the_bulk_abort_and_its_filter(freio: Application, person: Actor) -> None:
    at = opened("aborts", bulk=aborted(freio, "s1", actor=person), result="waiting")
    at.button(key="all_aborts").click().run()
    assert at.query_params == {}
    assert not [b for b in at.button if b.key == "all_aborts"]


@pytest.mark.long
def test_a_filter_of_the_result_keeps_the_bulk_abort_that_was_opened_from_the_list(
    freio: Application, person: Actor
) -> None:
    id = aborted(freio, "s1", "g", actor=person)
    at = opened("configurations", q="send")
    at.query_params = {"bulk": id}
    at.switch_page("aborts.py")
    at.run()
    at.button(key="bulk_outcome_too_late").click().run()
    assert at.query_params == {"bulk": id, "result": "too_late"}


@pytest.mark.long
def test_the_csv_says_no_recipients_of_an_abort_that_is_not_confirmed(
    freio: Application, person: Actor
) -> None:
    id = aborted(freio, "s1", "u", "g", actor=person)
    sends = {s.name: s for s in freio.bulk_aborts.all_sends(BulkId(id), person)}
    assert {name: (s.spared, s.gone) for name, s in sends.items()} == {
        "Send 1": (None, None),
        "Unknown": (None, None),
        "Going": (0, 9_000),
    }


def outcomes(at: AppTest) -> str:
    """Return the table of a bulk abort's sends."""
    return next(h.proto.body for h in at.get("html") if ' bulk-sends"' in h.proto.body)


def test_spared_gone_and_unknown_are_all_recipients(freio: Application, person: Actor) -> None:
    id = aborted(freio, "s1", "u", "g", actor=person)
    at = opened("aborts", bulk=id)
    totals = next(h.proto.body for h in at.get("html") if "bulk-totals'" in h.proto.body)
    found = freio.bulk_aborts.progress(id, person).totals
    assert found.spared + found.gone + found.unknown == 1_000 + 300 + 9_000
    for count in (found.spared, found.gone, found.unknown):
        assert f"<dd>{count:,}</dd>" in totals


def test_a_result_that_was_not_seen_is_on_each_page_until_it_is(
    freio: Application, person: Actor
) -> None:
    id = aborted(freio, "s1", "s2", actor=person)
    at = opened("help")
    line = "**Bulk abort ended.** Waiting for confirmation: 2"
    assert line in [m.value for m in at.markdown]
    # Two bulk aborts and three sends to abort in the platform share a quarter of the screen.
    assert at.toggle(key="notices_shown").label == "Show all 5 notices"
    opened("aborts", bulk=id)
    assert line not in [m.value for m in opened("help").markdown]


def test_stop_here_leaves_the_rest_as_it_is(freio: Application, person: Actor) -> None:
    ids = [ConfigurationId(each) for each in ("s1", "s2")]
    id = freio.bulk_aborts.start(ids, person)
    at = opened("aborts", bulk=id)
    assert at.get("progress")
    at.button(key="bulk_stop").click().run()
    assert freio.bulk_aborts.progress(id, person).counts == {BulkOutcome.KEPT: 2}
    freio.bulk_aborts.run_pending()
    assert state(freio, "s1") is State.SCHEDULED
    assert "2 sends were left as they were" in at.info[0].value


@pytest.mark.long
def test_the_table_of_the_result_keeps_its_place_when_the_bulk_abort_ends(
    freio: Application, person: Actor
) -> None:
    id = freio.bulk_aborts.start([ConfigurationId("s1")], person)
    at = opened("aborts", bulk=id)
    assert (place := place_of(' bulk-sends"', at.main))
    freio.bulk_aborts.run_pending()
    assert place_of(' bulk-sends"', at.run().main) == place


@pytest.mark.long
def test_an_unknown_bulk_abort_says_so(freio: Application) -> None:
    at = opened("aborts", bulk="nothing")
    assert "There is no such bulk abort" in at.error[0].value


def test_on_aborts_a_bulk_abort_is_one_row_that_expands(freio: Application, person: Actor) -> None:
    aborted(freio, "s1", "s2", "s3", actor=person)
    freio.aborts.abort(ConfigurationId("s4"), person)
    at = opened("aborts")
    table = next(h.proto.body for h in at.get("html") if " log receipts" in h.proto.body)
    assert table.count('class="batch"') == 2
    assert "<summary>3 sends</summary>" in table
    assert table.count("Send 4") == 1
    assert any("**3** attempts" in m.value for m in at.markdown)


@pytest.mark.long
def test_the_row_of_a_bulk_abort_has_the_colour_of_its_most_harmful_outcome(
    freio: Application, person: Actor
) -> None:
    aborted(freio, "s1", "g", actor=person)
    at = opened("aborts")
    table = next(h.proto.body for h in at.get("html") if " log receipts" in h.proto.body)
    row = table[table.index("<summary>2 sends") - 500 : table.index("<summary>2 sends")]
    assert row.rindex("--tone: var(--too-late)") > row.rindex('class="batch"')


def test_sends_that_were_not_written_are_tried_again_by_one_press(
    freio: Application, person: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = freio.store.commit_chunk

    def fails(id: BulkId, decided: Sequence[DecidedSend], **given: object) -> object:
        if any(each.after is not None for each in decided):
            raise StoreError("The disk is full.", "Free some space.")
        return commit(id, decided, **given)

    id = freio.bulk_aborts.start([ConfigurationId(each) for each in ("s1", "s2")], person)
    with monkeypatch.context() as full:
        full.setattr(freio.store, "commit_chunk", fails)
        for _ in range(MAX_TRIES):
            freio.bulk_aborts.run_pending()
    assert freio.bulk_aborts.progress(id, person).counts == {BulkOutcome.NOT_WRITTEN: 2}
    assert state(freio, "s1") is State.SCHEDULED
    at = opened("aborts", bulk=id)
    button = at.button(key="bulk_retry")
    assert button.label == "Retry 2 sends"
    button.click().run()
    freio.bulk_aborts.run_pending()
    assert state(freio, "s1") is not State.SCHEDULED
