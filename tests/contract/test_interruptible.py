"""Aborts on a platform that can interrupt a send: listmonk. On both engines."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.domain.audit_log import EntryKind
from core.domain.bulk_abort import BulkGroup, BulkOutcome, BulkTotals
from core.domain.delivery import AnswerKind, Delivery, DeliveryOutcome, DeliveryStep
from core.domain.list_query import ListQuery, ListTotal, StoppedCounts
from core.domain.load_results import ImportSummary
from core.domain.model import Confirmation, Guard, SendConfiguration
from core.domain.receipt_query import Outcome, ReceiptQuery
from core.domain.rules import (
    CancelRest,
    Refuse,
    is_paused_again,
    outlook_of,
    runs_again,
    was_contradicted,
)
from core.domain.states import Outlook, Refusal, State, Verdict
from core.platforms import icomm, listmonk
from core.services import bulk_execution
from core.services.aborts import AbortOutcome
from core.services.bulk_limits import BulkLimits
from core.services.delivery import Connected, DeliveryWorker
from core.store.engine import Engine
from core.store.sql_store import SqlStore
from core.store.writes.statements import add_news
from tests.contract.test_delivery import Clock, Platform, lost
from tests.daily_counts_check import is_true
from tests.sends import ME, NOW, Sends, actions, bulk_aborts, load, merge, send

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)

LISTMONK = listmonk.PLATFORM


@pytest.fixture
def store(engine: Engine) -> Iterator[SqlStore]:
    made = SqlStore(engine, platform=LISTMONK)
    yield made
    made.close()


def abort(store: SqlStore, id: str, *, own: bool = False, minute: int = 0) -> AbortOutcome:
    at = NOW + timedelta(minutes=minute)
    service = replace(actions(store, own=own, platform=LISTMONK), clock=lambda: at)
    return service.abort(send(id).id, ME)


def delivered_abort(store: SqlStore, *, minute: int) -> Delivery:
    """Abort the campaign and return the delivery to listmonk, which has not begun."""
    at = NOW + minute * MINUTE
    service = replace(
        actions(store, own=False, platform=LISTMONK),
        clock=lambda: at,
        deliver_to=lambda: "listmonk",
    )
    receipt = service.abort(send("a").id, ME).receipt
    assert receipt is not None
    return store.deliveries([receipt.id])[receipt.id]


def settle(
    store: SqlStore, delivery: Delivery, by: Confirmation, word: str, *, sent: int, minute: int = 4
) -> None:
    """Write a reading of the campaign, as the delivery of one of its aborts does."""
    at = NOW + minute * MINUTE
    is_stopped = by is Confirmation.CONFIRMED
    after = replace(
        delivery,
        step=DeliveryStep.VERIFIED if is_stopped else DeliveryStep.REFUSED,
        word=word,
        sent=sent,
        read_at=at,
        verified_at=at if is_stopped else None,
        answer=None if is_stopped else AnswerKind.TOO_LATE.value,
        ended_at=None if is_stopped else at,
    )
    assert store.move_delivery(delivery, after, at, settles=by) is not None


def campaign(state: State, sent: int | None = 0, *, minute: int = 0) -> SendConfiguration:
    """Return the campaign as listmonk reports it some minutes from now."""
    return replace(
        send("a", state, sent, total=40_000),
        raw_state=LISTMONK.words[state],
        updated_at=NOW + timedelta(minutes=minute),
    )


def report(store: SqlStore, state: State, sent: int | None = 0, *, minute: int) -> ImportSummary:
    at: datetime = NOW + timedelta(minutes=minute)
    summary = ImportSummary(id=f"{minute}", name="f", loaded_at=at, actor="t", as_of=at)
    return store.load(summary, Sends([campaign(state, sent, minute=minute)]))


def now(store: SqlStore) -> SendConfiguration:
    found = store.configuration(send("a").id)
    assert found is not None
    return found


def confirmations(store: SqlStore) -> list[Confirmation]:
    """Return the confirmations of the campaign's aborts, the oldest first."""
    receipts = sorted(store.receipts_of(send("a").id), key=lambda each: each.requested_at)
    return [each.confirmation for each in receipts]


