"""Aborts on their way to the platform: each step is stored, and only a reading proves a stop."""

import csv
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from core.domain.alert_rules import of_receipts
from core.domain.alerts import AlertKind
from core.domain.audit_log import EntryKind
from core.domain.bulk_abort import BulkOutcome, BulkTotals
from core.domain.delivery import AnswerKind, Delivery, DeliveryOutcome, DeliveryStep
from core.domain.list_query import StoppedCounts
from core.domain.model import Concern, ConfigurationId, Confirmation, Receipt
from core.domain.receipt_query import ReceiptQuery
from core.domain.rules import was_contradicted
from core.domain.states import State
from core.errors import AdminText, ConnectorError, StoreBusyError
from core.infrastructure.lease import Lease
from core.platforms import icomm
from core.ports.connector import TOO_MANY, Answer, BridgeAnswer, BridgeResult, Reading
from core.services.aborts import AbortService
from core.services.bridge_answers import BridgeAnswerService
from core.services.concerns import Concerns
from core.services.delivery import (
    NOT_ANSWERED,
    NOT_CONNECTED,
    NOT_FOUND,
    NOT_STOPPED,
    PAUSED_AGAIN,
    RUNS_AGAIN,
    SHARE,
    UNEXPECTED,
    Connected,
    DeliveryWorker,
    lease_name,
)
from core.services.receipt_export import as_csv
from core.services.request_pause import LONGEST_PAUSE, RequestPause, wait_before_retry
from core.services.shared_cache import SharedCache
from core.store.engine import Engine
from core.store.sql_store import SqlStore
from tests.behaving_connector import BehavingConnector, Behaviour
from tests.sends import ME, NOW, bulk_aborts, load, merge, send

ID = ConfigurationId("s1")
SECOND = timedelta(seconds=1)
LATER = NOW + timedelta(days=9)


class Clock:
    """A wall clock that a test can set, and `seconds` that never fall."""

    now = NOW
    seconds = 0.0

    def wait(self, span: timedelta) -> None:
        self.now += span
        self.seconds += span.total_seconds()

    def __call__(self) -> datetime:
        return self.now


class Killed(BaseException):
    """Ends the worker as if its process ended."""


@dataclass
class Platform:
    """A platform in memory with one send. A test can make it fail."""

    clock: Clock
    state: State = State.SCHEDULED
    sent: int | None = 0
    total: int = 7_000
    reads: bool = True
    is_known: bool = True
    #: What happens at the next requests: an answer, an error, or the end of the process.
    next: deque[AnswerKind | BaseException] = field(default_factory=deque)
    requests: list[str] = field(default_factory=list)
    #: What happens at the next readings instead of an answer.
    unread: deque[BaseException] = field(default_factory=deque)
    stops: bool = True
    stopped: State = State.CANCELLED
    words: Mapping[State, str] = field(default_factory=dict)

    def list(self, *, live: bool) -> Iterator[Mapping[str, object]]:
        raise NotImplementedError

    def abort(self, send_id: str, key: str) -> Answer:  # noqa: ARG002
        self.requests.append(key)
        planned = self.next.popleft() if self.next else AnswerKind.ACCEPTED
        arrives = not isinstance(planned, ConnectorError) or planned.may_have_arrived
        if planned is AnswerKind.ACCEPTED or (arrives and isinstance(planned, BaseException)):
            self.state = self.stopped if self.stops else self.state
        if isinstance(planned, BaseException):
            raise planned
        return Answer(planned, "as the platform says")

    def get(self, send_id: str) -> Reading | None:
        if self.unread:
            raise self.unread.popleft()
        if not self.is_known:
            return None
        word = self.words.get(self.state, self.state.value)
        return Reading(send_id, self.state, word, self.total, self.sent, self.clock.now)

    def close(self) -> None: ...


@dataclass
class World:
    """A store with one send that a person aborts, and the worker that delivers it."""

    store: SqlStore
    clock: Clock
    platform: Platform
    worker: DeliveryWorker

    def abort(self, platform: str = "made") -> Receipt:
        service = AbortService(
            self.store,
            self.clock,
            store_is_platform=lambda: False,
            facts_at=self.clock,
            deliver_to=lambda: platform,
            to_deliver=self.worker.waiting,
        )
        receipt = service.abort(ID, ME).receipt
        assert receipt is not None
        return receipt

    def run(self, after: timedelta = timedelta(0)) -> Delivery:
        self.clock.wait(after)
        self.worker.run_pending()
        return self.delivery()

    def delivery(self) -> Delivery:
        return self.store.last_deliveries([ID])[ID]

    def receipt(self) -> Receipt:
        return self.store.receipts_of(ID)[0]

    def restart(self) -> None:
        self.worker = worker_of(self.store, self.clock, self.platform)

    def log(self) -> list[str]:
        kinds = self.store._engine.rows("SELECT kind FROM ledger ORDER BY number")
        return [kind for (kind,) in kinds]


def worker_of(store: SqlStore, clock: Clock, platform: Platform) -> DeliveryWorker:
    def confirms(before: State, now: State) -> bool:
        return now is State.CANCELLED

    def at_once(work: Callable[[Delivery], None], delivery: Delivery) -> None:
        work(delivery)

    made = {"made": Connected(platform, confirms)}
    return DeliveryWorker(
        store, made, clock, submit=at_once, monotonic=lambda: platform.clock.seconds
    )


@pytest.fixture
def world(store: SqlStore) -> World:
    clock = Clock()
    load(store, send("s1"))
    platform = Platform(clock)
    return World(store, clock, platform, worker_of(store, clock, platform))


LOST = "the answer was lost"


def lost() -> ConnectorError:
    return ConnectorError(LOST, "", may_have_arrived=True)


def down(retry_after: float | None = None) -> ConnectorError:
    return ConnectorError("the platform is down", "", retry_after=retry_after)


def test_an_abort_is_requested_accepted_verified_and_settled(world: World) -> None:
    receipt = world.abort()
    assert world.worker.waiting.is_set()
    assert (receipt.platform, receipt.confirmation) == ("made", Confirmation.OPEN)
    assert world.delivery().step is DeliveryStep.WAITING
    found = world.run()
    assert (found.step, found.outcome) == (DeliveryStep.VERIFIED, DeliveryOutcome.STOPPED)
    assert world.platform.requests == [receipt.id]
    assert world.receipt().confirmation is Confirmation.CONFIRMED
    assert world.run(SECOND).step is DeliveryStep.VERIFIED
    found = world.run(SECOND)
    assert (found.step, found.sent, found.spared) == (DeliveryStep.SETTLED, 0, 7_000)
    steps = ["receipt", "requested", "accepted", "verified", "confirmed", "settled"]
    assert world.log() == steps
    assert world.store.due_deliveries(LATER, 9) == []
    assert world.store.check_audit_log().is_sound


def exported(world: World) -> tuple[str, str]:
    """Return `gone` and `spared` in the export of the log of aborts."""
    text = as_csv(world.store.logged_receipts(ReceiptQuery(), 9)).decode("utf-8-sig")
    (row,) = csv.DictReader(StringIO(text))
    return row["gone"], row["spared"]


def test_an_export_has_no_number_that_is_not_final(world: World) -> None:
    world.abort()
    assert exported(world) == ("", "")
    assert world.run().step is DeliveryStep.VERIFIED
    assert exported(world) == ("", "")
    world.platform.is_known = False
    assert world.run(2 * SECOND).lacks_final_numbers
    assert exported(world) == ("", "")


