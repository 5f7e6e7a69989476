"""Deliver accepted aborts to the platform, and verify them by reading back.

A delivery is stored in the transaction of its abort. The worker writes each step before it takes
the next one, so another process can continue after each of them. A request is repeated only if it
has not been accepted, and only after the send was read, because the first one may have arrived.
"""

import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import Any, Final

from tenacity import RetryCallState, Retrying, wait_exponential_jitter

from core.domain.audit_log import EntryKind
from core.domain.delivery import (
    FRESH,
    MAX_REQUESTING,
    MAX_VERIFYING,
    REST,
    AnswerKind,
    Delivery,
    DeliveryStep,
)
from core.domain.model import Confirmation, ReceiptId
from core.domain.states import GONE_OUT, State
from core.errors import N_, AdminText, ConnectorError, FreioError, StoreAwayError
from core.infrastructure.lease import Lease
from core.ports.connector import Answer, Connector, Reading
from core.ports.deliveries import DeliveryStore

log = logging.getLogger(__name__)

#: The most open deliveries that one read of the store returns.
MAX_OPEN: Final = 1_000

#: The most requests and readings at the same time. A slow answer does not delay the others.
THREADS: Final = 8

#: The wait between readings of a send that the platform will stop by itself.
SLOWLY: Final = timedelta(seconds=5)

_WAIT: Final = wait_exponential_jitter(multiplier=0.5, max=20, jitter=0.5)
#: The most requests for a send that the platform starts again after each stop.
_MOST_STOPS: Final = 3
_STARTED: Final = (State.PROCESANDO, State.IN_PROGRESS)
_NOT_YET: Final = (DeliveryStep.WAITING, DeliveryStep.REQUESTED, DeliveryStep.FAILED)

NOT_CONNECTED: Final = N_("Freio has no connection to the platform of this abort any more.")
NOT_FOUND: Final = N_("The platform does not know this send.")
RUNS_AGAIN: Final = N_("The platform showed the send as stopped, and then started it.")
NOT_STOPPED: Final = N_("The platform accepted the abort, but does not show the send as stopped.")


def wait_before_retry(tries: int, retry_after: float | None = None) -> timedelta:
    """Return the wait after `tries` failures: doubling from 0.5 s to 20 s, with jitter.

    It is never shorter than the wait that the platform demands.
    """
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = max(1, tries)
    return timedelta(seconds=max(_WAIT(state), retry_after or 0.0))


@dataclass(frozen=True, slots=True)
class Connected:
    """A platform that aborts are delivered to.

    `confirms` returns whether the stop is confirmed by the state at the abort and the state now.
    A send is at rest if its number of sent messages is the same in two readings `rest` apart.
    """

    connector: Connector
    confirms: Callable[[State, State], bool]
    rest: timedelta = REST