@pytest.mark.parametrize("state", [State.IN_PROGRESS, State.PAUSED, State.SCHEDULED])
def test_the_rest_of_a_send_is_cancelled_with_a_receipt_that_says_both_numbers(
    store: SqlStore, state: State
) -> None:
    load(store, campaign(state, 12_400))
    done = abort(store, "a")
    assert isinstance(done.decision, CancelRest)
    (receipt,) = store.receipts_of(send("a").id)
    assert (receipt.verdict, receipt.gone, receipt.spared) == (Verdict.CANCEL_REST, 12_400, 27_600)
    assert receipt.confirmation is Confirmation.OPEN
    assert now(store).state is State.CANCELLED
    assert outlook_of(now(store), LISTMONK) is Outlook.WAITING
    assert store.check_audit_log().is_sound
    assert is_true(store)


def test_the_same_send_is_too_late_on_icomm(engine: Engine) -> None:
    store = SqlStore(engine)
    load(store, campaign(State.IN_PROGRESS, 12_400))
    done = actions(store).abort(send("a").id, ME)
    assert isinstance(done.decision, Refuse)
    assert done.decision.reason is Refusal.TOO_LATE
    assert now(store).state is State.IN_PROGRESS
    store.close()


def test_a_guard_that_no_longer_holds_writes_nothing(store: SqlStore) -> None:
    load(store, campaign(State.IN_PROGRESS, 12_400))
    seen = now(store)
    report(store, State.IN_PROGRESS, 13_000, minute=1)
    done = abort(store, "a")
    assert done.receipt is not None
    assert done.receipt.gone == 13_000
    late = replace(done.receipt, id=type(done.receipt.id)("late"))
    after = replace(done.after, version=seen.version + 1)
    assert not store.commit_abort(Guard.of(seen), after, late)
    assert len(store.receipts_of(seen.id)) == 1
    again = abort(store, "a")
    assert isinstance(again.decision, Refuse)
    assert again.decision.reason is Refusal.ALREADY


def test_messages_that_go_out_before_it_is_confirmed_are_no_contradiction(
    store: SqlStore,
) -> None:
    load(store, campaign(State.IN_PROGRESS, 12_400))
    abort(store, "a")
    assert report(store, State.IN_PROGRESS, 12_900, minute=1).left_open == 1
    assert (now(store).generated_records, confirmations(store)) == (12_900, [Confirmation.OPEN])
    assert report(store, State.CANCELLED, 12_950, minute=2).confirmed == 1
    assert (now(store).generated_records, confirmations(store)) == (
        12_950,
        [Confirmation.CONFIRMED],
    )
    (receipt,) = store.receipts_of(send("a").id)
    assert (receipt.gone, receipt.spared) == (12_950, 27_050)
    assert is_true(store)


def test_a_send_that_finished_before_it_could_be_stopped_is_a_contradiction(
    store: SqlStore,
) -> None:
    load(store, campaign(State.IN_PROGRESS, 39_000))
    abort(store, "a")
    assert report(store, State.SENT_DONE, 40_000, minute=1).contradicted == 1
    assert confirmations(store) == [Confirmation.CONTRADICTED]
    assert was_contradicted(now(store), LISTMONK)
    assert outlook_of(now(store), LISTMONK) is Outlook.TOO_LATE


def test_a_draft_confirms_the_abort_of_a_scheduled_send_and_of_no_other(store: SqlStore) -> None:
    load(store, campaign(State.SCHEDULED, None))
    abort(store, "a")
    assert report(store, State.SCHEDULED, None, minute=1).left_open == 1
    assert report(store, State.DRAFT, None, minute=2).confirmed == 1
    assert (now(store).state, confirmations(store)) == (State.CANCELLED, [Confirmation.CONFIRMED])
    assert report(store, State.DRAFT, None, minute=3).contradicted == 0


