"""Deliver accepted aborts to the platform, and read the sends to verify the stops.

The worker stores each step before it begins the next step. After a crash, another process continues
from the stored step. If the connector can read, the worker reads the send before a second request.
The platform may have got the first request.

A *reading* shows one send. A *list* is a poll or a loaded file with many sends.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Lock
from types import MappingProxyType
from typing import Any, Final

from core.domain.audit_log import EntryKind
from core.domain.delivery import (
    FRESH,
    LONGEST_WAIT,
    MAX_REQUESTING,
    MAX_VERIFYING,
    OVERWRITTEN,
    REST,
    UNDONE,
    AnswerKind,
    Delivery,
    DeliveryStep,
)
from core.domain.model import ConfigurationId, Confirmation, ReceiptId
from core.domain.states import GONE_OUT, STOPPED_HERE, State
from core.errors import N_, AdminText, ConnectorError, StoreAwayError, StoreBusyError
from core.infrastructure.lease import ALWAYS_HELD, Lease
from core.ports.connector import Answer, Connector, Reading
from core.ports.deliveries import DeliveryStore
from core.services.request_pause import RequestPause, wait_before_retry

log = logging.getLogger(__name__)

MAX_OPEN: Final = 1_000

#: The maximum number of deliveries in progress.
SLOTS: Final = 8
#: The maximum number of slots for one kind: first requests, or later steps.
SHARE: Final = 6

#: The wait between two readings of a send in the state CANCELLING.
SLOWLY: Final = timedelta(seconds=5)

#: After this many verified stops, Freio does not request the stop of a send again.
_MOST_STOPS: Final = 3
#: The key in `Delivery.details` for the wait demanded by the platform, in seconds.
RETRY_AFTER: Final = "retry_after"
_NOT_YET: Final = (DeliveryStep.WAITING, DeliveryStep.REQUESTED, DeliveryStep.FAILED)
#: The step after an answer. The default is REFUSED.
_STEPS: Final = {
    AnswerKind.ACCEPTED: DeliveryStep.ACCEPTED,
    AnswerKind.NOT_FOUND: DeliveryStep.MISSING,
}

NOT_CONNECTED: Final = N_("Freio has no connection to the platform of this abort any more.")
NOT_FOUND: Final = N_("The platform does not have this send.")
RUNS_AGAIN: Final = N_("The platform showed the send as stopped, and then started it.")
PAUSED_AGAIN: Final = N_(
    "The platform showed the send as stopped, and then as paused. A person can resume it there."
)
NOT_STOPPED: Final = N_("The platform accepted the abort, but does not show the send as stopped.")
NOT_ANSWERED: Final = N_("No answer of the platform was recorded within two minutes.")
UNEXPECTED: Final = N_("An unexpected error in Freio interrupted the delivery of this abort.")
_LOOK_AT_LOG: Final = N_("Freio tries again by itself. The log has the details.")


def lease_name(platform: str) -> str:
    """Return the name of the lease for deliveries to a platform."""
    return f"deliveries {platform}"


@dataclass(frozen=True, slots=True)
class Connected:
    """A platform that receives aborts.

    - `confirms` returns whether the stop is confirmed. Arguments: the state of the send at the
      abort, and the state now.
    - `rest`: if the number of sent messages does not change for this time, the send is at rest.
    - `can_restart` returns whether a person can schedule the send again. Argument: the state at the
      abort.
    """

    connector: Connector
    confirms: Callable[[State, State], bool]
    rest: timedelta = REST
    can_restart: Callable[[State], bool] = lambda _before: False
    pause: RequestPause = field(default_factory=RequestPause)


@dataclass(slots=True)
class DeliveryWorker:
    """Completes the deliveries. Skips a platform if another process has the lease.

    - `leases`: the lease of each platform; empty for a single process.
    - `on_verified` gets the seconds from an abort to the verified stop.
    - `submit` starts a function with an argument. Default: the worker's own threads.
    - `monotonic` measures all time limits, in seconds, because `clock` can be set back. After a
      restart, the time limits begin again.
    - `restarted` wakes the poll after a person has restarted a stopped send.
    """

    store: DeliveryStore
    platforms: Mapping[str, Connected]
    clock: Callable[[], datetime]
    leases: Mapping[str, Lease] = field(default_factory=dict)
    on_verified: Callable[[float], None] = lambda _seconds: None
    submit: Callable[[Callable[[Delivery], None], Delivery], object] | None = None
    monotonic: Callable[[], float] = time.monotonic
    waiting: Event = field(default_factory=Event)
    restarted: Event = field(default_factory=Event)
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(SLOTS, "delivery"), init=False
    )
    #: The deliveries in progress. The value is True during the first request.
    _busy: dict[ReceiptId, bool] = field(default_factory=dict, init=False)
    _has_more: bool = field(default=False, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)
    #: The phase of each open delivery, and the `monotonic` time at the start of the phase.
    _phases: dict[ReceiptId, tuple[str, float]] = field(default_factory=dict, init=False)
    #: The number of sent messages of each stopped send, and the `monotonic` time after the first
    #: reading with this number.
    _counts: dict[ReceiptId, tuple[int | None, float]] = field(default_factory=dict, init=False)

    def run_pending(self) -> None:
        """Take the next steps of all due deliveries. Raises StoreError."""
        held = [n for n in self.platforms if self.leases.get(n, ALWAYS_HELD).is_held()]
        if self.platforms and not held:
            return
        self._has_more = False
        submit = self.submit or self._threads.submit
        for delivery in self.store.due_deliveries(self.clock(), MAX_OPEN):
            if delivery.platform in held:
                if self._takes(delivery):
                    submit(self._work, delivery)
            elif delivery.platform not in self.platforms:
                self._leave(delivery)

    def retry_now(self, platform: str) -> None:
        """End all waits that follow a failure, except those demanded by the platform.

        Raises StoreError.
        """
        now = self.clock()
        for delivery in self.store.due_deliveries(now + LONGEST_WAIT, MAX_OPEN):
            has_failed = delivery.details and RETRY_AFTER not in json.loads(delivery.details)
            if delivery.platform == platform and has_failed and not delivery.is_due(now):
                self.store.move_delivery(delivery, replace(delivery, next_at=now), now)
        self.waiting.set()

    def _takes(self, delivery: Delivery) -> bool:
        """Take a slot. Return False if no slot is free or the delivery is already in progress."""
        is_first = delivery.step is DeliveryStep.WAITING
        with self._lock:
            if delivery.receipt_id in self._busy:
                return False
            alike = sum(each is is_first for each in self._busy.values())
            if alike >= SHARE or len(self._busy) >= SLOTS:
                self._has_more = True
                return False
            self._busy[delivery.receipt_id] = is_first
        return True

    def stop(self) -> None:
        """Wait for running requests, release the leases, and close the connectors."""
        self._threads.shutdown(cancel_futures=True)
        for platform in self.platforms.values():
            platform.connector.close()
        for lease in self.leases.values():
            lease.give_up()

    def _work(self, delivery: Delivery) -> None:
        try:
            self._advance(delivery)
        except (StoreAwayError, StoreBusyError) as waits:
            # The next call of `run_pending` continues from the last stored step.
            log.debug("a delivery waits: %s", waits)
        except Exception:
            log.exception("the delivery of %s failed", delivery.receipt_id)
            self._interrupted(delivery.receipt_id)
        finally:
            with self._lock:
                self._busy.pop(delivery.receipt_id, None)
            if self._has_more:
                self.waiting.set()

    def _interrupted(self, id: ReceiptId) -> None:
        """Treat an unexpected error like a lost answer."""
        error = ConnectorError(UNEXPECTED, _LOOK_AT_LOG, may_have_arrived=True)
        try:
            delivery = self.store.deliveries([id]).get(id)
            if delivery is None or delivery.ended_at is not None:
                return
            if delivery.step in _NOT_YET:
                is_counted = delivery.step is DeliveryStep.REQUESTED
                tries = delivery.tries if is_counted else delivery.tries + 1
                self._failed(replace(delivery, tries=tries), delivery, error)
            else:
                self._unread(delivery, error)
        except Exception:
            # `next_at` is unchanged, so the worker tries again.
            log.exception("the failure of the delivery of %s is not recorded", id)

    def _leave(self, delivery: Delivery) -> None:
        """End a delivery if the platform's lease was free for MAX_REQUESTING.

        No dashboard is then connected to the platform.
        """
        if self.store.is_leased(lease_name(delivery.platform)):
            self._phases.pop(delivery.receipt_id, None)
        elif self._passed(delivery, f"version {delivery.version}") >= MAX_REQUESTING:
            self._end(delivery, NOT_CONNECTED)

    def _passed(self, delivery: Delivery, phase: str = "") -> timedelta:
        """Return the time since this process first saw the current phase."""
        if not phase:
            phase = "requesting" if delivery.step in _NOT_YET else "verifying"
            phase = "settling" if delivery.step is DeliveryStep.VERIFIED else phase
        now = self.monotonic()
        known, since = self._phases.get(delivery.receipt_id, ("", now))
        if known != phase:
            since = now
            self._phases[delivery.receipt_id] = (phase, since)
        return timedelta(seconds=now - since)

    def _move(
        self,
        before: Delivery,
        after: Delivery,
        now: datetime,
        kind: EntryKind | None = None,
        facts: Mapping[str, object] = MappingProxyType({}),
        settles: Confirmation | None = None,
    ) -> Delivery | None:
        done = self.store.move_delivery(before, after, now, kind, facts, settles=settles)
        if done is None or done.ended_at is not None:
            self._phases.pop(before.receipt_id, None)
            self._counts.pop(before.receipt_id, None)
        return done

    def _advance(self, delivery: Delivery) -> None:
        platform = self.platforms[delivery.platform]
        self._passed(delivery)  # begins the time limit of a new phase
        if self._pauses(delivery, platform):
            return
        current: Delivery | None = delivery
        if delivery.step in _NOT_YET:
            current = self._request(delivery, platform)
        if current is None or current.ended_at is not None or current.step in _NOT_YET:
            return
        if not platform.connector.reads:
            self._end(current)
        elif not self._pauses(current, platform) and (
            current.step is not DeliveryStep.VERIFIED or current.is_due(self.clock())
        ):
            self._read(current, platform)

    def _pauses(self, delivery: Delivery, platform: Connected) -> bool:
        """Return True during the platform's pause, and plan the next step for the end of the pause.

        If a request would then be too late (MAX_REQUESTING), end the delivery instead.
        """
        now, error = self.clock(), platform.pause.error
        left = platform.pause.left(now)
        if not left or error is None:
            return False
        if delivery.step not in _NOT_YET:
            self._unread(delivery, error, left.total_seconds())
        elif self._passed(delivery) + left > MAX_REQUESTING:
            self._failed(delivery, delivery, error, left)
        else:
            self._move(delivery, replace(delivery, next_at=now + left, **_words(error)), now)
        return True

    def _request(self, delivery: Delivery, platform: Connected) -> Delivery | None:
        """Return None if another worker changed the delivery."""
        now, connector = self.clock(), platform.connector
        is_old = delivery.tries > 0 or abs(now - delivery.queued_at) > FRESH
        if is_old and connector.reads:
            # The platform may have got an earlier request, or the send may have finished.
            try:
                reading = platform.pause.ask(self.clock, connector.get, delivery.configuration_id)
            except ConnectorError as error:
                tries, last = delivery.tries + 1, now if delivery.requested_at else None
                failed = replace(delivery, tries=tries, requested_at=last)
                return self._failed(failed, delivery, error)
            if reading is None:
                return self._end(replace(delivery, step=DeliveryStep.MISSING), NOT_FOUND)
            if (known := self._judge(delivery, platform, reading)) is not None:
                return known
        if delivery.tries > 0 and self._passed(delivery) > MAX_REQUESTING:
            return self._end(delivery, delivery.message or NOT_ANSWERED)
        tries = delivery.tries + 1
        asked = replace(
            delivery,
            step=DeliveryStep.REQUESTED,
            tries=tries,
            requested_at=now,
            # The next try, if this process ends before the answer is stored.
            next_at=now + wait_before_retry(tries),
        )
        facts = {"platform": delivery.platform, "try": asked.tries}
        requested = self._move(delivery, asked, now, EntryKind.REQUESTED, facts)
        if requested is None:
            return None
        try:
            ids = (requested.configuration_id, requested.receipt_id)
            answer = platform.pause.ask(self.clock, connector.abort, *ids)
        except ConnectorError as error:
            return self._failed(requested, requested, error)
        return self._answered(requested, answer)

    def _answered(self, delivery: Delivery, answer: Answer) -> Delivery | None:
        now, is_accepted = self.clock(), answer.kind is AnswerKind.ACCEPTED
        is_over = answer.kind in (AnswerKind.NOT_FOUND, AnswerKind.NOT_ALLOWED)
        was_requested = answer.was_requested or delivery.tries > 1
        after = replace(
            delivery,
            step=_STEPS.get(answer.kind, DeliveryStep.REFUSED),
            requested_at=delivery.requested_at if was_requested else None,
            answered_at=now,
            next_at=None,
            answer=answer.kind.value,
            message=answer.message,
            details="",
            ended_at=now if is_over else None,
            is_by_hand=is_over,
        )
        kind = EntryKind.ACCEPTED if is_accepted else EntryKind.REFUSED
        facts = {"answer": answer.kind.value, "message": answer.message}
        log.info("%s answered to %s: %s", delivery.platform, delivery.receipt_id, answer.kind)
        return self._move(delivery, after, now, kind, facts)

    def _failed(
        self,
        failed: Delivery,
        before: Delivery,
        error: ConnectorError,
        wait: timedelta | None = None,
    ) -> Delivery | None:
        """Plan the next try after a failed request, or end the delivery.

        `before` is the stored delivery. `failed` is the same delivery, perhaps with one more try.
        """
        now, wait = self.clock(), wait or wait_before_retry(failed.tries, error.retry_after)
        is_over = self._passed(before) + wait > MAX_REQUESTING
        after = replace(
            failed,
            step=DeliveryStep.FAILED,
            next_at=None if is_over else now + wait,
            **_words(error),
            ended_at=now if is_over else None,
            is_by_hand=is_over,
        )
        log.warning("the delivery of %s: %s", before.receipt_id, error)
        facts = {"message": _text(after), "next_at": after.next_at}
        return self._move(before, after, now, EntryKind.FAILED, facts)

    def _end(
        self, delivery: Delivery, why: str = "", settles: Confirmation | None = None
    ) -> Delivery | None:
        """End a delivery. With a reason `why`, a person has to check the send in the platform."""
        now = self.clock()
        after = replace(delivery, next_at=None, ended_at=now)
        if not why:
            return self._move(delivery, after, now)
        details = delivery.details if why == delivery.message else "{}"
        after = replace(after, message=why, details=details, is_by_hand=True)
        facts = {"message": _text(after)}
        return self._move(delivery, after, now, EntryKind.FAILED, facts, settles)

    def _judge(self, delivery: Delivery, platform: Connected, reading: Reading) -> Delivery | None:
        """Store the result of the abort. Return None if `reading` does not show the result.

        Also return None if another worker changed the delivery.
        """
        is_over = reading.state in GONE_OUT or reading.has_all_gone
        if platform.confirms(delivery.state_before, reading.state) and not is_over:
            return self._verified(delivery, platform, reading)
        too_late = AnswerKind.TOO_LATE.value
        is_refused = delivery.answer == too_late
        is_accepted = delivery.answer == AnswerKind.ACCEPTED.value
        if is_refused or is_over:
            now = self.clock()
            after = replace(
                _with(delivery, reading),
                step=DeliveryStep.REFUSED,
                answer=delivery.answer if is_accepted else too_late,
                next_at=None,
                ended_at=now,
            )
            kind = None if is_refused else EntryKind.REFUSED
            facts = {"answer": too_late, **_facts(reading)}
            return self._move(delivery, after, now, kind, facts, Confirmation.CONTRADICTED)
        return self._known_by_list(delivery, reading)

    def _known_by_list(self, delivery: Delivery, reading: Reading) -> Delivery | None:
        """End the delivery if a list has confirmed or contradicted the abort, else return None.

        If a list showed the stop and `reading` does not, do not request another stop. A person may
        have scheduled the send again.
        """
        receipt = self.store.receipt(delivery.receipt_id)
        send = self.store.configuration(delivery.configuration_id)
        if receipt is None or receipt.confirmation is Confirmation.OPEN or send is None:
            return None
        if send.state in STOPPED_HERE and send.abort_confirmation is Confirmation.OPEN:
            return None  # the stop did not last: request the stop again
        if receipt.confirmation is Confirmation.CONTRADICTED:
            return self._end(_with(delivery, reading), _undone_words(reading))
        self.restarted.set()
        stopped = replace(delivery, step=DeliveryStep.VERIFIED, verified_at=receipt.confirmed_at)
        return self._end(replace(stopped, word=reading.word, message="", details=""))

    def _verified(
        self, delivery: Delivery, platform: Connected, reading: Reading
    ) -> Delivery | None:
        now = self.clock()
        after = replace(
            _with(delivery, reading),
            step=DeliveryStep.VERIFIED,
            verified_at=now,
            next_at=now + platform.rest,
        )
        facts, read_at = _facts(reading), self.monotonic()
        done = self._move(delivery, after, now, EntryKind.VERIFIED, facts, Confirmation.CONFIRMED)
        if done is not None:
            self._counts[delivery.receipt_id] = (reading.sent, read_at)
            self.on_verified(max(0.0, (now - delivery.queued_at).total_seconds()))
        return done

    def _read(self, delivery: Delivery, platform: Connected) -> None:
        began = self.monotonic()
        try:
            reading = platform.pause.ask(
                self.clock, platform.connector.get, delivery.configuration_id
            )
        except ConnectorError as error:
            self._unread(delivery, error, error.retry_after)
            return
        if delivery.step is DeliveryStep.VERIFIED:
            self._settle(delivery, platform, reading, began)
        elif reading is None:
            self._end(replace(delivery, step=DeliveryStep.MISSING), NOT_FOUND)
        elif self._judge(delivery, platform, reading) is None:
            after = _with(delivery, reading)
            if reading.state is State.CANCELLING:
                # The platform stops the send when the processing ends, perhaps much later.
                now = self.clock()
                after = replace(after, next_at=now + SLOWLY)
                self._move(delivery, after, now, settles=Confirmation.OPEN)
            else:
                self._read_later(delivery, after)

    def _unread(
        self, delivery: Delivery, error: ConnectorError, retry_after: float | None = None
    ) -> None:
        """Plan the next reading. Store the error only before the stop is verified."""
        is_stopped = delivery.step is DeliveryStep.VERIFIED
        after = delivery if is_stopped else replace(delivery, **_words(error))
        self._read_later(delivery, after, retry_after)

    def _read_later(
        self, before: Delivery, after: Delivery, retry_after: float | None = None
    ) -> None:
        """Plan the next reading. If MAX_VERIFYING has passed, end the delivery instead."""
        passed, is_stopped = self._passed(before), before.step is DeliveryStep.VERIFIED
        if passed >= MAX_VERIFYING:
            # `details` has values only if the last reading failed.
            trouble = after.message if after.details else NOT_STOPPED
            self._end(after, "" if is_stopped else trouble)
            return
        # Until the stop is verified, the waits start at 0.5 s and double.
        tries = 3 if is_stopped else int(passed.total_seconds()).bit_length() + 1
        wait = min(wait_before_retry(tries, retry_after), MAX_VERIFYING - passed)
        now = self.clock()
        self._move(before, replace(after, next_at=now + wait), now)

    def _settle(
        self, delivery: Delivery, platform: Connected, reading: Reading | None, began: float
    ) -> None:
        """End the delivery if the send is at rest, or after MAX_VERIFYING.

        `began` is the value of `monotonic` before the reading.
        """
        id = delivery.receipt_id
        if reading is None or not platform.confirms(delivery.state_before, reading.state):
            self._undone(delivery, platform, reading)
            return
        if reading.has_all_gone:
            self._judge(replace(delivery, verified_at=None), platform, reading)
            return
        now, after = self.clock(), _with(delivery, reading)
        was, read_at = self._counts.get(id, (None, began))
        is_apart = began - read_at >= platform.rest.total_seconds()
        if reading.sent is not None and reading.sent == was and is_apart and self._is_new(reading):
            after = replace(after, step=DeliveryStep.SETTLED, next_at=None, ended_at=now)
            facts = {**_facts(reading), "spared": after.spared, "gone": after.sent}
            self._move(delivery, after, now, EntryKind.SETTLED, facts)
        elif self._passed(delivery) >= MAX_VERIFYING:
            self._end(after)
        else:
            if reading.sent != was:
                self._counts[id] = (reading.sent, self.monotonic())
            self._move(delivery, replace(after, next_at=now + platform.rest), now)

    def _is_new(self, reading: Reading) -> bool:
        """Return whether a reading counts at least as many messages as the last list."""
        send = self.store.configuration(ConfigurationId(reading.id))
        known = None if send is None else send.generated_records
        return (known or 0) <= (reading.sent or 0)

    def _undone(
        self, delivery: Delivery, platform: Connected, reading: Reading | None
    ) -> Delivery | None:
        """If the platform overwrote the stop, request the stop again.

        If a person scheduled or aborted the send again, end this delivery.
        """
        if reading is None:
            return self._end(replace(delivery, message=NOT_FOUND, details="{}"))
        open_again = replace(delivery, verified_at=None)
        is_past = self._is_past(delivery, platform)
        if reading.state in GONE_OUT and not is_past:
            return self._judge(open_again, platform, reading)
        assert delivery.verified_at is not None
        now, words = self.clock(), _undone_words(reading)
        is_late = abs(now - delivery.verified_at) > OVERWRITTEN
        is_by_person = reading.state not in UNDONE or (
            is_late and platform.can_restart(delivery.state_before)
        )
        if is_by_person or is_past:
            self.restarted.set()
            # `read_at` stays the time of the last reading that showed the stop.
            return self._end(replace(delivery, word=reading.word))
        if is_late or self.store.verified_stops(delivery.receipt_id) >= _MOST_STOPS:
            return self._end(_with(open_again, reading), words, Confirmation.CONTRADICTED)
        after = replace(
            _with(open_again, reading),
            step=DeliveryStep.FAILED,
            next_at=now,
            answer=None,
            message=words,
            details="{}",
        )
        facts = {"message": words, "next_at": now, **_facts(reading)}
        return self._move(delivery, after, now, EntryKind.FAILED, facts, Confirmation.OPEN)

    def _is_past(self, delivery: Delivery, platform: Connected) -> bool:
        """Return whether a person scheduled or aborted the send again after this stop.

        Each of these facts is a proof:

        1. The stored send is not stopped. If only the platform overwrites the stop, the stored send
           does not change (`is_followed` in `load.sql`).
        2. A person can schedule the send again, and a list after the stop showed the stop. The
           platform overwrites a stop only before such a list.
        3. The send has a later delivery.
        """
        id = delivery.configuration_id
        send = self.store.configuration(id)
        if send is not None and send.state not in STOPPED_HERE:
            return True
        assert delivery.verified_at is not None
        can_restart = platform.can_restart(delivery.state_before)
        if can_restart and self.store.is_reported_after(id, delivery.verified_at):
            return True
        return self.store.last_deliveries([id])[id].receipt_id != delivery.receipt_id


def _undone_words(reading: Reading) -> str:
    return PAUSED_AGAIN if reading.state is State.PAUSED else RUNS_AGAIN


def _with(delivery: Delivery, reading: Reading) -> Delivery:
    total = delivery.total if reading.total is None else reading.total
    if total is not None and reading.sent is not None and reading.sent > total:
        total = None  # the platform has counted the recipients again
    return replace(
        delivery,
        word=reading.word,
        total=total,
        sent=reading.sent,
        read_at=reading.read_at,
        message="",
        details="",
    )


def _facts(reading: Reading) -> dict[str, object]:
    return {"word": reading.word, "total": reading.total, "sent": reading.sent}


def _words(error: ConnectorError) -> dict[str, Any]:
    """Return the message and the details. Everyone may see them, so replace the hidden values."""
    values = {
        name: error.hidden if isinstance(value, AdminText) else str(value)
        for name, value in error.values.items()
    }
    if error.retry_after is not None:
        values[RETRY_AFTER] = str(error.retry_after)
    return {"message": error.happened, "details": json.dumps(values)}


def _text(delivery: Delivery) -> str:
    if not delivery.details:
        return delivery.message
    return delivery.message.format(**json.loads(delivery.details))
