"""What a report means after an abort here: stopped, stopped midway, or a new scheduled time."""

from dataclasses import replace
from datetime import datetime

import pytest

from core.domain.audit_log_check import Flaw
from core.domain.bulk_abort import BulkOutcome, BulkTotals
from core.domain.list_query import ListQuery, StoppedCounts
from core.domain.model import Confirmation, Receipt, SendConfiguration
from core.domain.receipt_query import ReceiptQuery
from core.domain.rules import (
    awaits_confirmation,
    outlook_of,
    stopped_midway,
    was_contradicted,
    went_on_as,
)
from core.domain.states import Outlook, State
from core.platforms import icomm
from core.store.sql_store import SqlStore
from tests.daily_counts_check import is_true
from tests.sends import ME, NOW, actions, at, bulk_aborts, merge, send

pytestmark = pytest.mark.slow


def aborted(store: SqlStore, state: State = State.IN_PROGRESS) -> None:
    merge(store, 0, send("a", state, None if state is State.IN_PROGRESS else 0))
    assert actions(store, own=False).abort(send("a").id, ME).accepted


def found(store: SqlStore) -> tuple[SendConfiguration, Receipt]:
    one, (receipt,) = store.configuration(send("a").id), store.receipts_of(send("a").id)
    assert one is not None
    return one, receipt


def counted(store: SqlStore) -> dict[tuple[State, Outlook], int]:
    """Return the counts by state and outlook. Each of them equals the list of its sends."""
    counts = {(c.state, c.outlook): c.configurations for c in store.state_counts(ListQuery())}
    for (state, outlook), number in counts.items():
        for word in ("", "promocao"):  # a search counts rows, and not the summary
            query = ListQuery(state=state, outlooks=(outlook,), text=word)
            assert store.page(query).total == len(store.page(query).rows) == number
    assert is_true(store)
    return counts


def test_a_send_that_went_on_counts_in_the_state_that_the_platform_reports(
    store: SqlStore,
) -> None:
    aborted(store, State.SCHEDULED)
    assert counted(store) == {(State.CANCELLED, Outlook.WAITING): 1}
    for minute, state in enumerate(
        (State.PROCESANDO, State.IN_PROGRESS, State.DELIVERY_ENDING, State.SENT_DONE), 5
    ):
        generated = 0 if state is State.PROCESANDO else 5_000
        merge(store, minute, send("a", state, generated))
        expected = (state, Outlook.TOO_LATE) if generated else (State.CANCELLED, Outlook.WAITING)
        assert counted(store) == {expected: 1}
        one, _ = found(store)
        assert one.state is State.CANCELLED, "the stored state stays that of the abort"
        assert one.went_on_as is went_on_as(one)
    merge(store, 20, send("a", State.CANCELLED, 5_000))
    assert counted(store) == {(State.CANCELLED, Outlook.TOO_LATE): 1}


def test_an_old_row_that_shows_generation_keeps_the_newer_state_of_the_platform(
    store: SqlStore,
) -> None:
    aborted(store, State.SCHEDULED)
    ending = replace(send("a", State.DELIVERY_ENDING, 5_000), updated_at=at(9))
    merge(store, 9, ending)
    merge(store, 10, replace(send("a", State.IN_PROGRESS, 6_000), updated_at=at(5)))
    assert counted(store) == {(State.DELIVERY_ENDING, Outlook.TOO_LATE): 1}


@pytest.mark.parametrize("reported", [State.CANCELLED, State.ABORTED])
@pytest.mark.parametrize("state", [State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS])
def test_a_report_that_the_platform_stopped_it_confirms_the_abort(
    store: SqlStore, state: State, reported: State
) -> None:
    aborted(store, state)
    done = merge(store, 5, send("a", reported))
    assert (done.held, done.confirmed, done.contradicted) == (1, 1, 0)
    one, receipt = found(store)
    assert (one.state, one.abort_confirmation) == (State.CANCELLED, Confirmation.CONFIRMED)
    assert (receipt.confirmation, receipt.gone or 0) == (Confirmation.CONFIRMED, 0)
    assert outlook_of(one, icomm.PLATFORM) is Outlook.STOPPED
    assert not awaits_confirmation(one)
    assert is_true(store)


@pytest.mark.parametrize("word", ["Cancelled During Send", "ABORTED", "a word of a mapping"])
def test_what_was_generated_before_the_stop_is_gone_and_the_send_did_not_go_on(
    store: SqlStore, word: str
) -> None:
    aborted(store)
    stopped = State.ABORTED if word == "ABORTED" else State.CANCELLED
    report = replace(send("a", stopped, 4_000), raw_state=word)
    assert merge(store, 5, report).confirmed == 1
    one, receipt = found(store)
    assert (one.state, one.generated_records) == (State.CANCELLED, 4_000)
    assert receipt.confirmation is Confirmation.CONFIRMED
    assert (receipt.spared, receipt.gone) == (3_000, 4_000)
    assert stopped_midway(one)
    assert not was_contradicted(one, icomm.PLATFORM)
    assert outlook_of(one, icomm.PLATFORM) is Outlook.STOPPED
    # The same report again changes nothing.
    again = merge(store, 6, replace(report, updated_at=at(6)))
    assert (again.confirmed, again.contradicted) == (0, 0)
    assert store.stopped_since(NOW) == StoppedCounts(1, 3_000)
    (day,) = store.receipt_days(ReceiptQuery(), "UTC", 5)
    assert (day.stopped, day.spared, day.unsized) == (1, 3_000, 0)
    assert store.check_audit_log().is_sound
    assert is_true(store)