def test_a_draft_does_not_confirm_the_abort_of_a_running_send(store: SqlStore) -> None:
    load(store, campaign(State.IN_PROGRESS, 10))
    abort(store, "a")
    assert report(store, State.DRAFT, 10, minute=1).left_open == 1
    assert confirmations(store) == [Confirmation.OPEN]


def test_a_send_that_is_scheduled_again_after_its_abort_runs_again_and_contradicts_nothing(
    store: SqlStore,
) -> None:
    load(store, campaign(State.SCHEDULED))
    abort(store, "a")
    report(store, State.DRAFT, minute=1)
    done = report(store, State.SCHEDULED, minute=2)
    assert (done.changed, done.contradicted) == (1, 0)
    again = now(store)
    assert (again.state, again.reopened_from) == (State.SCHEDULED, State.CANCELLED)
    assert outlook_of(again, LISTMONK) is Outlook.STOPPABLE
    # It starts, and is aborted a second time. Only the second abort is open.
    report(store, State.IN_PROGRESS, 500, minute=3)
    assert isinstance(abort(store, "a", minute=3).decision, CancelRest)
    assert confirmations(store) == [Confirmation.RAN_AGAIN, Confirmation.OPEN]
    assert report(store, State.IN_PROGRESS, 700, minute=4).left_open == 1
    assert report(store, State.SENT_DONE, 40_000, minute=5).contradicted == 1
    assert confirmations(store) == [Confirmation.RAN_AGAIN, Confirmation.CONTRADICTED]
    assert store.check_audit_log().is_sound
    assert is_true(store)


def stopped(store: SqlStore) -> tuple[StoppedCounts, int, int]:
    """Return what is counted as stopped: by the overview, by the log, and by the day."""
    (day,) = store.receipt_days(ReceiptQuery(), "UTC", 9)
    logged = store.receipt_page(ReceiptQuery(outcome=Outcome.STOPPED)).total
    return store.stopped_since(NOW - MINUTE), logged, day.stopped


def test_a_send_that_is_scheduled_again_after_its_abort_is_not_counted_as_stopped(
    store: SqlStore,
) -> None:
    load(store, campaign(State.SCHEDULED))
    abort(store, "a")
    report(store, State.DRAFT, minute=1)
    assert stopped(store) == (StoppedCounts(1, 40_000, 0), 1, 1)
    report(store, State.SCHEDULED, minute=2)
    assert stopped(store) == (StoppedCounts(0, 0, 0), 0, 0)
    abort(store, "a", minute=3)
    assert stopped(store) == (StoppedCounts(0, 0, 0), 0, 0)
    report(store, State.DRAFT, minute=4)
    assert stopped(store) == (StoppedCounts(1, 40_000, 0), 1, 1)


def test_a_stop_that_is_confirmed_after_midnight_counts_on_the_day_of_its_request(
    store: SqlStore,
) -> None:
    load(store, campaign(State.SCHEDULED))
    abort(store, "a")
    report(store, State.DRAFT, minute=13 * 60)
    (day,) = store.receipt_days(ReceiptQuery(), "UTC", 9)
    assert (day.day, day.stopped) == (NOW.date(), 1)
    # So the tile has the number of the list that it links to.
    midnight = NOW + 12 * 60 * MINUTE
    assert store.stopped_since(midnight) == StoppedCounts(0, 0)
    assert store.receipt_page(ReceiptQuery(outcome=Outcome.STOPPED, since=midnight)).total == 0


def test_a_cancelled_send_that_is_reported_running_contradicts_its_abort(store: SqlStore) -> None:
    load(store, campaign(State.IN_PROGRESS, 100))
    abort(store, "a")
    report(store, State.CANCELLED, 110, minute=1)
    assert report(store, State.IN_PROGRESS, 400, minute=2).contradicted == 1
    assert confirmations(store) == [Confirmation.CONTRADICTED]
    assert now(store).state is State.CANCELLED