@dataclass(slots=True)
class DeliveryWorker:
    """Completes the deliveries to `platforms` (by name), if this process holds the lease.

    `waiting` wakes the job. `on_verified` gets the seconds from the click to each verified stop.
    `submit` runs a function with an argument, in another thread or at once.
    """

    store: DeliveryStore
    platforms: Mapping[str, Connected]
    clock: Callable[[], datetime]
    lease: Lease | None = None
    on_verified: Callable[[float], None] = lambda _seconds: None
    submit: Callable[[Callable[[Delivery], None], Delivery], object] | None = None
    waiting: Event = field(default_factory=Event)
    _threads: ThreadPoolExecutor | None = field(default=None, init=False)
    _busy: set[ReceiptId] = field(default_factory=set, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)
    #: Deliveries that were open when this process started get their full time again.
    _since: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    def run_pending(self) -> None:
        """Take the next steps of all deliveries that are due. Raises StoreError."""
        if self.lease is not None and not self.lease.is_held():
            return
        for delivery in self.store.due_deliveries(self.clock(), MAX_OPEN):
            with self._lock:
                if delivery.receipt_id in self._busy:
                    continue
                self._busy.add(delivery.receipt_id)
            self._submit(delivery)

    def stop(self) -> None:
        """Wait for running requests, release the lease, and close the connectors."""
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for platform in self.platforms.values():
            platform.connector.close()
        if self.lease is not None:
            self.lease.give_up()

    def _submit(self, delivery: Delivery) -> None:
        if self.submit is not None:
            self.submit(self._work, delivery)
            return
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, "delivery")
        self._threads.submit(self._work, delivery)

    def _work(self, delivery: Delivery) -> None:
        try:
            self._advance(delivery)
        except StoreAwayError as away:
            log.debug("a delivery waits: %s", away)
        except FreioError as trouble:
            log.warning("the delivery of %s: %s", delivery.receipt_id, trouble)
        except Exception:
            log.exception("the delivery of %s failed", delivery.receipt_id)
        finally:
            with self._lock:
                self._busy.discard(delivery.receipt_id)

    def _advance(self, delivery: Delivery) -> None:
        """Take all steps that are possible now."""
        platform = self.platforms.get(delivery.platform)
        if platform is None:
            self._end(delivery, NOT_CONNECTED)
            return
        current: Delivery | None = delivery
        if delivery.step in _NOT_YET:
            current = self._request(delivery, platform)
        if current is None or current.ended_at is not None or current.step in _NOT_YET:
            return
        if not platform.connector.reads:
            self._end(current)
        elif current.step is DeliveryStep.VERIFIED:
            if current.next_at is None or current.next_at <= self.clock():
                self._settle(current, platform)
        else:
            self._verify(current, platform)

    def _request(self, delivery: Delivery, platform: Connected) -> Delivery | None:
        """Request the abort; return the delivery afterwards, or None if another worker moved it."""
        now, connector = self.clock(), platform.connector
        is_old = delivery.tries > 0 or now - delivery.queued_at > FRESH
        if is_old and connector.reads:
            # An earlier request may have arrived, and the send may have finished since then.
            try:
                reading = connector.get(delivery.configuration_id)
            except ConnectorError as error:
                return self._failed(replace(delivery, tries=delivery.tries + 1), delivery, error)
            if reading is None:
                return self._end(delivery, NOT_FOUND)
            if (known := self._judge(delivery, platform, reading)) is not None:
                return known
        asked = replace(
            delivery,
            step=DeliveryStep.REQUESTED,
            tries=delivery.tries + 1,
            requested_at=now,
            next_at=None,
        )
        facts = {"platform": delivery.platform, "try": asked.tries}
        requested = self.store.move_delivery(delivery, asked, now, EntryKind.REQUESTED, facts)
        if requested is None:
            return None
        try:
            answer = connector.abort(requested.configuration_id, requested.receipt_id)
        except ConnectorError as error:
            return self._failed(requested, requested, error)
        return self._answered(requested, answer)

    def _answered(self, delivery: Delivery, answer: Answer) -> Delivery | None:
        now, is_accepted = self.clock(), answer.kind is AnswerKind.ACCEPTED
        is_over = answer.kind in (AnswerKind.NOT_FOUND, AnswerKind.NOT_ALLOWED)
        after = replace(
            delivery,
            step=DeliveryStep.ACCEPTED if is_accepted else DeliveryStep.REFUSED,
            answered_at=now,
            answer=answer.kind.value,
            message=answer.message,
            details="",
            ended_at=now if is_over else None,
            is_by_hand=is_over,
        )
        kind = EntryKind.ACCEPTED if is_accepted else EntryKind.REFUSED
        facts = {"answer": answer.kind.value, "message": answer.message}
        log.info("%s answered to %s: %s", delivery.platform, delivery.receipt_id, answer.kind)
        return self.store.move_delivery(delivery, after, now, kind, facts)

    def _failed(self, failed: Delivery, before: Delivery, error: ConnectorError) -> Delivery | None:
        """Record that there was no answer, and the time of the next try if there is one."""
        now = self.clock()
        next_at = now + wait_before_retry(failed.tries, error.retry_after)
        is_over = next_at > max(failed.queued_at, self._since) + MAX_REQUESTING
        after = replace(
            failed,
            step=DeliveryStep.FAILED,
            next_at=None if is_over else next_at,
            **_words(error),
            ended_at=now if is_over else None,
            is_by_hand=is_over,
        )
        log.warning("the delivery of %s: %s", before.receipt_id, error)
        facts = {"message": _logged(error), "next_at": after.next_at}
        return self.store.move_delivery(before, after, now, EntryKind.FAILED, facts)

    def _end(
        self, delivery: Delivery, why: str = "", settles: Confirmation | None = None
    ) -> Delivery | None:
        """End a delivery. With a reason, a person has to check its send in the platform."""
        now = self.clock()
        after = replace(delivery, next_at=None, ended_at=now)
        if not why:
            return self.store.move_delivery(delivery, after, now)
        after = replace(after, message=why, details="{}", is_by_hand=True)
        facts = {"message": why}
        return self.store.move_delivery(
            delivery, after, now, EntryKind.FAILED, facts, settles=settles
        )

    def _judge(self, delivery: Delivery, platform: Connected, reading: Reading) -> Delivery | None:
        """Record a reading that shows a stop, or that it is too late; else return None."""
        is_over = reading.state in GONE_OUT or reading.has_all_gone
        if platform.confirms(delivery.state_before, reading.state) and not is_over:
            return self._verified(delivery, platform, reading)
        is_refused = delivery.answer == AnswerKind.TOO_LATE.value
        if is_refused or is_over:
            now = self.clock()
            after = replace(
                _with(delivery, reading),
                step=DeliveryStep.REFUSED,
                answer=AnswerKind.TOO_LATE.value,
                next_at=None,
                ended_at=now,
            )
            kind = None if is_refused else EntryKind.REFUSED
            facts = {"answer": after.answer, **_read(reading)}
            return self.store.move_delivery(
                delivery, after, now, kind, facts, settles=Confirmation.CONTRADICTED
            )
        return None

    def _verified(
        self, delivery: Delivery, platform: Connected, reading: Reading
    ) -> Delivery | None:
        now = self.clock()
        after = replace(
            _with(delivery, reading),
            step=DeliveryStep.VERIFIED,
            verified_at=now,
            next_at=reading.read_at + platform.rest,
        )
        done = self.store.move_delivery(
            delivery,
            after,
            now,
            EntryKind.VERIFIED,
            _read(reading),
            settles=Confirmation.CONFIRMED,
        )
        if done is not None:
            self.on_verified((now - delivery.queued_at).total_seconds())
        return done

    def _verify(self, delivery: Delivery, platform: Connected) -> None:
        """Read the send until it shows the stop."""
        since = max(delivery.answered_at or delivery.queued_at, self._since)
        try:
            reading = platform.connector.get(delivery.configuration_id)
        except ConnectorError as error:
            after = replace(delivery, **_words(error))
            self._read_later(delivery, after, since, error.retry_after)
            return
        if reading is None:
            self._end(delivery, NOT_FOUND)
        elif self._judge(delivery, platform, reading) is None:
            after = _with(delivery, reading)
            if reading.state is State.CANCELLING:
                # The platform will stop it when its processing ends, however long that takes.
                now = self.clock()
                after = replace(after, next_at=now + SLOWLY)
                self.store.move_delivery(delivery, after, now, settles=Confirmation.OPEN)
            else:
                self._read_later(delivery, after, since)

    def _read_later(
        self,
        before: Delivery,
        after: Delivery,
        since: datetime,
        retry_after: float | None = None,
    ) -> None:
        """Plan the next reading, or end without one."""
        now = self.clock()
        if now - since >= MAX_VERIFYING:
            self._end(after, NOT_STOPPED)
            return
        # The waits double as after failed requests: 0.5 s at first.
        passed = (now - since) / timedelta(seconds=1)
        wait = wait_before_retry(int(passed).bit_length() + 1, retry_after)
        # The platform may demand a longer wait than the time that is left.
        next_at = min(now + wait, since + MAX_VERIFYING)
        self.store.move_delivery(before, replace(after, next_at=next_at), now)

    def _settle(self, delivery: Delivery, platform: Connected) -> None:
        """Read the send until the number of sent messages stays the same."""
        now, verified_at = self.clock(), delivery.verified_at
        assert verified_at is not None
        is_late = now - verified_at >= MAX_VERIFYING
        try:
            reading = platform.connector.get(delivery.configuration_id)
        except ConnectorError as error:
            if is_late:
                self._end(delivery)
                return
            wait = wait_before_retry(3, error.retry_after)
            next_at = min(now + wait, verified_at + MAX_VERIFYING)
            self.store.move_delivery(delivery, replace(delivery, next_at=next_at), now)
            return
        if reading is None or not platform.confirms(delivery.state_before, reading.state):
            self._undone(delivery, platform, reading)
            return
        if reading.has_all_gone:
            self._judge(replace(delivery, verified_at=None), platform, reading)
            return
        after = _with(delivery, reading)
        was, read_at = delivery.sent, delivery.read_at
        assert read_at is not None
        is_apart = reading.read_at - read_at >= platform.rest
        if reading.sent is not None and reading.sent == was and is_apart:
            after = replace(after, step=DeliveryStep.SETTLED, next_at=None, ended_at=now)
            facts = {**_read(reading), "spared": after.spared, "gone": after.sent}
            self.store.move_delivery(delivery, after, now, EntryKind.SETTLED, facts)
        elif is_late:
            self._end(after)
        else:
            after = replace(after, next_at=reading.read_at + platform.rest)
            self.store.move_delivery(delivery, after, now)

    def _undone(
        self, delivery: Delivery, platform: Connected, reading: Reading | None
    ) -> Delivery | None:
        """Record that the send did not stay stopped between the verified stop and its rest.

        A platform that was about to start the send, or to finish it, can overwrite the stop. If the
        send runs, request the stop again. If it waits for its time, a person scheduled it again, as
        the next list shows.
        """
        if reading is None:
            return self._end(delivery)
        open_again = replace(delivery, verified_at=None)
        if reading.state in GONE_OUT:
            return self._judge(open_again, platform, reading)
        if reading.state not in _STARTED:
            return self._end(delivery)
        if delivery.tries >= _MOST_STOPS:
            return self._end(_with(open_again, reading), RUNS_AGAIN, Confirmation.CONTRADICTED)
        now = self.clock()
        after = replace(
            _with(open_again, reading),
            step=DeliveryStep.FAILED,
            next_at=now,
            answer=None,
            message=RUNS_AGAIN,
            details="{}",
        )
        facts = {"message": RUNS_AGAIN, "next_at": now, **_read(reading)}
        return self.store.move_delivery(
            delivery, after, now, EntryKind.FAILED, facts, settles=Confirmation.OPEN
        )


def _with(delivery: Delivery, reading: Reading) -> Delivery:
    """Return a delivery with a reading."""
    total = delivery.total if reading.total is None else reading.total
    return replace(
        delivery,
        word=reading.word,
        total=total,
        sent=reading.sent,
        read_at=reading.read_at,
        message="",
        details="",
    )


def _read(reading: Reading) -> dict[str, object]:
    """Return the facts of a reading for the audit log."""
    return {"word": reading.word, "total": reading.total, "sent": reading.sent}


def _words(error: ConnectorError) -> dict[str, Any]:
    """Return what is stored about an error: its text, and the values that everybody may see."""
    values = {
        name: "…" if isinstance(value, AdminText) else str(value)
        for name, value in error.values.items()
    }
    return {"message": error.happened, "details": json.dumps(values)}


def _logged(error: ConnectorError) -> str:
    return error.happened.format(**json.loads(_words(error)["details"]))
