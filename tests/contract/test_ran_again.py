"""A send that runs again after its abort was confirmed: the abort did not spare its recipients."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

import pytest

from core.domain.bulk_abort import BulkId, BulkOutcome, BulkTotals
from core.domain.list_query import StoppedCounts
from core.domain.model import Confirmation, ReceiptId
from core.domain.receipt_query import Outcome, ReceiptQuery
from core.domain.states import State
from core.services.bulk_aborts import BulkAborts
from core.services.receipt_export import as_csv
from core.store.engine import Engine
from core.store.sql_store import SqlStore
from tests.contract.test_interruptible import (
    LISTMONK,
    MINUTE,
    abort,
    campaign,
    confirmations,
    delivered_abort,
    now,
    report,
    settle,
    stopped,
)
from tests.daily_counts_check import is_true
from tests.sends import ME, NOW, actions, bulk_aborts, load, merge, send

pytestmark = pytest.mark.slow

NOTHING = (StoppedCounts(0, 0, 0), 0, 0)


@pytest.fixture
def store(engine: Engine) -> Iterator[SqlStore]:
    made = SqlStore(engine, platform=LISTMONK)
    yield made
    made.close()


def stopped_and_scheduled_again(store: SqlStore) -> ReceiptId:
    """Abort at minute 0, a draft at minute 1, scheduled again at minute 2; return the receipt."""
    load(store, campaign(State.SCHEDULED))
    receipt = abort(store, "a").receipt
    assert receipt is not None
    report(store, State.DRAFT, minute=1)
    assert confirmations(store) == [Confirmation.CONFIRMED]
    report(store, State.SCHEDULED, minute=2)
    return receipt.id


def exported(store: SqlStore) -> dict[str, str]:
    (row,) = csv.DictReader(StringIO(as_csv(store.logged_receipts(ReceiptQuery(), 9)).decode()))
    return row


def test_the_abort_of_a_send_that_runs_again_says_so_with_the_time(store: SqlStore) -> None:
    id = stopped_and_scheduled_again(store)
    found = store.receipt(id)
    assert found is not None
    assert found.confirmation is Confirmation.RAN_AGAIN
    assert found.confirmed_at == NOW + 2 * MINUTE
    assert not found.is_settled
    assert store.check_audit_log().is_sound


def test_the_export_says_that_it_ran_again_and_has_no_spared_recipients(store: SqlStore) -> None:
    stopped_and_scheduled_again(store)
    row = exported(store)
    assert row["confirmation"] == "ran_again"
    assert row["confirmed_at"] == (NOW + 2 * MINUTE).isoformat()
    assert (row["spared"], row["gone"]) == ("", "")


def test_a_stopped_send_that_the_platform_also_stops_on_an_error_stays_stopped(
    store: SqlStore,
) -> None:
    load(store, campaign(State.SCHEDULED))
    delivery = delivered_abort(store, minute=0)
    settle(store, delivery, Confirmation.CONFIRMED, "draft", sent=0, minute=1)
    merge(store, 2, replace(campaign(State.DRAFT, minute=2), state=State.ABORTED))
    assert confirmations(store) == [Confirmation.CONFIRMED]


def test_it_is_found_in_the_log_by_this_outcome_alone(store: SqlStore) -> None:
    stopped_and_scheduled_again(store)
    found = {one: store.receipt_page(ReceiptQuery(outcome=one)).total for one in Outcome}
    assert {one for one, total in found.items() if total} == {Outcome.RAN_AGAIN}


@pytest.mark.parametrize("sent", [0, 100])
def test_a_later_stop_in_the_platform_does_not_make_the_old_abort_count_again(
    store: SqlStore, sent: int
) -> None:
    stopped_and_scheduled_again(store)
    report(store, State.IN_PROGRESS, sent, minute=3)
    assert stopped(store) == NOTHING
    report(store, State.CANCELLED, sent, minute=4)
    assert (now(store).state, now(store).abort_confirmation) == (State.CANCELLED, None)
    assert stopped(store) == NOTHING
    assert confirmations(store) == [Confirmation.RAN_AGAIN]
    assert is_true(store)


def test_a_draft_in_the_platform_does_not_make_the_old_abort_count_again(store: SqlStore) -> None:
    stopped_and_scheduled_again(store)
    report(store, State.DRAFT, minute=3)
    assert stopped(store) == NOTHING


def test_messages_in_flight_after_that_later_stop_contradict_no_abort(store: SqlStore) -> None:
    load(store, campaign(State.SCHEDULED))
    delivery = delivered_abort(store, minute=0)
    settle(store, delivery, Confirmation.CONFIRMED, "draft", sent=0, minute=1)
    report(store, State.SCHEDULED, minute=2)
    report(store, State.IN_PROGRESS, 100, minute=3)
    report(store, State.CANCELLED, 100, minute=4)
    assert report(store, State.CANCELLED, 105, minute=5).contradicted == 0
    assert now(store).generated_records == 105
    assert confirmations(store) == [Confirmation.RAN_AGAIN]


def test_a_second_abort_counts_by_itself(store: SqlStore) -> None:
    stopped_and_scheduled_again(store)
    abort(store, "a", minute=3)
    assert confirmations(store) == [Confirmation.RAN_AGAIN, Confirmation.OPEN]
    report(store, State.DRAFT, minute=4)
    assert confirmations(store) == [Confirmation.RAN_AGAIN, Confirmation.CONFIRMED]
    assert stopped(store) == (StoppedCounts(1, 40_000, 0), 1, 1)
    report(store, State.SCHEDULED, minute=5)
    assert confirmations(store) == [Confirmation.RAN_AGAIN] * 2
    assert stopped(store) == NOTHING
    assert store.check_audit_log().is_sound


def test_who_aborts_a_send_that_the_platform_stopped_is_not_told_of_the_abort_before(
    store: SqlStore,
) -> None:
    stopped_and_scheduled_again(store)
    report(store, State.IN_PROGRESS, 100, minute=3)
    report(store, State.CANCELLED, 100, minute=4)
    done = abort(store, "a", minute=5)
    assert (done.receipt, done.earlier) == (None, None)


def in_bulk(store: SqlStore) -> tuple[BulkAborts, BulkId]:
    load(store, campaign(State.SCHEDULED))
    bulk = bulk_aborts(store, aborts=actions(store, own=False, platform=LISTMONK))
    batch = bulk.start([send("a").id], ME)
    bulk.run_pending()
    report(store, State.DRAFT, minute=1)
    assert bulk.progress(batch, ME).counts == {BulkOutcome.STOPPED: 1}
    report(store, State.SCHEDULED, minute=2)
    return bulk, batch


def test_a_bulk_abort_says_which_of_its_sends_ran_again(store: SqlStore) -> None:
    bulk, batch = in_bulk(store)
    found = bulk.progress(batch, ME)
    assert found.counts == {BulkOutcome.RAN_AGAIN: 1}
    assert found.totals == BulkTotals(unknown=40_000)
    (row,) = bulk.all_sends(batch, ME)
    assert (row.outcome, row.spared, row.gone) == (BulkOutcome.RAN_AGAIN, None, None)


def test_a_restored_receipt_of_such_an_abort_counts_no_stop(store: SqlStore) -> None:
    id = stopped_and_scheduled_again(store)
    found = store.receipt(id)
    assert found is not None
    copy = replace(found, id=ReceiptId("copy"), restored_at=NOW + 3 * MINUTE)
    assert store.record_receipt(copy)
    again = store.receipt(copy.id)
    assert again is not None
    assert again.confirmation is Confirmation.RAN_AGAIN
    assert stopped(store)[0] == StoppedCounts(0, 0, 0)