def test_the_simulated_platform_confirms_the_stop_of_the_rest_at_once(store: SqlStore) -> None:
    load(store, campaign(State.IN_PROGRESS, 12_400))
    abort(store, "a", own=True)
    assert confirmations(store) == [Confirmation.CONFIRMED]
    assert outlook_of(now(store), LISTMONK) is Outlook.STOPPED


def test_lists_find_the_sends_whose_rest_can_be_stopped(store: SqlStore) -> None:
    sends = [
        send("waits"),
        send("runs", State.IN_PROGRESS, 3_000),
        send("rests", State.PAUSED, 3_000),
        send("done", State.SENT_DONE, 7_000),
    ]
    load(store, *sends)
    for one in sends:
        page = store.page(ListQuery(outlooks=(outlook_of(one, LISTMONK),), page_size=100))
        assert one.id in [row.id for row in page.rows]
        assert all(outlook_of(row, LISTMONK) is outlook_of(one, LISTMONK) for row in page.rows)
        assert page.total == len(page.rows)
    rest = store.page(ListQuery(outlooks=(Outlook.REST_STOPPABLE,)))
    assert {row.id for row in rest.rows} == {"runs", "rests"}
    ahead = [row.id for row in store.page(ListQuery()).rows]
    assert (set(ahead[:3]), ahead[3:]) == ({"runs", "rests", "waits"}, ["done"])


def test_a_bulk_abort_has_a_group_for_sends_whose_rest_is_stopped(store: SqlStore) -> None:
    load(
        store, send("waits"), send("runs", State.IN_PROGRESS, 3_000), send("done", State.SENT_DONE)
    )
    bulk = bulk_aborts(store, aborts=actions(store, platform=LISTMONK))
    ids = [send(id).id for id in ("waits", "runs", "done")]
    plan = bulk.plan(ids, ME)
    assert {g: found.count for g, found in plan.groups.items() if found.count} == {
        BulkGroup.AT_ONCE: 1,
        BulkGroup.REST: 1,
        BulkGroup.LEFT_OUT: 1,
    }
    stopped = (*plan.groups[BulkGroup.AT_ONCE].sends, *plan.groups[BulkGroup.REST].sends)
    found = [
        (each.decision.consequences.spared, each.decision.consequences.gone) for each in stopped
    ]
    assert found == [(7_000, 0), (4_000, 3_000)]
    id = bulk.start(plan.ids, ME)
    bulk.run_pending()
    progress = bulk.progress(id, ME)
    assert progress is not None
    assert progress.counts == {BulkOutcome.STOPPED: 2}
    assert (progress.totals.spared, progress.totals.gone) == (11_000, 3_000)


def test_the_rests_of_sends_are_what_has_not_gone_out(store: SqlStore) -> None:
    untold = replace(send("untold", State.IN_PROGRESS), generated_records=None)
    sends = [send("waits"), send("runs", State.IN_PROGRESS, 3_000), untold]
    load(store, *sends, replace(send("unsized", State.PAUSED, 5), total_records=None))
    assert store.rests(ListQuery(outlooks=(Outlook.REST_STOPPABLE,))) == ListTotal(3, 11_000, 1)


def test_the_limit_of_a_bulk_abort_counts_what_has_not_gone_out(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_execution, "CHUNK", 1)
    load(store, *[send(id, State.IN_PROGRESS, 6_000) for id in "abc"])
    limit = BulkLimits(None, 3_000, None)
    aborts = actions(store, own=False, platform=LISTMONK)
    bulk = bulk_aborts(store, aborts=aborts, limits=limit)
    ids = [send(id).id for id in "abc"]
    assert bulk.plan(ids, ME).recipients == 3_000
    id = bulk.start(ids, ME)
    bulk.run_pending()
    assert bulk.progress(id, ME).counts == {BulkOutcome.WAITING: 3}


def test_icomm_confirms_by_a_cancelled_report_alone(engine: Engine) -> None:
    store = SqlStore(engine)
    load(store, campaign(State.SCHEDULED))
    actions(store, own=False, platform=icomm.PLATFORM).abort(send("a").id, ME)
    assert report(store, State.DRAFT, minute=1).left_open == 1
    assert report(store, State.CANCELLED, minute=2).confirmed == 1
    assert report(store, State.SCHEDULED, minute=3).contradicted == 1
    store.close()