def test_a_send_that_is_stopped_midway_settles_at_the_number_that_has_gone(world: World) -> None:
    world.abort()
    world.platform.sent = 2_000
    world.run()
    world.platform.sent = 2_100  # messages in flight
    assert world.run(2 * SECOND).step is DeliveryStep.VERIFIED
    midnight = world.clock.now - timedelta(hours=12)
    assert world.store.stopped_since(midnight) == StoppedCounts(1, 0, 0, 1)
    found = world.run(2 * SECOND)
    assert (found.step, found.sent) == (DeliveryStep.SETTLED, 2_100)
    assert (world.receipt().gone, world.receipt().spared) == (2_100, 4_900)
    assert world.store.stopped_since(midnight) == StoppedCounts(1, 4_900, 0)
    stored = world.store.configuration(ID)
    assert stored is not None
    assert stored.generated_records == 2_100
    assert exported(world) == ("2100", "4900")
    # The receipt itself stays as it was written.
    (written,) = world.store._engine.rows("SELECT gone, spared FROM receipts")
    assert written == (0, 7_000)
    assert world.store.check_audit_log().is_sound


def test_a_platform_that_counts_slowly_gets_the_time_that_it_needs(world: World) -> None:
    """listmonk writes its count every five seconds, so two equal readings can both be outdated."""
    made = replace(world.worker.platforms["made"], rest=6 * SECOND)
    world.worker.platforms = {"made": made}
    world.abort()
    world.run()
    world.run(3 * SECOND)
    world.platform.sent = 205
    assert world.run(3 * SECOND).step is DeliveryStep.VERIFIED
    assert world.run(5 * SECOND).step is DeliveryStep.VERIFIED
    found = world.run(SECOND)
    assert (found.step, found.sent) == (DeliveryStep.SETTLED, 205)


def test_a_stop_that_the_platform_overwrites_is_requested_again(world: World) -> None:
    """listmonk can start a campaign that it was about to start when it was set back to draft."""
    receipt = world.abort()
    assert world.run().step is DeliveryStep.VERIFIED
    world.platform.state, world.platform.sent = State.IN_PROGRESS, 300
    found = world.run(2 * SECOND)
    assert (found.step, found.outcome) == (DeliveryStep.FAILED, DeliveryOutcome.UNDER_WAY)
    assert found.message == RUNS_AGAIN
    assert world.run().step is DeliveryStep.VERIFIED
    assert world.platform.requests == [receipt.id] * 2
    found = world.run(2 * SECOND)
    assert (found.step, found.outcome, found.sent) == (
        DeliveryStep.SETTLED,
        DeliveryOutcome.STOPPED,
        300,
    )
    assert world.store.check_audit_log().is_sound


def test_a_send_that_is_paused_after_its_stop_is_not_stopped(world: World) -> None:
    """A person can resume it there."""
    world.abort()
    world.run()
    world.platform.state = State.PAUSED
    found = world.run(2 * SECOND)
    assert (found.outcome, found.message) == (DeliveryOutcome.UNDER_WAY, PAUSED_AGAIN)
    assert world.run().outcome is DeliveryOutcome.STOPPED
    assert len(world.platform.requests) == 2


@pytest.mark.parametrize("state", [State.IN_PROGRESS, State.PAUSED])
def test_a_send_that_goes_on_long_after_its_stop_is_left_to_a_person(
    world: World, state: State
) -> None:
    """The process was away meanwhile. No platform overwrites a stop so late."""
    world.abort()
    world.run()
    world.platform.state, world.platform.sent = state, 300
    found = world.run(20 * SECOND)
    assert (found.outcome, found.is_by_hand) == (DeliveryOutcome.UNKNOWN, True)
    assert len(world.platform.requests) == 1
    assert_known_to_run(world)


@pytest.mark.parametrize("state", [State.IN_PROGRESS, State.PAUSED])
def test_a_send_that_a_person_can_start_again_is_not_stopped_long_after_its_stop(
    world: World, state: State
) -> None:
    made = replace(world.worker.platforms["made"], can_restart=lambda _before: True)
    world.worker.platforms = {"made": made}
    world.abort()
    world.run()
    world.platform.state = state
    found = world.run(20 * SECOND)
    assert (found.ended_at is not None, found.is_by_hand) == (True, False)
    assert len(world.platform.requests) == 1
    assert world.worker.restarted.is_set(), "the next list has to come at once"


def test_a_send_that_the_platform_starts_each_time_needs_a_person(world: World) -> None:
    world.abort()
    for _ in range(3):
        world.run()
        world.platform.state = State.IN_PROGRESS
        found = world.run(2 * SECOND)
    assert (found.outcome, found.is_by_hand) == (DeliveryOutcome.UNKNOWN, True)
    assert found.message == RUNS_AGAIN
    assert len(world.platform.requests) == 3
    assert_known_to_run(world)


def assert_known_to_run(world: World) -> None:
    """Assert that a send that started again after its stop is a concern with an alert, not stopped."""
    assert world.receipt().confirmation is Confirmation.CONTRADICTED
    one = world.store.configuration(ID)
    assert one is not None
    assert one.abort_confirmation is Confirmation.CONTRADICTED
    concerns = world.store.concerns(world.clock.now - timedelta(minutes=30), 9)
    assert [alert.kind for alert in of_receipts(concerns, set())] == [AlertKind.CONTRADICTED]
    assert world.store.check_audit_log().is_sound


def test_a_stop_that_did_not_last_and_cannot_be_requested_again_is_a_concern(world: World) -> None:
    world.abort()
    assert world.run().outcome is DeliveryOutcome.STOPPED
    world.platform.state, world.platform.sent = State.IN_PROGRESS, 300
    world.platform.next.append(AnswerKind.NOT_ALLOWED)
    assert world.run(2 * SECOND).outcome is DeliveryOutcome.UNDER_WAY
    assert world.run().is_by_hand
    assert_known_to_run(world)


def test_failed_requests_do_not_count_as_stops_that_the_platform_undid(world: World) -> None:
    world.abort()
    world.platform.next += [down(), down()]
    world.run()
    for _ in range(4):
        found = world.run(9 * SECOND)
        if found.outcome is DeliveryOutcome.STOPPED:
            break
    assert world.delivery().tries == 3
    world.platform.state = State.IN_PROGRESS
    assert world.run(2 * SECOND).outcome is DeliveryOutcome.UNDER_WAY
    assert world.run().outcome is DeliveryOutcome.STOPPED


def test_a_stop_after_which_the_platform_is_away_is_a_concern(world: World) -> None:
    world.abort()
    world.platform.next += [down(), down()]
    world.run()
    world.run(9 * SECOND)
    assert world.run(9 * SECOND).outcome is DeliveryOutcome.STOPPED
    world.platform.state, world.platform.sent = State.IN_PROGRESS, 300
    world.run(2 * SECOND)
    world.platform.unread += [down() for _ in range(99)]
    for _ in range(30):
        found = world.run(9 * SECOND)
    assert (found.outcome, found.is_by_hand) == (DeliveryOutcome.UNKNOWN, True)
    assert_known_to_run(world)


