"""Aborts that somebody must look at, and who has."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.model import Concern, ReceiptId
from core.domain.states import State
from core.errors import FreioError
from core.services.concerns import Concerns
from core.services.shared_cache import SharedCache
from core.store.sql_store import SqlStore
from tests.sends import ME, NOW, actions, load, send


def concerns(store: SqlStore, minutes: int = 0) -> Concerns:
    later = NOW + timedelta(minutes=minutes)
    return Concerns(
        store, lambda: later, timedelta(minutes=30), SharedCache(lambda: store.revision)
    )


def kinds(found: Concerns) -> list[tuple[str, Concern]]:
    assert found.count() == len(found.open(9))
    return [(one.receipt.configuration_id, one.concern) for one in found.open(9)]


def stopped(store: SqlStore, id: str) -> ReceiptId:
    load(store, send(id))
    outcome = actions(store, own=False).abort(send(id).id, ME)
    assert outcome.receipt is not None
    return outcome.receipt.id


def test_an_abort_is_overdue_only_after_a_while(store: SqlStore) -> None:
    stopped(store, "a")
    assert kinds(concerns(store, 30)) == []
    assert kinds(concerns(store, 31)) == [("a", Concern.OVERDUE)]


def test_a_contradiction_stands_at_once_and_before_what_is_overdue(store: SqlStore) -> None:
    stopped(store, "a")
    stopped(store, "b")
    load(store, send("b", State.IN_PROGRESS, 5_000))
    assert kinds(concerns(store, 31)) == [("b", Concern.CONTRADICTED), ("a", Concern.OVERDUE)]


def test_what_is_confirmed_or_refused_is_no_concern(store: SqlStore) -> None:
    stopped(store, "a")
    load(store, send("a", State.CANCELLED))
    load(store, send("b", State.SENT_DONE, 7_000))
    actions(store, own=False).abort(send("b").id, ME)
    assert kinds(concerns(store, 99)) == []


def test_seeing_to_it_needs_a_note_and_is_kept_once(store: SqlStore) -> None:
    id = stopped(store, "a")
    found = concerns(store, 31)
    with pytest.raises(FreioError, match="Write in a few words"):
        found.acknowledge(id, Concern.OVERDUE, ME, "  ")
    assert found.acknowledge(id, Concern.OVERDUE, ME, "called the platform")
    assert not found.acknowledge(id, Concern.OVERDUE, ME, "again")
    assert kinds(found) == []
    receipts = store.receipts(9, 0)
    (seen,) = found.acknowledged(receipts)
    assert (seen.receipt.id, seen.acknowledgement.note) == (id, "called the platform")
    assert seen.about is not None
    load(store, send("a", State.CANCELLED))
    (seen,) = found.acknowledged(store.receipts(9, 0))
    assert seen.about is None


def test_what_was_seen_to_stands_up_again_when_it_turns_out_contradicted(store: SqlStore) -> None:
    id = stopped(store, "a")
    concerns(store, 31).acknowledge(id, Concern.OVERDUE, ME, "waiting")
    load(store, send("a", State.SENT_DONE, 7_000))
    assert kinds(concerns(store, 31)) == [("a", Concern.CONTRADICTED)]
    with pytest.raises(FreioError, match="outcome has changed"):
        concerns(store, 31).acknowledge(id, Concern.OVERDUE, ME, "x")


def test_an_old_file_does_not_make_the_data_older(store: SqlStore) -> None:
    assert store.facts_as_of() is None
    from core.domain.imports import ImportSummary
    from tests.sends import Sends

    for n, minutes in enumerate((10, 40, 20)):
        at = NOW + timedelta(minutes=minutes)
        summary = ImportSummary(id=str(n), name="f", loaded_at=NOW, actor="t")
        store.load(replace(summary, as_of=at), Sends([send("a")]))
    assert store.facts_as_of() == NOW + timedelta(minutes=40)