def test_a_running_send_stays_among_those_that_close_soonest(store: SqlStore) -> None:
    begun = replace(send("runs", State.IN_PROGRESS, 3_000), scheduled_at=NOW - timedelta(hours=1))
    gone = replace(send("done", State.SENT_DONE, 7_000), scheduled_at=NOW - timedelta(hours=1))
    load(store, begun, gone, send("waits"))
    found = store.closing(NOW, 10)
    assert [each.id for each in found] == ["runs", "waits"]


def test_messages_that_go_out_after_the_send_was_at_rest_contradict_its_abort(
    engine: Engine, store: SqlStore
) -> None:
    load(store, campaign(State.IN_PROGRESS, 100))
    done = abort(store, "a")
    assert done.receipt is not None
    report(store, State.CANCELLED, 110, minute=1)
    # It was not at rest yet, so messages in flight are no contradiction.
    assert report(store, State.CANCELLED, 112, minute=2).contradicted == 0
    with engine.transaction() as tx:
        add_news(tx, done.receipt.id, EntryKind.SETTLED, NOW, spared=39_888, gone=112)
    assert report(store, State.CANCELLED, 112, minute=3).contradicted == 0
    assert confirmations(store) == [Confirmation.CONFIRMED]
    assert report(store, State.CANCELLED, 113, minute=4).contradicted == 1
    assert confirmations(store) == [Confirmation.CONTRADICTED]


def scheduled_again_and_aborted_again(store: SqlStore) -> None:
    """Abort at minute 0, a draft at minute 1, scheduled again at minute 2, aborted at minute 3."""
    load(store, campaign(State.SCHEDULED))
    abort(store, "a")
    report(store, State.DRAFT, minute=1)
    report(store, State.SCHEDULED, minute=2)
    abort(store, "a", minute=3)


def test_a_report_from_before_an_abort_does_not_confirm_it(store: SqlStore) -> None:
    scheduled_again_and_aborted_again(store)
    late = ImportSummary(
        id="late", name="f", loaded_at=NOW + timedelta(minutes=4), actor="t", as_of=NOW + MINUTE
    )
    done = store.load(late, Sends([campaign(State.DRAFT, minute=1)]))
    assert done.confirmed == 0
    assert confirmations(store) == [Confirmation.RAN_AGAIN, Confirmation.OPEN]
    assert now(store).abort_confirmation is Confirmation.OPEN


def delivered_twice(store: SqlStore) -> Delivery:
    """Do the same with deliveries; return the delivery of the first abort."""
    load(store, campaign(State.SCHEDULED))
    first = delivered_abort(store, minute=0)
    report(store, State.DRAFT, minute=1)
    report(store, State.SCHEDULED, minute=2)
    delivered_abort(store, minute=3)
    return first


def test_a_reading_for_an_earlier_abort_does_not_confirm_a_later_one(store: SqlStore) -> None:
    first = delivered_twice(store)
    settle(store, first, Confirmation.CONFIRMED, "draft", sent=0)
    assert confirmations(store) == [Confirmation.RAN_AGAIN, Confirmation.OPEN]
    assert now(store).abort_confirmation is Confirmation.OPEN
    assert store.check_audit_log().is_sound


def test_an_earlier_abort_that_was_too_late_does_not_contradict_a_later_one(
    store: SqlStore,
) -> None:
    first = delivered_twice(store)
    settle(store, first, Confirmation.CONTRADICTED, "finished", sent=40_000)
    assert confirmations(store) == [Confirmation.CONTRADICTED, Confirmation.OPEN]
    assert report(store, State.SENT_DONE, 40_000, minute=5).contradicted == 1
    assert confirmations(store) == [Confirmation.CONTRADICTED] * 2
    assert store.check_audit_log().is_sound