def test_more_records_after_the_confirmed_stop_contradict_it(store: SqlStore) -> None:
    aborted(store)
    merge(store, 5, send("a", State.CANCELLED, 4_000))
    assert merge(store, 6, send("a", State.CANCELLED, 5_000)).contradicted == 1
    one, receipt = found(store)
    assert receipt.confirmation is Confirmation.CONTRADICTED
    assert stopped_midway(one)


def test_a_person_has_to_check_a_stop_after_an_unknown_number_of_records(
    store: SqlStore,
) -> None:
    aborted(store)
    report = replace(send("a", State.CANCELLED, None), generation_started_at=at(1))
    assert merge(store, 5, report).contradicted == 1


@pytest.mark.parametrize("word", ["Cancelled During Send", "Cancelado durante o envio"])
def test_a_stop_during_the_send_without_a_count_is_no_stop_at_zero(
    store: SqlStore, word: str
) -> None:
    aborted(store, State.SCHEDULED)
    report = replace(send("a", State.CANCELLED, None), raw_state=word)
    assert merge(store, 5, report).contradicted == 1
    one, receipt = found(store)
    assert one.generated_records is None
    assert receipt.confirmation is Confirmation.CONTRADICTED
    assert store.stopped_since(NOW) == StoppedCounts(0, 0)
    assert is_true(store)


def test_a_stop_during_the_send_that_reports_no_records_confirms_the_abort(store: SqlStore) -> None:
    aborted(store, State.SCHEDULED)
    report = replace(send("a", State.CANCELLED, 0), raw_state="Cancelled During Send")
    assert merge(store, 5, report).confirmed == 1


def test_a_send_that_still_generates_contradicts_its_abort_as_before(store: SqlStore) -> None:
    aborted(store)
    assert merge(store, 5, send("a", State.IN_PROGRESS, 4_000)).contradicted == 1
    one, receipt = found(store)
    assert was_contradicted(one, icomm.PLATFORM)
    assert (receipt.spared, receipt.gone) == (None, None)


def test_a_send_that_runs_again_after_an_error_stopped_it_contradicts_its_abort(
    store: SqlStore,
) -> None:
    aborted(store)
    merge(store, 5, send("a", State.ABORTED))
    assert merge(store, 6, send("a", State.IN_PROGRESS)).contradicted == 1


def test_a_bulk_abort_counts_what_went_out_before_the_stop(store: SqlStore) -> None:
    merge(store, 0, send("a", State.IN_PROGRESS, None), send("b"))
    bulk = bulk_aborts(store, own=False)
    batch = bulk.start([send("a").id, send("b").id], ME)
    bulk.run_pending()
    merge(store, 5, send("a", State.CANCELLED, 4_000), send("b", State.CANCELLED))
    progress = bulk.progress(batch, ME)
    assert progress.counts == {BulkOutcome.STOPPED: 2}
    assert progress.totals == BulkTotals(spared=10_000, gone=4_000)
    rows = {each.configuration_id: (each.spared, each.gone) for each in bulk.sends(batch, ME).rows}
    assert rows == {"a": (3_000, 4_000), "b": (7_000, 0)}


def test_the_audit_log_holds_what_went_out(store: SqlStore) -> None:
    aborted(store)
    merge(store, 5, send("a", State.CANCELLED, 4_000))
    with store._engine.transaction() as tx:
        tx.change("UPDATE receipt_news SET gone = 1")
    assert [each.flaw for each in store.check_audit_log().problems] == [Flaw.OUTCOME_CHANGED]


@pytest.mark.parametrize("state", [State.SCHEDULED, State.PROCESANDO])
def test_a_changed_scheduled_time_is_shown(store: SqlStore, state: State) -> None:
    aborted(store, state)
    moved = replace(send("a", state), scheduled_at=at(900))
    assert merge(store, 5, moved).held == 1
    one, receipt = found(store)
    assert (one.scheduled_at, one.state) == (
        at(900),
        State.CANCELLED if state is State.SCHEDULED else State.CANCELLING,
    )
    assert receipt.confirmation is Confirmation.OPEN
    assert awaits_confirmation(one)
    assert is_true(store)


@pytest.mark.parametrize("stamp", [None, at(-5)])
def test_an_older_report_does_not_bring_the_old_time_back(
    store: SqlStore, stamp: datetime | None
) -> None:
    aborted(store, State.PROCESANDO)
    newer = stamp and at(-1)
    merge(store, 5, replace(send("a"), scheduled_at=at(900), updated_at=newer))
    merge(store, 3, replace(send("a"), scheduled_at=at(100), updated_at=stamp))
    assert found(store)[0].scheduled_at == at(900)


def test_a_time_that_is_no_longer_reported_is_shown_as_none(store: SqlStore) -> None:
    aborted(store, State.SCHEDULED)
    merge(store, 5, replace(send("a", State.PAUSED), scheduled_at=None))
    assert found(store)[0].scheduled_at is None
    assert is_true(store)
