"""Aborts in the store, on a real DuckDB."""

import threading
from datetime import timedelta

import pytest

from core.domain.list_query import ListQuery
from core.domain.model import Actor, ConfigurationId, Confirmation, Role
from core.domain.rules import outlook_of, was_contradicted
from core.domain.states import State
from core.platforms.simulated import SimulatedPlatform
from core.services.aborts import AbortOutcome
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore
from tests.sends import ME, NOW, actions, load, send

ID = ConfigurationId("s1")


def test_an_abort_writes_state_history_and_receipt_together(store: SqlStore) -> None:
    load(store, send("s1", State.SCHEDULED))
    outcome = actions(store).abort(ID, ME, reason="duplicate", note="duas vezes")
    found = store.configuration(ID)
    assert found is not None
    assert (found.state, found.version) == (State.CANCELLED, 2)
    assert [c.to_state for c in store.history(ID, 9)] == [State.SCHEDULED, State.CANCELLED]
    assert store.receipts_of(ID) == [outcome.receipt]


def test_aborting_twice_leaves_one_receipt_and_says_who_was_first(store: SqlStore) -> None:
    load(store, send("s1", State.SCHEDULED))
    first = actions(store).abort(ID, ME)
    again = actions(store).abort(ID, Actor("operador 2", Role.OPERATOR))
    assert not again.accepted
    assert again.earlier == first.receipt
    assert len(store.receipts_of(ID)) == 1


def test_of_many_operators_at_once_exactly_one_stops_the_send(store: SqlStore) -> None:
    load(store, send("s1", State.SCHEDULED))
    outcomes: list[AbortOutcome] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(actions(store).abort(ID, ME)))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 16
    assert sum(o.accepted for o in outcomes) == 1
    assert len(store.receipts_of(ID)) == 1


def test_a_send_that_is_generating_is_refused_and_the_attempt_kept(store: SqlStore) -> None:
    load(store, send("s1", State.IN_PROGRESS, 5_000))
    assert not actions(store).abort(ID, ME).accepted
    found = store.configuration(ID)
    assert found is not None
    assert found.state is State.IN_PROGRESS
    assert [r.accepted for r in store.receipts_of(ID)] == [False]


def test_cancelling_ends_cancelled_and_confirms_its_receipt(store: SqlStore) -> None:
    load(store, send("s1", State.PROCESANDO))
    receipt = actions(store).abort(ID, ME).receipt
    assert receipt is not None
    assert receipt.confirmation is Confirmation.OPEN
    platform = SimulatedPlatform(store)
    for minute in range(10):
        platform.step(NOW + timedelta(minutes=minute))
    found = store.configuration(ID)
    assert found is not None
    assert (found.state, found.generated_records) == (State.CANCELLED, 0)
    assert store.receipts_of(ID)[0].confirmation is Confirmation.CONFIRMED


@pytest.mark.slow
def test_the_platform_takes_a_send_to_its_end_in_batches(store: SqlStore) -> None:
    load(store, send("s1", State.SCHEDULED, total=12_000))
    platform = SimulatedPlatform(store)
    for tick in range(400):
        platform.step(NOW + timedelta(seconds=tick))
    counts = [c.generated_records for c in store.history(ID, 99)]
    assert [n for n in dict.fromkeys(counts) if n] == [5_000, 10_000, 12_000]
    found = store.configuration(ID)
    assert found is not None
    assert found.state is State.SENT_DONE


def test_a_feed_never_brings_a_cancelled_send_back_to_life(store: SqlStore) -> None:
    load(store, send("s1", State.SCHEDULED))
    actions(store, own=False).abort(ID, ME)
    done = load(store, send("s1", State.SCHEDULED))
    found = store.configuration(ID)
    assert found is not None
    assert (done.held, found.state) == (1, State.CANCELLED)
    assert store.receipts_of(ID)[0].confirmation is Confirmation.OPEN


def test_a_feed_that_does_not_report_generation_leaves_it_begun(store: SqlStore) -> None:
    load(store, send("s1", State.IN_PROGRESS, 5_000))
    load(store, send("s1", State.IN_PROGRESS, None))
    found = store.configuration(ID)
    assert found is not None
    assert found.generated_records == 5_000
    assert not actions(store, own=False).abort(ID, ME).accepted


def test_a_feed_never_moves_a_send_back_by_way_of_a_pause(store: SqlStore) -> None:
    for state in (State.DELIVERY_ENDING, State.PAUSED, State.SCHEDULED):
        load(store, send("s1", state, None))
    found = store.configuration(ID)
    assert found is not None
    assert found.state is State.PAUSED
    assert not actions(store, own=False).abort(ID, ME).accepted


@pytest.mark.parametrize("state", [State.DELIVERY_ENDING, State.SENT_DONE])
def test_a_stopped_send_that_is_reported_gone_is_a_contradiction(
    store: SqlStore, state: State
) -> None:
    load(store, send("s1", State.SCHEDULED))
    actions(store, own=False).abort(ID, ME)
    load(store, send("s1", state, 0))
    assert store.receipts_of(ID)[0].confirmation is Confirmation.CONTRADICTED
    found = store.configuration(ID)
    assert found is not None
    assert was_contradicted(found)
    again = actions(store, own=False).abort(ID, ME)
    assert again.decision.consequences.spared is None


def test_the_same_report_about_a_stopped_send_changes_nothing_the_second_time(
    store: SqlStore,
) -> None:
    load(store, send("s1", State.SCHEDULED))
    actions(store, own=False).abort(ID, ME)
    versions = []
    for generated in (5_000, 5_000, 0):
        load(store, send("s1", State.IN_PROGRESS, generated))
        found = store.configuration(ID)
        assert found is not None
        versions.append((found.version, found.generated_records))
    assert versions == [(3, 5_000), (3, 5_000), (3, 5_000)]
    assert store.receipts_of(ID)[0].confirmation is Confirmation.CONTRADICTED


def test_the_store_and_the_rule_agree_on_what_can_be_stopped(store: SqlStore) -> None:
    sends = [
        send(f"{state}-{generated}", state, generated)
        for state in State
        for generated in (None, 0, 5_000)
    ]
    load(store, *sends)
    for one in sends:
        page = store.page(ListQuery(outlooks=(outlook_of(one),), page_size=100))
        assert one.id in {row.id for row in page.rows}


def test_an_interrupted_write_leaves_nothing_behind() -> None:
    engine = DuckDBEngine(MEMORY)
    store = SqlStore(engine)
    with pytest.raises(KeyboardInterrupt), engine.transaction() as tx:
        tx.rows("INSERT INTO store_facts VALUES ('a', 'b')")
        raise KeyboardInterrupt
    assert store.fact("a") is None
    load(store, send("s1", State.SCHEDULED))
    store.close()