def test_a_send_that_is_paused_after_its_stop_was_confirmed_contradicts_its_abort(
    store: SqlStore,
) -> None:
    """A person can resume it, so it is not stopped."""
    load(store, campaign(State.IN_PROGRESS, 100))
    abort(store, "a")
    report(store, State.CANCELLED, 110, minute=1)
    assert not is_paused_again(now(store), LISTMONK)
    assert report(store, State.PAUSED, 110, minute=2).contradicted == 1
    assert confirmations(store) == [Confirmation.CONTRADICTED]
    assert is_paused_again(now(store), LISTMONK)


def test_a_send_that_is_paused_before_its_stop_is_confirmed_leaves_its_abort_open(
    store: SqlStore,
) -> None:
    load(store, campaign(State.IN_PROGRESS, 100))
    abort(store, "a")
    assert report(store, State.PAUSED, 110, minute=1).left_open == 1
    assert confirmations(store) == [Confirmation.OPEN]
    assert report(store, State.CANCELLED, 110, minute=2).confirmed == 1


def test_a_send_that_was_scheduled_and_is_paused_after_its_stop_runs_again(
    store: SqlStore,
) -> None:
    load(store, campaign(State.SCHEDULED))
    abort(store, "a")
    report(store, State.DRAFT, minute=1)
    assert report(store, State.PAUSED, 5, minute=2).contradicted == 0
    assert now(store).state is State.PAUSED
    assert runs_again(now(store), LISTMONK)
    assert isinstance(abort(store, "a", minute=3).decision, CancelRest)


def delivering(store: SqlStore, platform: Platform) -> DeliveryWorker:
    """Return a worker that delivers to a platform in memory, by the rules of listmonk."""
    to = Connected(platform, LISTMONK.confirms, can_restart=LISTMONK.can_restart)
    clock = platform.clock
    return DeliveryWorker(
        store,
        {"listmonk": to},
        clock,
        submit=lambda work, one: work(one),
        monotonic=lambda: clock.seconds,
    )


def work(worker: DeliveryWorker, platform: Platform, seconds: float = 0) -> Delivery:
    platform.clock.wait(timedelta(seconds=seconds))
    worker.run_pending()
    id = send("a").id
    return worker.store.last_deliveries([id])[id]


@pytest.mark.parametrize("is_listed", [False, True])
@pytest.mark.parametrize("before", [State.SCHEDULED, State.PAUSED])
def test_an_abort_that_a_list_confirmed_is_not_requested_again_after_a_lost_answer(
    store: SqlStore, before: State, is_listed: bool
) -> None:
    """A person schedules the campaign again. `is_listed`: a list shows that before the retry."""
    load(store, campaign(before))
    delivered_abort(store, minute=0)
    platform = Platform(Clock(), before, stopped=State.DRAFT)
    platform.next.append(lost())
    worker = delivering(store, platform)
    assert work(worker, platform).step is DeliveryStep.FAILED
    assert report(store, State.DRAFT, minute=1).confirmed == 1
    platform.state = State.SCHEDULED
    if is_listed:
        report(store, State.SCHEDULED, minute=2)
    found = work(worker, platform, 5)
    assert found.ended_at is not None
    assert platform.state is State.SCHEDULED
    assert len(platform.requests) == 1
    if before is State.SCHEDULED:
        assert (found.outcome, found.is_by_hand) == (DeliveryOutcome.STOPPED, False)
        assert worker.restarted.is_set()
        if not is_listed:
            report(store, State.SCHEDULED, minute=2)
        assert confirmations(store) == [Confirmation.RAN_AGAIN]
        assert now(store).state is State.SCHEDULED
    assert store.check_audit_log().is_sound


def test_an_accepted_abort_that_a_list_confirmed_is_verified_after_a_restart(
    store: SqlStore,
) -> None:
    load(store, campaign(State.SCHEDULED))
    delivered_abort(store, minute=0)
    platform = Platform(Clock(), State.SCHEDULED, stops=False)
    worker = delivering(store, platform)
    assert work(worker, platform).step is DeliveryStep.ACCEPTED
    report(store, State.DRAFT, minute=1)
    found = work(worker, platform, 5)
    assert (found.outcome, found.is_by_hand) == (DeliveryOutcome.STOPPED, False)
    assert found.lacks_final_numbers