def test_a_send_that_is_cancelled_after_all_its_messages_went_out_was_too_late(
    world: World,
) -> None:
    world.abort()
    world.platform.sent = 7_000
    assert world.run().outcome is DeliveryOutcome.TOO_LATE
    receipt = world.receipt()
    assert (receipt.confirmation, receipt.gone) == (Confirmation.CONTRADICTED, 7_000)


def test_a_send_whose_last_messages_went_out_after_the_stop_was_too_late(world: World) -> None:
    world.abort()
    world.platform.sent = 6_900
    assert world.run().outcome is DeliveryOutcome.STOPPED
    world.platform.sent = 7_000
    assert world.run(2 * SECOND).outcome is DeliveryOutcome.TOO_LATE
    assert world.receipt().confirmation is Confirmation.CONTRADICTED


def test_a_platform_that_demands_a_day_is_left_to_a_person_in_time(world: World) -> None:
    world.platform.stops = False
    world.abort()
    world.run()
    world.platform.unread.append(down(retry_after=86_400))
    world.run(SECOND)
    world.run(119 * SECOND)
    assert world.run(SECOND).is_by_hand


def test_deliveries_that_wait_do_not_hold_up_others(world: World) -> None:
    world.abort()
    world.platform.next.append(down(retry_after=60))
    assert world.run().step is DeliveryStep.FAILED
    assert world.store.due_deliveries(NOW, 1) == []
    assert len(world.store.due_deliveries(NOW + 61 * SECOND, 1)) == 1


def test_a_stop_that_the_end_of_the_send_overwrites_was_too_late(world: World) -> None:
    world.abort()
    assert world.run().outcome is DeliveryOutcome.STOPPED
    world.platform.state, world.platform.sent = State.SENT_DONE, 7_000
    found = world.run(2 * SECOND)
    assert (found.step, found.outcome) == (DeliveryStep.REFUSED, DeliveryOutcome.TOO_LATE)
    assert world.receipt().confirmation is Confirmation.CONTRADICTED
    assert world.store.check_audit_log().is_sound


def test_a_send_that_a_person_schedules_again_is_not_requested_again(world: World) -> None:
    world.abort()
    world.run()
    world.platform.state = State.SCHEDULED
    found = world.run(2 * SECOND)
    assert found.ended_at is not None
    assert not found.is_by_hand
    assert len(world.platform.requests) == 1


def test_a_final_number_that_is_changed_in_the_tables_is_found(world: World) -> None:
    world.abort()
    world.run()
    world.run(2 * SECOND)
    with world.store._engine.transaction() as tx:
        tx.change("UPDATE receipt_news SET gone = 1 WHERE kind = 'settled'")
    assert not world.store.check_audit_log().is_sound


def test_an_accepted_abort_is_open_until_the_platform_shows_it(world: World) -> None:
    world.abort()
    world.platform.stops = False
    found = world.run()
    assert (found.step, found.outcome) == (DeliveryStep.ACCEPTED, DeliveryOutcome.UNDER_WAY)
    assert world.receipt().confirmation is Confirmation.OPEN
    world.platform.state = State.CANCELLED
    assert world.run(5 * SECOND).step is DeliveryStep.VERIFIED
    assert len(world.platform.requests) == 1


@pytest.mark.slow
def test_an_abort_that_the_platform_never_shows_needs_a_person(world: World) -> None:
    world.abort()
    world.platform.stops = False
    for _ in range(100):
        found = world.run(5 * SECOND)
    assert found.outcome is DeliveryOutcome.UNKNOWN
    assert (found.is_by_hand, len(world.platform.requests)) == (True, 1)
    assert world.receipt().confirmation is Confirmation.OPEN


@pytest.mark.parametrize("is_by_hand", [True, False])
def test_a_send_that_finished_is_too_late_and_contradicts_the_abort(
    world: World, is_by_hand: bool
) -> None:
    world.abort()
    if is_by_hand:
        world.platform.next.append(AnswerKind.TOO_LATE)
    world.platform.stops = False
    world.platform.state, world.platform.sent = State.SENT_DONE, 7_000
    found = world.run()
    assert found.outcome is DeliveryOutcome.TOO_LATE
    receipt = world.receipt()
    assert (receipt.confirmation, receipt.gone) == (Confirmation.CONTRADICTED, 7_000)
    found_send = world.store.configuration(ID)
    assert found_send is not None
    assert was_contradicted(found_send, icomm.PLATFORM)
    assert world.store.check_audit_log().is_sound


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        (AnswerKind.NOT_FOUND, DeliveryStep.MISSING),
        (AnswerKind.NOT_ALLOWED, DeliveryStep.REFUSED),
    ],
)
def test_a_refusal_without_a_stop_needs_a_person(
    world: World, kind: AnswerKind, step: DeliveryStep
) -> None:
    world.abort()
    world.platform.next.append(kind)
    found = world.run()
    assert (found.step, found.answer, found.outcome) == (step, kind.value, DeliveryOutcome.UNKNOWN)
    assert found.message == "as the platform says"
    assert world.receipt().confirmation is Confirmation.OPEN


@pytest.mark.parametrize("is_accepted", [False, True])
def test_a_send_that_the_platform_does_not_have_is_a_concern_and_not_to_be_aborted_there(
    world: World, is_accepted: bool
) -> None:
    receipt = world.abort()
    if is_accepted:
        world.platform.stops = False
        world.run()
        world.platform.is_known = False
    else:
        world.platform.next.append(AnswerKind.NOT_FOUND)
    found = world.run(SECOND)
    assert (found.step, found.outcome) == (DeliveryStep.MISSING, DeliveryOutcome.UNKNOWN)
    cache = SharedCache(lambda: world.store.revision)
    concerns = Concerns(world.store, world.clock, timedelta(hours=1), cache, lambda: False)
    assert [(each.concern, each.receipt.id) for each in concerns.open(9)] == [
        (Concern.OVERDUE, receipt.id)
    ]
    assert (concerns.count(), concerns.count_to_abort()) == (1, 0)


def test_a_send_that_was_stopped_there_already_is_verified_by_reading(world: World) -> None:
    world.abort()
    world.platform.next.append(AnswerKind.ALREADY_STOPPED)
    world.platform.state = State.CANCELLED
    assert world.run().outcome is DeliveryOutcome.STOPPED
    assert "refused" in world.log()


def test_a_send_that_finishes_after_its_abort_was_accepted_keeps_the_answer(world: World) -> None:
    world.abort()
    world.platform.stops = False
    assert world.run().step is DeliveryStep.ACCEPTED
    world.platform.state, world.platform.sent = State.SENT_DONE, 7_000
    found = world.run(SECOND)
    assert (found.outcome, found.answer) == (DeliveryOutcome.TOO_LATE, AnswerKind.ACCEPTED.value)


def test_a_delivery_has_the_time_of_its_last_try(world: World) -> None:
    world.abort()
    world.platform.next.append(down())
    assert world.run().requested_at == NOW
    world.platform.unread.append(down())
    found = world.run(2 * SECOND)
    assert (found.tries, found.requested_at) == (2, NOW + 2 * SECOND)


def test_a_send_that_is_deleted_after_its_stop_has_unknown_numbers(world: World) -> None:
    world.abort()
    world.run()
    world.platform.is_known = False
    found = world.run(2 * SECOND)
    assert found.lacks_final_numbers
    assert found.message == NOT_FOUND


