"""A visitor without the access token may do nothing from the moment when real data arrives."""

from collections.abc import Callable
from typing import Any

import pytest

from core.access.identity import VISITOR
from core.domain.load_results import ImportSummary
from core.domain.model import Actor, Concern, ConfigurationId, Confirmation, Receipt, Role
from core.domain.states import State
from core.errors import DemoOverError
from core.services.concerns import Concerns
from core.store.sql_store import SqlStore
from tests.contract.test_concerns import concerns
from tests.sends import ME, NOW, Sends, actions, load, receipts_in, send

ID = ConfigurationId("s1")
GUEST = Actor(VISITOR, Role.OPERATOR, only_demo=True)
SENDS = (send("s1"), send("gone", State.IN_PROGRESS, 5_000))


def fill(store: SqlStore, origin: str) -> None:
    """Replace what the store holds. Real sends may have the ids and states of the demo's."""
    summary = ImportSummary(id=origin, name="f", loaded_at=NOW, actor="t")
    store.load(summary, Sends(SENDS), replace_demo=True, facts={"origin": origin})


def meanwhile(store: SqlStore, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the demo by real data just before the store writes."""
    write: Callable[..., Any] = getattr(store, name)

    def late(*args: object, **kwargs: object) -> object:
        monkeypatch.undo()
        fill(store, "feed")
        return write(*args, **kwargs)

    monkeypatch.setattr(store, name, late)


def untouched(store: SqlStore) -> bool:
    found = store.configuration(ID)
    assert found is not None
    changes = store.history(ID, 9)
    assert store.check_audit_log().is_sound
    return found.state is State.SCHEDULED and len(changes) == 1 and not receipts_in(store)


def test_a_visitor_stops_a_send_of_the_demo(store: SqlStore) -> None:
    fill(store, "demo")
    assert actions(store).abort(ID, GUEST).accepted
    refused = actions(store).abort(ConfigurationId("gone"), GUEST)
    assert not refused.accepted
    assert {r.actor for r in receipts_in(store)} == {VISITOR}


def test_refused_attempts_of_visitors_do_not_fill_the_disk(store: SqlStore) -> None:
    fill(store, "demo")
    doing = actions(store)
    for _ in range(5):
        assert not doing.abort(ConfigurationId("gone"), GUEST).accepted
    assert len(receipts_in(store)) == 1


def test_if_a_file_replaces_the_demo_before_an_abort_is_written_no_real_send_is_stopped(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, "demo")
    meanwhile(store, "commit_abort", monkeypatch)
    with pytest.raises(DemoOverError):
        actions(store).abort(ID, GUEST)
    assert untouched(store)


def test_a_refused_attempt_leaves_no_receipt_among_real_ones(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, "demo")
    meanwhile(store, "record_receipt", monkeypatch)
    with pytest.raises(DemoOverError):
        actions(store).abort(ConfigurationId("gone"), GUEST)
    assert untouched(store)


def test_a_visitor_does_not_see_who_stopped_a_real_send(
    store: SqlStore,
) -> None:
    fill(store, "feed")
    actions(store, own=False).abort(ID, ME)
    with pytest.raises(DemoOverError):
        actions(store, own=False).abort(ID, GUEST)


def overdue(store: SqlStore) -> tuple[Concerns, Receipt]:
    outcome = actions(store, own=False).abort(ID, ME)
    assert outcome.receipt is not None
    assert outcome.receipt.confirmation is Confirmation.OPEN
    return concerns(store, 31), outcome.receipt


@pytest.mark.parametrize(("origin", "is_kept"), [("demo", True), ("feed", False)])
def test_a_visitor_takes_no_real_abort_off_the_top(
    store: SqlStore, origin: str, is_kept: bool
) -> None:
    fill(store, origin)
    asked, receipt = overdue(store)
    try:
        asked.acknowledge(receipt.id, Concern.OVERDUE, GUEST, "seen")
    except DemoOverError:
        assert not is_kept
    assert bool(store.acknowledgements([receipt.id])) is is_kept
    assert store.check_audit_log().is_sound


def test_a_person_with_the_token_can_stop_real_sends(store: SqlStore) -> None:
    load(store, *SENDS)
    assert actions(store).abort(ID, ME).accepted