def test_a_send_that_a_list_shows_running_again_is_not_stopped_by_its_earlier_abort(
    store: SqlStore,
) -> None:
    load(store, campaign(State.SCHEDULED))
    delivered_abort(store, minute=0)
    platform = Platform(Clock(), State.SCHEDULED, stopped=State.DRAFT)
    worker = delivering(store, platform)
    assert work(worker, platform).step is DeliveryStep.VERIFIED
    platform.state = State.IN_PROGRESS
    report(store, State.IN_PROGRESS, 5, minute=1)
    found = work(worker, platform, 2)
    assert (found.ended_at is not None, found.word) == (True, "IN-PROGRESS")
    assert len(platform.requests) == 1
    assert now(store).state is State.IN_PROGRESS


def test_a_send_that_is_scheduled_again_before_its_numbers_are_final_has_the_state_that_was_read(
    store: SqlStore,
) -> None:
    load(store, campaign(State.SCHEDULED))
    delivered_abort(store, minute=0)
    platform = Platform(Clock(), State.SCHEDULED, stopped=State.DRAFT, words=LISTMONK.words)
    worker = delivering(store, platform)
    verified = work(worker, platform)
    platform.state = State.SCHEDULED
    found = work(worker, platform, 2)
    assert (found.outcome, found.word) == (DeliveryOutcome.STOPPED, "scheduled")
    assert found.read_at == verified.read_at
    assert worker.restarted.is_set()


def test_a_send_that_a_list_shows_running_again_contradicts_nothing_when_it_has_finished(
    store: SqlStore,
) -> None:
    load(store, campaign(State.SCHEDULED))
    delivered_abort(store, minute=0)
    platform = Platform(Clock(), State.SCHEDULED, stopped=State.DRAFT)
    worker = delivering(store, platform)
    assert work(worker, platform).step is DeliveryStep.VERIFIED
    report(store, State.IN_PROGRESS, 5, minute=1)
    platform.state, platform.sent = State.SENT_DONE, 40_000
    assert work(worker, platform, 2).ended_at is not None
    assert confirmations(store) == [Confirmation.RAN_AGAIN]
    assert now(store).abort_confirmation is None


def test_a_stop_that_did_not_last_is_requested_again_although_a_list_has_shown_that(
    store: SqlStore,
) -> None:
    load(store, campaign(State.IN_PROGRESS, 100))
    delivered_abort(store, minute=0)
    words = LISTMONK.words
    platform = Platform(Clock(), State.IN_PROGRESS, sent=100, total=40_000, words=words)
    worker = delivering(store, platform)
    assert work(worker, platform).step is DeliveryStep.VERIFIED
    platform.state, platform.sent = State.IN_PROGRESS, 300
    assert report(store, State.IN_PROGRESS, 300, minute=1).contradicted == 1
    work(worker, platform, 2)
    assert work(worker, platform).step is DeliveryStep.VERIFIED
    assert len(platform.requests) == 2
    # What happened stays a contradiction until a person acknowledges it.
    assert confirmations(store) == [Confirmation.CONTRADICTED]


def unsized(state: State, sent: int | None = 0, *, minute: int = 0) -> SendConfiguration:
    return replace(campaign(state, sent, minute=minute), total_records=None)


def test_recipients_that_listmonk_counts_while_an_abort_is_open_are_shown(store: SqlStore) -> None:
    """listmonk counts the messages of a campaign when it starts."""
    load(store, unsized(State.SCHEDULED))
    abort(store, "a")
    assert report(store, State.IN_PROGRESS, minute=1).left_open == 1
    assert now(store).total_records == 40_000
    assert is_true(store)