def test_after_a_lost_answer_the_send_is_read_before_the_request_is_repeated(
    world: World,
) -> None:
    world.abort()
    world.platform.next.append(lost())
    found = world.run()
    assert (found.step, found.message) == (DeliveryStep.FAILED, LOST)
    assert found.next_at is not None
    assert world.run(2 * SECOND).step is DeliveryStep.VERIFIED
    assert len(world.platform.requests) == 1


def test_a_lost_answer_is_read_even_after_the_store_was_away_for_long(world: World) -> None:
    world.abort()
    world.platform.next.append(lost())
    world.run()
    assert world.run(timedelta(minutes=3)).outcome is DeliveryOutcome.STOPPED
    assert len(world.platform.requests) == 1


def test_a_request_that_did_not_arrive_is_repeated_with_the_same_key(world: World) -> None:
    receipt = world.abort()
    world.platform.next.extend([down(), down()])
    world.run()
    assert world.run().tries == 1  # not before the wait is over
    world.run(2 * SECOND)
    assert world.run(5 * SECOND).step is DeliveryStep.VERIFIED
    assert world.platform.requests == [receipt.id] * 3


def test_a_host_is_not_stored_with_a_failure(world: World) -> None:
    world.abort()
    host = AdminText("mail.internal")
    world.platform.next.append(ConnectorError("cannot connect ({reason})", "", reason=host))
    assert json.loads(world.run().details) == {"reason": "the log has the reason"}


def test_a_platform_that_asks_for_a_wait_gets_it(world: World) -> None:
    world.abort()
    world.platform.next.append(down(retry_after=30.0))
    assert world.run().next_at == NOW + 30 * SECOND
    assert world.run(29 * SECOND).tries == 1
    assert world.run(SECOND).step is DeliveryStep.VERIFIED


def test_a_platform_that_answers_again_gets_the_next_try_at_once(world: World) -> None:
    world.abort()
    world.platform.next.extend(down() for _ in range(5))
    while world.delivery().tries < 5:
        world.run(5 * SECOND)
    assert not world.delivery().is_due(world.clock.now)
    world.worker.retry_now("another")
    assert world.run().tries == 5
    world.worker.retry_now("made")
    assert world.worker.waiting.is_set()
    assert world.run().step is DeliveryStep.VERIFIED


def test_a_wait_that_a_platform_asked_for_stays_when_it_answers_again(world: World) -> None:
    world.abort()
    world.platform.next.append(down(retry_after=30.0))
    world.run()
    world.worker.retry_now("made")
    assert world.run(SECOND).tries == 1


@pytest.mark.slow
def test_without_an_answer_for_two_minutes_a_person_has_to_do_it(world: World) -> None:
    world.abort()
    world.platform.next.extend(down() for _ in range(100))
    world.platform.unread.extend(down() for _ in range(100))
    for _ in range(100):
        found = world.run(5 * SECOND)
    assert (found.step, found.is_by_hand) == (DeliveryStep.FAILED, True)
    assert found.ended_at is not None
    assert found.ended_at <= NOW + timedelta(minutes=2, seconds=30)
    assert world.receipt().confirmation is Confirmation.OPEN
    before = len(world.platform.requests)
    world.run(timedelta(hours=1))
    assert len(world.platform.requests) == before


def test_the_reason_of_the_last_failure_is_known_when_the_time_is_over(world: World) -> None:
    world.abort()
    world.platform.next.append(ConnectorError("{platform} is full", "", platform="made"))
    world.run()
    found = world.run(timedelta(minutes=2, seconds=1))
    assert found.is_by_hand
    assert (found.message, found.details) == ("{platform} is full", '{"platform": "made"}')
    (body,) = world.store._engine.rows("SELECT body FROM ledger ORDER BY number DESC LIMIT 1")[0]
    assert json.loads(body)["facts"] == {"message": "made is full"}
    assert len(world.platform.requests) == 1


@pytest.mark.parametrize("is_read", [True, False])
def test_an_accepted_abort_that_cannot_be_verified_says_whether_the_send_was_read(
    world: World, is_read: bool
) -> None:
    world.abort()
    world.platform.stops = False
    if not is_read:
        world.platform.unread.extend(down() for _ in range(99))
    for _ in range(30):
        found = world.run(5 * SECOND)
    assert (found.answer, found.is_by_hand) == (AnswerKind.ACCEPTED.value, True)
    assert found.message == (NOT_STOPPED if is_read else "the platform is down")


def test_a_send_that_finished_before_the_retry_is_not_requested_again(world: World) -> None:
    world.abort()
    world.platform.next.append(down())
    world.run()
    world.platform.state, world.platform.sent = State.SENT_DONE, 7_000
    assert world.run(2 * SECOND).outcome is DeliveryOutcome.TOO_LATE
    assert len(world.platform.requests) == 1


def test_a_send_that_the_platform_forgot_needs_a_person(world: World) -> None:
    world.abort()
    world.platform.is_known = False
    assert world.run().outcome is DeliveryOutcome.UNKNOWN


@pytest.mark.slow
def test_an_unexpected_error_gets_the_wait_and_the_end_of_a_failed_request(world: World) -> None:
    world.abort()
    world.platform.next.extend(ValueError("a mistake in the connector") for _ in range(999))
    world.platform.stops = False
    for _ in range(250):
        found = world.run(timedelta(seconds=0.5))
    assert len(world.platform.requests) < 40
    assert (found.step, found.is_by_hand, found.message) == (DeliveryStep.FAILED, True, UNEXPECTED)
    assert found.ended_at is not None
    assert found.ended_at <= NOW + timedelta(minutes=2, seconds=30)
    assert world.log()[-1] == "failed"


@pytest.mark.slow
def test_an_unexpected_error_in_a_reading_gets_the_end_of_a_failed_reading(world: World) -> None:
    world.abort()
    world.platform.unread.extend(ValueError("a mistake in the connector") for _ in range(999))
    for _ in range(150):
        found = world.run(SECOND)
    assert 999 - len(world.platform.unread) < 30
    assert (found.step, found.is_by_hand) == (DeliveryStep.ACCEPTED, True)


@pytest.mark.slow
def test_an_answer_that_cannot_be_written_is_not_requested_again_without_wait_and_end(
    world: World,
) -> None:
    """The error cannot be written either."""
    world.abort()
    world.platform.stops = False
    move = world.store.move_delivery

    def moving(before: Delivery, after: Delivery, *args: Any, **kwargs: Any) -> Delivery | None:
        is_request = after.step is DeliveryStep.REQUESTED
        if before.step is DeliveryStep.REQUESTED and not is_request:
            raise ValueError("this row cannot be written")
        return move(before, after, *args, **kwargs)

    world.store.move_delivery = moving
    for _ in range(150):
        found = world.run(SECOND)
    assert len(world.platform.requests) < 40
    assert (found.is_by_hand, found.message) == (True, NOT_ANSWERED)


@pytest.mark.parametrize("at", range(4))
def test_a_busy_database_is_no_failure_of_a_delivery(world: World, at: int) -> None:
    world.abort()
    places, move = itertools.count(), world.store.move_delivery

    def moving(*args: Any, **kwargs: Any) -> Delivery | None:
        if next(places) == at:
            raise StoreBusyError("The database is busy.", "")
        return move(*args, **kwargs)

    world.store.move_delivery = moving
    for _ in range(4):
        found = world.run(2 * SECOND)
    assert found.step is DeliveryStep.SETTLED
    assert "failed" not in world.log()
    assert len(world.platform.requests) == 1


