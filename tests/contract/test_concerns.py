"""Concerns: aborts that need a person, and their acknowledgements."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.model import Actor, Concern, Confirmation, ReceiptId, Role
from core.domain.states import State
from core.errors import FreioError
from core.services.concerns import Concerns
from core.services.shared_cache import SharedCache
from core.store.sql_store import SqlStore
from tests.sends import ME, NOW, actions, load, receipts_in, send


def concerns(store: SqlStore, minutes: int = 0, *, own: bool = False) -> Concerns:
    later = NOW + timedelta(minutes=minutes)
    cache = SharedCache(lambda: store.revision)
    return Concerns(store, lambda: later, timedelta(minutes=30), cache, lambda: own)


def kinds(found: Concerns) -> list[tuple[str, Concern]]:
    assert found.count() == len(found.open(9))
    return [(one.receipt.configuration_id, one.concern) for one in found.open(9)]


def stopped(store: SqlStore, id: str) -> ReceiptId:
    load(store, send(id))
    outcome = actions(store, own=False).abort(send(id).id, ME)
    assert outcome.receipt is not None
    return outcome.receipt.id


def confirmation(store: SqlStore, id: str) -> Confirmation | None:
    found = store.configuration(send(id).id)
    assert found is not None
    return found.abort_confirmation


def test_an_abort_is_to_be_done_in_the_platform_from_the_first_second(store: SqlStore) -> None:
    id = stopped(store, "a")
    assert kinds(concerns(store)) == [("a", Concern.TO_ABORT)]
    assert concerns(store).aborted_there(id, ME)
    assert not concerns(store).aborted_there(id, ME), "it is recorded once"
    assert kinds(concerns(store)) == []
    (done,) = concerns(store).acknowledged(receipts_in(store))
    assert (done.acknowledgement.actor, done.acknowledgement.acknowledged_at) == (ME.name, NOW)
    assert store.check_audit_log().is_sound


def test_an_abort_done_in_the_platform_is_overdue_after_a_while(store: SqlStore) -> None:
    id = stopped(store, "a")
    concerns(store, 20).aborted_there(id, ME)
    assert kinds(concerns(store, 50)) == []
    assert kinds(concerns(store, 51)) == [("a", Concern.OVERDUE)]
    (one,) = concerns(store, 51).open(9)
    assert one.done is not None
    assert one.done.actor == ME.name


def test_a_file_that_confirms_takes_it_from_the_checklist(store: SqlStore) -> None:
    id = stopped(store, "a")
    load(store, send("a", State.CANCELLED))
    assert kinds(concerns(store, 99)) == []
    assert confirmation(store, "a") is Confirmation.CONFIRMED
    with pytest.raises(FreioError, match="outcome has changed"):
        concerns(store).aborted_there(id, ME)


def test_a_file_between_the_look_and_the_record_leaves_no_record(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = stopped(store, "a")
    seen = store.receipt(id)
    load(store, send("a", State.CANCELLED))
    found = concerns(store)
    looks = iter([seen, store.receipt(id)])
    monkeypatch.setattr(store, "receipt", lambda _: next(looks))
    with pytest.raises(FreioError, match="outcome has changed"):
        found.aborted_there(id, ME)
    assert store.acknowledgements([id]) == []


def test_only_people_who_may_abort_it_record_that_they_did(store: SqlStore) -> None:
    id = stopped(store, "a")
    viewer = Actor("vera", Role.VIEWER)
    stranger = Actor("otto", Role.OPERATOR, frozenset({"Outra"}))
    for actor in (viewer, stranger):
        with pytest.raises(FreioError):
            concerns(store).aborted_there(id, actor)
    with pytest.raises(FreioError):
        concerns(store).aborted_there(id, replace(ME, only_demo=True))
    assert kinds(concerns(store)) == [("a", Concern.TO_ABORT)]


def test_in_the_demo_nothing_is_done_by_hand(store: SqlStore) -> None:
    stopped(store, "a")
    assert kinds(concerns(store, 30, own=True)) == []
    assert kinds(concerns(store, 31, own=True)) == [("a", Concern.OVERDUE)]


def test_a_contradiction_is_listed_at_once_and_before_sends_to_abort(store: SqlStore) -> None:
    stopped(store, "a")
    stopped(store, "b")
    load(store, send("b", State.IN_PROGRESS, 5_000))
    assert kinds(concerns(store, 31)) == [("b", Concern.CONTRADICTED), ("a", Concern.TO_ABORT)]
    assert confirmation(store, "b") is Confirmation.CONTRADICTED
    assert confirmation(store, "a") is Confirmation.OPEN


def test_the_concerns_of_one_send_are_found_after_any_number_of_others(store: SqlStore) -> None:
    stopped(store, "a")
    for id in "bcd":
        stopped(store, id)
        load(store, send(id, State.IN_PROGRESS, 5_000))
    found = concerns(store)
    assert "a" not in [one.receipt.configuration_id for one in found.open(3)]
    assert [one.concern for one in found.open(3, send("a").id)] == [Concern.TO_ABORT]
    assert [one.concern for one in found.open(3, send("d").id)] == [Concern.CONTRADICTED]
    outsider = replace(found, accounts=frozenset({"Outra"}))
    assert outsider.open(3, send("a").id) == []


def test_what_is_confirmed_or_refused_is_no_concern(store: SqlStore) -> None:
    stopped(store, "a")
    load(store, send("a", State.CANCELLED))
    load(store, send("b", State.SENT_DONE, 7_000))
    actions(store, own=False).abort(send("b").id, ME)
    assert kinds(concerns(store, 99)) == []


def test_seeing_to_it_needs_a_note_and_is_kept_once(store: SqlStore) -> None:
    id = stopped(store, "a")
    concerns(store).aborted_there(id, ME)
    found = concerns(store, 31)
    with pytest.raises(FreioError, match="Write in a few words"):
        found.acknowledge(id, Concern.OVERDUE, ME, "  ")
    assert found.acknowledge(id, Concern.OVERDUE, ME, "called the platform")
    assert not found.acknowledge(id, Concern.OVERDUE, ME, "again")
    assert kinds(found) == []
    receipts = receipts_in(store)
    seen, _ = found.acknowledged(receipts)
    assert (seen.receipt.id, seen.acknowledgement.note) == (id, "called the platform")
    assert seen.about is not None
    load(store, send("a", State.CANCELLED))
    seen, _ = found.acknowledged(receipts_in(store))
    assert seen.about is None


def test_an_acknowledged_abort_is_listed_again_when_it_is_contradicted(store: SqlStore) -> None:
    id = stopped(store, "a")
    concerns(store, 31).acknowledge(id, Concern.OVERDUE, ME, "waiting")
    assert kinds(concerns(store, 31)) == []
    load(store, send("a", State.SENT_DONE, 7_000))
    assert kinds(concerns(store, 31)) == [("a", Concern.CONTRADICTED)]
    with pytest.raises(FreioError, match="outcome has changed"):
        concerns(store, 31).acknowledge(id, Concern.OVERDUE, ME, "x")


def test_an_old_file_does_not_make_the_data_older(store: SqlStore) -> None:
    assert store.facts_as_of() is None
    from core.domain.load_results import ImportSummary
    from tests.sends import Sends

    for n, minutes in enumerate((10, 40, 20)):
        at = NOW + timedelta(minutes=minutes)
        summary = ImportSummary(id=str(n), name="f", loaded_at=NOW, actor="t")
        store.load(replace(summary, as_of=at), Sends([send("a")]))
    assert store.facts_as_of() == NOW + timedelta(minutes=40)