@pytest.mark.parametrize("is_confirmed_before", [False, True])
def test_recipients_that_a_reading_of_a_stopped_send_counts_are_shown(
    store: SqlStore, is_confirmed_before: bool
) -> None:
    load(store, unsized(State.IN_PROGRESS, 100))
    delivered_abort(store, minute=0)
    if is_confirmed_before:
        merge(store, 1, unsized(State.CANCELLED, 100, minute=1))
    platform = Platform(Clock(), State.IN_PROGRESS, sent=100, total=40_000, words=LISTMONK.words)
    worker = delivering(store, platform)
    assert work(worker, platform).step is DeliveryStep.VERIFIED
    assert now(store).total_records == 40_000
    assert is_true(store)
    assert work(worker, platform, 2).step is DeliveryStep.SETTLED
    assert is_true(store)


def test_a_send_that_is_counted_after_its_abort_is_no_send_of_unknown_size(store: SqlStore) -> None:
    load(store, unsized(State.IN_PROGRESS, 100))
    service = actions(store, own=False, platform=LISTMONK)
    bulk = bulk_aborts(store, aborts=replace(service, deliver_to=lambda: "listmonk"))
    batch = bulk.start([send("a").id], ME)
    bulk.run_pending()
    platform = Platform(Clock(), State.IN_PROGRESS, sent=100, total=40_000, words=LISTMONK.words)
    worker = delivering(store, platform)
    work(worker, platform)
    assert work(worker, platform, 2).step is DeliveryStep.SETTLED
    assert store.stopped_since(NOW - MINUTE) == StoppedCounts(1, 39_900, 0)
    (day,) = store.receipt_days(ReceiptQuery(), "UTC", 9)
    assert (day.stopped, day.spared, day.unsized) == (1, 39_900, 0)
    assert bulk.progress(batch, ME).totals == BulkTotals(spared=39_900, gone=100)


def test_a_bulk_abort_knows_how_many_got_a_send_that_had_finished(store: SqlStore) -> None:
    load(store, campaign(State.IN_PROGRESS, 12_400))
    service = actions(store, own=False, platform=LISTMONK)
    bulk = bulk_aborts(store, aborts=replace(service, deliver_to=lambda: "listmonk"))
    batch = bulk.start([send("a").id], ME)
    bulk.run_pending()
    report(store, State.SENT_DONE, 39_990, minute=1)
    assert bulk.progress(batch, ME).totals == BulkTotals(unknown=40_000)
    platform = Platform(Clock(), State.SENT_DONE, sent=39_990, total=40_000, stops=False)
    work(delivering(store, platform), platform)
    assert bulk.progress(batch, ME).totals == BulkTotals(spared=10, gone=39_990)
    (one,) = bulk.all_sends(batch, ME)
    assert (one.outcome, one.gone, one.spared) == (BulkOutcome.CONTRADICTED, 39_990, 10)


def test_a_count_that_is_older_than_a_list_is_not_the_final_one(store: SqlStore) -> None:
    load(store, campaign(State.IN_PROGRESS, 12_400))
    delivered_abort(store, minute=0)
    platform = Platform(Clock(), State.IN_PROGRESS, sent=12_400, total=40_000)
    worker = delivering(store, platform)
    work(worker, platform)
    report(store, State.CANCELLED, 12_950, minute=1)
    assert work(worker, platform, 2).step is DeliveryStep.VERIFIED
    platform.sent = 12_950
    work(worker, platform, 2)
    found = work(worker, platform, 2)
    assert (found.step, found.sent) == (DeliveryStep.SETTLED, 12_950)
    assert report(store, State.CANCELLED, 12_950, minute=2).contradicted == 0


def test_aborts_of_sends_that_have_begun_are_delivered_first(store: SqlStore) -> None:
    load(store, campaign(State.SCHEDULED), send("b", State.IN_PROGRESS, 3_000))
    delivered_abort(store, minute=0)
    service = actions(store, own=False, platform=LISTMONK)
    replace(service, clock=lambda: NOW + MINUTE, deliver_to=lambda: "listmonk").abort(
        send("b").id, ME
    )
    due = store.due_deliveries(NOW + 5 * MINUTE, 9)
    assert [each.configuration_id for each in due] == ["b", "a"]