def test_a_stop_whose_final_numbers_cannot_be_read_says_that_they_are_unknown(
    world: World,
) -> None:
    world.abort()
    world.platform.sent = 300
    assert not world.run().lacks_final_numbers
    world.platform.unread += [down() for _ in range(999)]
    for _ in range(30):
        found = world.run(9 * SECOND)
    assert found.ended_at is not None
    assert found.outcome is DeliveryOutcome.STOPPED
    assert found.lacks_final_numbers


def test_a_stop_at_rest_has_its_final_numbers(world: World) -> None:
    world.abort()
    world.run()
    assert not world.run(2 * SECOND).lacks_final_numbers


def test_a_clock_that_is_set_back_delays_no_delivery(world: World) -> None:
    world.abort()
    world.platform.next.append(down())
    world.run()
    world.clock.now -= timedelta(hours=1)
    assert world.run(SECOND).outcome is DeliveryOutcome.STOPPED
    world.clock.now -= timedelta(hours=1)
    world.run(2 * SECOND)
    assert world.run(2 * SECOND).step is DeliveryStep.SETTLED


def test_a_clock_that_is_set_forward_does_not_shorten_the_time_at_rest(world: World) -> None:
    world.abort()
    world.platform.sent = 300
    world.run()
    world.clock.now += timedelta(hours=1)
    assert world.run().step is DeliveryStep.VERIFIED
    world.platform.sent = 305
    world.clock.now += timedelta(hours=1)
    assert world.run(2 * SECOND).step is DeliveryStep.VERIFIED
    found = world.run(2 * SECOND)
    assert (found.step, found.sent) == (DeliveryStep.SETTLED, 305)


def test_a_clock_that_is_set_back_does_not_prolong_the_requests(world: World) -> None:
    world.abort()
    world.platform.next.extend(down() for _ in range(999))
    world.platform.unread.extend(down() for _ in range(999))
    world.run()
    world.clock.now -= timedelta(hours=1)
    for _ in range(40):
        found = world.run(5 * SECOND)
    assert found.is_by_hand


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_click_on_a_computer_with_another_clock_is_delivered_with_its_retries(
    world: World, hours: int
) -> None:
    world.clock.wait(timedelta(minutes=10))
    world.clock.now += timedelta(hours=hours)
    world.abort()
    world.clock.now -= timedelta(hours=hours)
    world.platform.next.append(down())
    assert world.run().outcome is DeliveryOutcome.UNDER_WAY
    assert world.run(SECOND).outcome is DeliveryOutcome.STOPPED


def test_a_platform_that_cannot_be_read_leaves_the_abort_open(world: World) -> None:
    world.abort()
    world.platform.reads = False
    found = world.run()
    assert (found.step, found.outcome) == (DeliveryStep.ACCEPTED, DeliveryOutcome.ACCEPTED)
    assert not found.is_by_hand
    assert world.receipt().confirmation is Confirmation.OPEN


@pytest.mark.parametrize("at", range(8))
def test_a_worker_that_is_killed_between_two_steps_loses_nothing_and_repeats_nothing(
    world: World, at: int
) -> None:
    """The process ends before or after a write, or during a request or a reading."""
    world.abort()
    places = itertools.count()

    def reached() -> None:
        if next(places) == at:
            raise Killed

    move, request, get = world.store.move_delivery, world.platform.abort, world.platform.get

    def moving(*args: object, **kwargs: object) -> Delivery | None:
        reached()
        done = move(*args, **kwargs)
        reached()
        return done

    def requesting(*args: str) -> Answer:
        done = request(*args)
        reached()
        return done

    def reading(*args: str) -> Reading | None:
        done = get(*args)
        reached()
        return done

    world.store.move_delivery = moving
    world.platform.abort, world.platform.get = requesting, reading
    with pytest.raises(Killed):
        world.run()
    accepted = [kind for kind in world.log() if kind == "accepted"]
    before = len(world.platform.requests)
    world.store.move_delivery = move
    world.platform.abort, world.platform.get = request, get
    world.restart()
    assert world.run(SECOND).outcome is DeliveryOutcome.STOPPED
    world.run(3 * SECOND)  # the new process reads the number again
    assert world.run(3 * SECOND).step is DeliveryStep.SETTLED
    # A request with an unknown result is repeated only if the platform does not show its effect.
    assert len(world.platform.requests) == max(1, before)
    assert not accepted or len(world.platform.requests) == before
    assert world.receipt().confirmation is Confirmation.CONFIRMED
    assert world.store.check_audit_log().is_sound


def leave_pending(world: World, *, is_requested: bool) -> None:
    """Abort a send. With `is_requested`, the worker is killed during its request, which is lost."""
    world.abort()
    if is_requested:
        world.platform.next.append(Killed())
        world.platform.stops = False
        with pytest.raises(Killed):
            world.run()
        world.platform.stops = True


@pytest.mark.parametrize("is_requested", [False, True])
def test_after_a_restart_a_pending_request_is_made_unless_its_send_has_finished(
    world: World, is_requested: bool
) -> None:
    leave_pending(world, is_requested=is_requested)
    before = list(world.platform.requests)
    world.restart()
    world.platform.unread.append(down())
    assert world.run(timedelta(minutes=1)).outcome is DeliveryOutcome.UNDER_WAY
    assert world.platform.requests == before, "it is not requested before its send could be read"
    world.restart()
    world.platform.state, world.platform.sent = State.SENT_DONE, 7_000
    assert world.run(2 * SECOND).outcome is DeliveryOutcome.TOO_LATE
    assert world.platform.requests == before


@pytest.mark.parametrize("is_requested", [False, True])
def test_after_a_restart_a_pending_request_is_made_if_its_send_goes_on(
    world: World, is_requested: bool
) -> None:
    leave_pending(world, is_requested=is_requested)
    world.restart()
    before = len(world.platform.requests)
    assert world.run(timedelta(minutes=1)).outcome is DeliveryOutcome.STOPPED
    assert len(world.platform.requests) == before + 1


def test_after_a_restart_an_accepted_request_is_never_repeated(world: World) -> None:
    world.abort()
    world.platform.stops = False
    assert world.run().step is DeliveryStep.ACCEPTED
    for _ in range(30):
        world.restart()
        world.run(9 * SECOND)
    assert len(world.platform.requests) == 1


def test_an_abort_that_was_not_delivered_is_in_the_checklist_with_an_alert(world: World) -> None:
    def concerns() -> Concerns:
        cache = SharedCache(lambda: world.store.revision)
        overdue = timedelta(minutes=30)
        return Concerns(world.store, world.clock, overdue, cache, lambda: False)

    def alerts() -> list[AlertKind]:
        receipts = world.store.concerns(world.clock.now - timedelta(minutes=30), 9)
        deliveries = world.store.deliveries([receipt.id for receipt in receipts])
        left = {id for id, each in deliveries.items() if each.is_by_hand}
        return [alert.kind for alert in of_receipts(receipts, left)]

    receipt = world.abort()
    assert (concerns().open(9), concerns().count_to_abort(), alerts()) == ([], 0, [])
    world.platform.next.append(AnswerKind.NOT_ALLOWED)
    world.run()
    (one,) = concerns().open(9)
    assert (one.concern, one.receipt.id) == (Concern.TO_ABORT, receipt.id)
    assert one.delivery is not None
    assert one.delivery.message == "as the platform says"
    assert concerns().count_to_abort() == 1
    assert alerts() == [AlertKind.NOT_DELIVERED]
    concerns().aborted_there(receipt.id, ME)
    assert (concerns().open(9), concerns().count_to_abort(), alerts()) == ([], 0, [])
    world.clock.now += timedelta(hours=1)
    assert [one.concern for one in concerns().open(9)] == [Concern.OVERDUE]


def test_a_dashboard_without_a_connection_leaves_a_delivery_to_the_one_that_has_it(
    world: World,
) -> None:
    connected = world.worker
    other = replace(connected, platforms={})
    receipt = world.abort()
    other.run_pending()
    world.clock.wait(timedelta(minutes=1))
    other.run_pending()
    assert world.delivery().step is DeliveryStep.WAITING
    assert world.run().outcome is DeliveryOutcome.STOPPED
    assert world.platform.requests == [receipt.id]


def test_a_delivery_that_no_dashboard_is_connected_for_needs_a_person(world: World) -> None:
    world.worker = replace(world.worker, platforms={})
    world.abort()
    assert world.run().ended_at is None
    found = world.run(timedelta(minutes=2))
    assert (found.is_by_hand, found.message) == (True, NOT_CONNECTED)


def test_a_dashboard_takes_only_the_lease_of_a_platform_that_it_is_connected_to(
    world: World,
) -> None:
    def lease() -> Lease:
        return Lease(world.store, "deliveries made", lambda: world.clock.seconds)

    first = replace(world.worker, leases={"made": lease()})
    second = replace(world.worker, leases={"made": lease()})
    without = replace(world.worker, platforms={})
    world.abort()
    without.run_pending()
    first.run_pending()
    assert world.delivery().outcome is DeliveryOutcome.STOPPED
    world.clock.wait(2 * SECOND)
    second.run_pending()
    assert world.delivery().version == 4
    first.stop()
    for _ in range(2):
        second.run_pending()
        world.clock.wait(2 * SECOND)
    assert world.delivery().step is DeliveryStep.SETTLED


def test_a_dashboard_without_a_connection_leaves_a_delivery_that_waits_for_its_turn(
    world: World,
) -> None:
    """The connected dashboard holds the lease, and has many aborts for a slow platform."""
    without = replace(world.worker, platforms={})
    lease = Lease(world.store, lease_name("made"), lambda: world.clock.seconds, life=3_600)
    assert lease.is_held()
    world.abort()
    for _ in range(6):
        without.run_pending()
        world.clock.wait(timedelta(minutes=1))
    assert world.delivery().step is DeliveryStep.WAITING
    lease.give_up()
    for _ in range(3):
        without.run_pending()
        world.clock.wait(timedelta(minutes=1))
    assert world.delivery().message == NOT_CONNECTED


def test_two_workers_request_an_abort_once(world: World) -> None:
    world.abort()
    (found,) = world.store.due_deliveries(LATER, 9)
    other = worker_of(world.store, world.clock, world.platform)
    world.run()
    other._work(found)
    assert len(world.platform.requests) == 1


def test_each_send_of_a_bulk_abort_is_delivered(store: SqlStore) -> None:
    clock = Clock()
    load(store, *[send(id) for id in "abc"])
    service = AbortService(store, clock, lambda: False, clock, deliver_to=lambda: "made")
    bulk = bulk_aborts(store, aborts=service)
    ids = [send(id).id for id in "abc"]
    batch = bulk.start(ids, ME)
    bulk.run_pending()
    assert set(store.last_deliveries(ids)) == set(ids)
    assert service.to_deliver.is_set()
    load(store, send("a", State.CANCELLED))
    found = bulk.progress(batch, ME)
    assert found.counts[BulkOutcome.STOPPED] == 1
    assert found.totals == BulkTotals(unknown=21_000), "no number is final yet"


def answering() -> threading.Event:
    made = threading.Event()
    made.set()
    return made


@dataclass
class Slow:
    """A platform that takes `seconds` for each request.

    While `answers` is not set, the platform answers no request. `next` has, for each send, the error
    of its next request.
    """

    seconds: float
    answers: threading.Event = field(default_factory=answering)
    reads: bool = True
    next: dict[str, ConnectorError] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)

    def list(self, *, live: bool) -> Iterator[Mapping[str, object]]:
        raise NotImplementedError

    def abort(self, send_id: str, key: str) -> Answer:  # noqa: ARG002
        self.requests.append(send_id)
        self._wait()
        if send_id in self.next:
            raise self.next.pop(send_id)
        self.stopped.add(send_id)
        return Answer(AnswerKind.ACCEPTED)

    def _wait(self) -> None:
        time.sleep(self.seconds)
        assert self.answers.wait(60)

    def get(self, send_id: str) -> Reading | None:
        self._wait()
        state = State.CANCELLED if send_id in self.stopped else State.SCHEDULED
        return Reading(send_id, state, state.value, 7_000, 0, datetime.now(UTC))

    def close(self) -> None: ...


def real_time() -> datetime:
    return datetime.now(UTC)


def working(
    store: SqlStore, platform: Slow, clock: Callable[[], datetime] = real_time
) -> DeliveryWorker:
    """Return a worker with its own threads."""
    to = {"made": Connected(platform, lambda _before, now: now is State.CANCELLED)}
    return DeliveryWorker(store, to, clock)


def abort_all(store: SqlStore, ids: Sequence[str]) -> None:
    service = AbortService(
        store, lambda: datetime.now(UTC), lambda: False, lambda: NOW, deliver_to=lambda: "made"
    )
    bulk = bulk_aborts(store, aborts=service)
    bulk.start([ConfigurationId(id) for id in ids], ME)
    bulk.run_pending()


def run_until(worker: DeliveryWorker, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        worker.run_pending()
        worker.waiting.wait(0.05)
        worker.waiting.clear()


@pytest.mark.long
def test_many_new_aborts_do_not_delay_the_retry_of_one(store: SqlStore) -> None:
    ids = [f"s{n:02}" for n in range(60)]
    load(store, *map(send, ids))
    platform = Slow(0.1)
    abort_all(store, ids)
    first = store.due_deliveries(LATER, 999)[0]
    platform.next[first.configuration_id] = down()
    worker = working(store, platform)
    try:
        run_until(worker, lambda: len(platform.requests) >= 45)
    finally:
        worker.stop()
    assert platform.requests.count(first.configuration_id) == 2


@pytest.mark.long
def test_slow_answers_to_some_aborts_do_not_delay_a_new_one(store: SqlStore) -> None:
    ids = [f"s{n:02}" for n in range(20)]
    load(store, *map(send, [*ids, "new"]))
    platform = Slow(0.0, next={id: down() for id in ids})
    abort_all(store, ids)
    clock = Clock()
    clock.now = real_time()
    worker = working(store, platform, clock)
    try:
        run_until(worker, lambda: not platform.next)
        platform.answers.clear()
        clock.wait(2 * SECOND)  # all are due again
        run_until(worker, lambda: len(worker._busy) == SHARE)
        abort_all(store, ["new"])
        clock.now = real_time()
        run_until(worker, lambda: "new" in platform.requests)
    finally:
        platform.answers.set()
        worker.stop()


def test_demo_data_with_delivered_aborts_may_be_dropped(store: SqlStore) -> None:
    load(store, send("s1"))
    store.set_fact("origin", "demo")
    service = AbortService(
        store, lambda: NOW, lambda: True, lambda: NOW, deliver_to=lambda: "simulated"
    )
    service.abort(ID, ME)
    assert store.drop_demo()
    assert store.due_deliveries(LATER, 9) == []
    assert store.check_audit_log().is_sound


def test_the_simulated_platform_answers_as_its_behaviour_says(store: SqlStore) -> None:
    load(store, send("s1"))
    simulated = BehavingConnector(store, lambda: NOW, behaviour=Behaviour(lost=1))
    with pytest.raises(ConnectorError) as raised:
        simulated.abort("s1", "key")
    assert raised.value.may_have_arrived
    assert simulated.abort("s1", "key").kind is AnswerKind.ALREADY_STOPPED
    assert simulated.abort("s2", "key").kind is AnswerKind.NOT_FOUND
    assert simulated.get("s2") is None
    simulated.behaviour.goes_on = True
    simulated.abort("s1", "key")
    readings = [simulated.get("s1"), simulated.get("s1")]
    assert [each and each.state for each in readings] == [State.SCHEDULED, State.IN_PROGRESS]
    simulated.behaviour.goes_on = False
    simulated.behaviour.refusal = AnswerKind.TOO_LATE
    assert simulated.abort("s1", "key").kind is AnswerKind.TOO_LATE
    found = simulated.get("s1")
    assert found is not None
    assert found.state is State.SENT_DONE
    simulated.behaviour.is_away = True
    with pytest.raises(ConnectorError):
        simulated.get("s1")


def busy(retry_after: float | None = None) -> ConnectorError:
    return ConnectorError(TOO_MANY, "", retry_after=retry_after, platform="made")


@dataclass
class Many:
    """A store with several aborted sends, and the worker that delivers their aborts one by one."""

    store: SqlStore
    clock: Clock
    platform: Slow
    worker: DeliveryWorker

    def run(self, after: timedelta = timedelta(0)) -> Mapping[str, Delivery]:
        self.clock.wait(after)
        self.worker.run_pending()
        found = self.store.due_deliveries(self.clock.now + timedelta(days=1), 99)
        return {each.configuration_id: each for each in found}


@pytest.fixture
def many(store: SqlStore) -> Many:
    load(store, *map(send, "abc"))
    abort_all(store, "abc")
    clock, platform = Clock(), Slow(0.0)
    clock.now = real_time()
    worker = replace(
        working(store, platform, clock),
        submit=lambda work, delivery: work(delivery),
        monotonic=lambda: clock.seconds,
    )
    return Many(store, clock, platform, worker)


def test_a_wait_that_a_platform_demands_holds_all_other_requests_to_it(many: Many) -> None:
    platform = many.platform
    platform.next = {id: busy(30) for id in "abc"}
    waiting = many.run()
    (asked,) = platform.requests
    assert sorted(waiting) == ["a", "b", "c"]
    for id, found in waiting.items():
        assert found.next_at == many.clock.now + 30 * SECOND
        assert (found.tries, found.message) == (1 if id == asked else 0, TOO_MANY)
        step = DeliveryStep.FAILED if id == asked else DeliveryStep.WAITING
        assert found.step is step
    entries = many.store._engine.rows(
        "SELECT kind FROM ledger WHERE kind <> 'receipt' ORDER BY number"
    )
    assert [kind for (kind,) in entries] == ["requested", "failed"], "nothing else was requested"
    many.worker.retry_now("made")
    many.run(29 * SECOND)
    assert platform.requests == [asked]
    platform.next.clear()
    many.run(SECOND)
    assert sorted(platform.requests) == sorted(["a", "b", "c", asked])
    assert many.store.check_audit_log().is_sound


def test_a_wait_that_a_platform_demands_of_one_reading_holds_the_next_request(many: Many) -> None:
    platform, get = many.platform, many.platform.get
    platform.get = lambda _id: (_ for _ in ()).throw(busy(30))  # type: ignore[method-assign]
    many.run()
    assert len(platform.requests) == 1
    many.run(29 * SECOND)
    assert len(platform.requests) == 1
    platform.get = get  # type: ignore[method-assign]
    many.run(SECOND)
    assert sorted(platform.requests) == ["a", "b", "c"]


def test_a_platform_that_is_busy_without_a_time_is_asked_again_after_a_second(many: Many) -> None:
    platform = many.platform
    platform.next = {id: busy() for id in "abc"}
    waiting = many.run()
    assert len(platform.requests) == 1
    for found in waiting.values():
        assert found.next_at is not None
        assert found.next_at <= many.clock.now + SECOND
    platform.next.clear()
    many.run(SECOND)
    assert len(platform.requests) == 4


def test_aborts_that_a_platform_would_accept_only_after_their_time_need_a_person_at_once(
    many: Many,
) -> None:
    many.platform.next = {id: busy(121) for id in "abc"}
    assert many.run() == {}
    found = many.store.last_deliveries([ConfigurationId(id) for id in "abc"])
    assert {each.is_by_hand for each in found.values()} == {True}
    assert {each.message for each in found.values()} == {TOO_MANY}
    assert len(many.platform.requests) == 1


def test_pauses_without_a_demanded_time_grow_up_to_a_bound_until_the_platform_answers() -> None:
    pause, now, lengths = RequestPause(), NOW, []
    for _ in range(9):
        pause.failed(busy(), now)
        lengths.append(pause.left(now).total_seconds())
        pause.failed(busy(), now)
        assert pause.left(now).total_seconds() == lengths[-1], "requests of the same moment"
        now += pause.left(now)
        assert not pause.left(now)
    assert lengths[0] <= 1.0 < lengths[1] < lengths[2] < max(lengths) <= 5.0
    pause.ask(lambda: now, lambda: None)
    pause.failed(busy(0), now)
    assert timedelta(0) < pause.left(now) <= SECOND


def test_a_pause_has_a_bound_and_ends_if_the_clock_is_set_back() -> None:
    pause = RequestPause()
    pause.failed(down(), NOW)
    assert not pause.left(NOW), "another error demands no pause"
    pause.failed(busy(999_999_999), NOW)
    assert pause.left(NOW) == LONGEST_PAUSE
    assert not pause.left(NOW - SECOND)


def test_waits_grow_with_jitter_up_to_a_bound() -> None:
    """A person whose send goes out in seconds does not wait long for the next try."""
    waits = [wait_before_retry(tries).total_seconds() for tries in range(1, 12)]
    assert waits[0] <= 1.0
    assert waits[3] > waits[0]
    assert max(waits) <= 5.0
    assert wait_before_retry(1) != wait_before_retry(1)


def test_the_log_says_what_was_requested_and_read(world: World, engine: Engine) -> None:
    world.abort()
    world.platform.next.append(down())
    world.run()
    world.run(2 * SECOND)
    bodies = [json.loads(b) for (b,) in engine.rows("SELECT body FROM ledger ORDER BY number")]
    facts = {each["kind"]: each["facts"] for each in bodies}
    assert facts[EntryKind.FAILED]["message"] == "the platform is down"
    assert "next_at" in facts[EntryKind.FAILED]
    assert facts[EntryKind.REQUESTED] == {"platform": "made", "try": 2}
    assert facts[EntryKind.VERIFIED] == {"word": "CANCELLED", "total": 7_000, "sent": 0}


def bridged(world: World, result: BridgeResult, gone: int | None = None, second: int = 1) -> bool:
    service = BridgeAnswerService(world.store, world.clock)
    receipt = world.receipt().id
    at = NOW + second * SECOND
    return service.answer(BridgeAnswer(receipt, result, gone, "as the bridge says", "m1", at))


@pytest.fixture
def webhook(world: World) -> World:
    """Return a world whose platform has a webhook, which has accepted an abort."""
    world.platform.reads = False
    world.worker = replace(world.worker, platforms={"webhook": world.worker.platforms["made"]})
    world.abort("webhook")
    world.run()
    return world


def test_a_bridge_that_stopped_the_send_confirms_the_abort_once(webhook: World) -> None:
    assert bridged(webhook, BridgeResult.STOPPED, 2_000)
    assert bridged(webhook, BridgeResult.STOPPED, 2_000)
    receipt = webhook.receipt()
    assert (receipt.confirmation, receipt.gone, receipt.spared) == (
        Confirmation.CONFIRMED,
        2_000,
        5_000,
    )
    assert webhook.log() == ["receipt", "requested", "accepted", "verified", "confirmed", "settled"]
    assert webhook.delivery().outcome is DeliveryOutcome.STOPPED
    assert webhook.store.check_audit_log().is_sound


def test_without_an_answer_of_a_bridge_an_abort_stays_requested_until_a_file_confirms_it(
    webhook: World,
) -> None:
    webhook.run(timedelta(hours=2))
    found = webhook.delivery()
    assert (found.outcome, found.is_by_hand) == (DeliveryOutcome.ACCEPTED, False)
    assert webhook.receipt().confirmation is Confirmation.OPEN
    assert len(webhook.platform.requests) == 1
    merge(webhook.store, 9, send("s1", State.CANCELLED))
    assert webhook.receipt().confirmation is Confirmation.CONFIRMED


@pytest.mark.parametrize("lost", ["statements.delivery_of", "aborts.append"])
def test_an_abort_whose_delivery_cannot_be_stored_is_not_made(
    world: World, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """State, receipt and delivery are written together or not at all."""

    def failing(*_: object) -> None:
        raise ValueError("it cannot be written")

    monkeypatch.setattr(f"core.store.writes.{lost}", failing)
    with pytest.raises(ValueError, match="cannot be written"):
        world.abort()
    one = world.store.configuration(ID)
    assert one is not None
    assert one.state is State.SCHEDULED
    assert world.store.receipts_of(ID) == []
    assert world.store.last_deliveries([ID]) == {}


def test_a_bridge_that_stopped_the_send_after_its_last_message_was_too_late(webhook: World) -> None:
    assert bridged(webhook, BridgeResult.STOPPED, 7_000)
    entries = webhook.log()
    assert bridged(webhook, BridgeResult.STOPPED, 7_000)
    assert webhook.log() == entries
    assert webhook.delivery().outcome is DeliveryOutcome.TOO_LATE
    assert webhook.receipt().confirmation is Confirmation.CONTRADICTED


def test_a_bridge_whose_clock_is_ahead_does_not_hide_a_newer_file(webhook: World) -> None:
    assert bridged(webhook, BridgeResult.STOPPED, 0, second=240)
    merge(webhook.store, 1, send("s1"))
    assert webhook.receipt().confirmation is Confirmation.CONTRADICTED


def test_a_bridge_that_was_too_late_contradicts_the_abort(webhook: World) -> None:
    assert bridged(webhook, BridgeResult.TOO_LATE, 7_000)
    assert webhook.receipt().confirmation is Confirmation.CONTRADICTED
    assert webhook.delivery().outcome is DeliveryOutcome.TOO_LATE


def test_a_bridge_that_was_too_late_and_then_reports_a_stop_needs_a_person(
    webhook: World,
) -> None:
    """A contradiction stays until a person acknowledges it. The delivery must not remove it."""
    assert bridged(webhook, BridgeResult.TOO_LATE, 7_000)
    assert bridged(webhook, BridgeResult.STOPPED, 2_000, second=2)
    entries = webhook.log()
    assert bridged(webhook, BridgeResult.STOPPED, 2_000, second=2)
    assert webhook.log() == entries
    assert webhook.receipt().confirmation is Confirmation.CONTRADICTED
    found = webhook.delivery()
    assert (found.outcome, found.is_by_hand) == (DeliveryOutcome.UNKNOWN, True)
    one = webhook.store.configuration(ID)
    assert one is not None
    assert one.abort_confirmation is Confirmation.CONTRADICTED
    assert webhook.store.check_audit_log().is_sound


def test_a_kill_after_the_answer_of_a_bridge_was_written_loses_no_final_number(
    webhook: World,
) -> None:
    move = webhook.store.move_delivery

    def killed_after(*args: Any, **kwargs: Any) -> Delivery | None:
        move(*args, **kwargs)
        raise Killed

    webhook.store.move_delivery = killed_after
    with pytest.raises(Killed):
        bridged(webhook, BridgeResult.STOPPED, 2_000)
    webhook.store.move_delivery = move
    assert bridged(webhook, BridgeResult.STOPPED, 2_000)
    assert webhook.delivery().step is DeliveryStep.SETTLED
    assert (webhook.receipt().gone, webhook.receipt().spared) == (2_000, 5_000)


@pytest.mark.parametrize("result", [BridgeResult.NOT_FOUND, BridgeResult.FAILED])
def test_a_bridge_that_could_not_do_it_leaves_it_to_a_person(
    webhook: World, result: BridgeResult
) -> None:
    assert bridged(webhook, result)
    assert webhook.delivery().is_by_hand
    assert webhook.delivery().message == "as the bridge says"
    # A later answer counts, an earlier one does not.
    assert bridged(webhook, BridgeResult.STOPPED, 0, second=0)
    assert webhook.receipt().confirmation is Confirmation.OPEN
    assert bridged(webhook, BridgeResult.STOPPED, 0, second=2)
    assert webhook.receipt().confirmation is Confirmation.CONFIRMED


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        (BridgeResult.TOO_LATE, DeliveryOutcome.TOO_LATE),
        (BridgeResult.FAILED, DeliveryOutcome.UNKNOWN),
        (BridgeResult.NOT_FOUND, DeliveryOutcome.UNKNOWN),
    ],
)
def test_a_bridge_that_takes_back_that_the_send_stopped_contradicts_the_abort(
    webhook: World, later: BridgeResult, outcome: DeliveryOutcome
) -> None:
    assert bridged(webhook, BridgeResult.STOPPED, 2_000)
    assert bridged(webhook, later, second=2)
    assert webhook.delivery().outcome is outcome
    receipt = webhook.receipt()
    assert (receipt.confirmation, receipt.spared) == (Confirmation.CONTRADICTED, None)
    assert webhook.store.check_audit_log().is_sound


def test_an_answer_to_an_abort_that_no_bridge_got_is_refused(world: World) -> None:
    world.abort()
    assert not bridged(world, BridgeResult.STOPPED)
