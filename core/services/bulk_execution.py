"""Execute the stored batches in chunks.

A chunk is a short transaction. Other writers can write between two chunks. A chunk writes aborts
and outcomes together, so no send is aborted twice after a crash.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from core.access.permissions import Right, may
from core.domain.bulk_abort import (
    ACCEPTED,
    Batch,
    BulkId,
    BulkLimit,
    BulkOutcome,
    DecidedSend,
    ListedSend,
    recipients_of,
)
from core.domain.model import Actor, ConfigurationId, Confirmation, SendConfiguration
from core.domain.rules import CancelAfterProcessing, CancelNow, CancelRest, Refuse
from core.domain.states import Refusal
from core.errors import N_, FreioError, SettingsError, StoreAwayError
from core.infrastructure.lease import ALWAYS_HELD, Lease
from core.ports.bulk_aborts import BulkAbortStore
from core.services.aborts import (
    AbortRequest,
    AbortService,
    DecidedAbort,
    KeepsChangingError,
    Moment,
    decided_abort,
    not_allowed_receipt,
    retry_on_changed_facts,
)
from core.services.bulk_limits import BulkLimits

log = logging.getLogger(__name__)

#: The maximum number of sends in a transaction. 15 sends take less than 0.1 seconds.
CHUNK: Final = 15

#: After this many failures of a chunk, each send is written alone.
MAX_TRIES: Final = 3


@dataclass(slots=True)
class BulkExecution:
    """Executes batches while this process has the lease.

    `current` takes the requester of a batch, and returns this person with the current role (I7). If
    the roles are unknown, `current` raises SettingsError.
    """

    aborts: AbortService
    store: BulkAbortStore
    limits: BulkLimits
    current: Callable[[Actor], Actor] = lambda actor: actor
    lease: Lease = ALWAYS_HELD
    _failures: dict[BulkId, int] = field(default_factory=dict)

    def run(self) -> None:
        """Execute the stored batches in turn, chunk by chunk.

        Return early if no chunk can be written now, or if the lease is lost. Raise StoreAwayError
        if the store does not answer.
        """
        while batches := self.store.open_batches():
            progressed = False
            for batch in batches:
                if not self.lease.is_held():
                    return
                progressed |= self._chunk(batch)
            if not progressed:
                return  # the background job calls `run` again

    def _chunk(self, batch: Batch) -> bool:
        """Write the next chunk, or end the batch. Return whether something was written."""
        listed = self.store.pending(batch.id, CHUNK)
        try:
            if listed:
                batch = replace(batch, requester=self.current(batch.requester))
        except SettingsError:
            return False  # the batch waits until the roles are known
        try:
            if listed:
                self._write(batch, listed)
            else:
                self.store.end_batch(batch.id, self.aborts.clock())
        except StoreAwayError:
            raise
        except Exception as error:
            return self._failed(batch, error)
        self._failures.pop(batch.id, None)
        return True

    def _failed(self, batch: Batch, error: Exception) -> bool:
        if isinstance(error, FreioError):
            log.warning("a chunk of the bulk abort %s failed: %s", batch.id, error)
        else:
            log.error("a chunk of the bulk abort %s failed", batch.id, exc_info=error)
        tries = self._failures[batch.id] = self._failures.get(batch.id, 0) + 1
        if tries < MAX_TRIES:
            return False
        del self._failures[batch.id]
        for listed in self.store.pending(batch.id, CHUNK):
            try:
                self._write_alone(batch, listed)
            except StoreAwayError:
                raise
            except Exception as trouble:
                self._give_up(batch, listed, BulkOutcome.NOT_WRITTEN, _text(trouble))
        return True

    def _give_up(
        self, batch: Batch, listed: ListedSend, outcome: BulkOutcome, trouble: str
    ) -> None:
        given_up = DecidedSend(
            listed=listed, outcome=outcome, decided_at=self.aborts.clock(), trouble=trouble
        )
        era, only_demo = self.store.era(), batch.requester.only_demo
        self.store.commit_chunk(batch.id, [given_up], era=era, only_demo=only_demo)

    def _write(self, batch: Batch, listed: Sequence[ListedSend]) -> None:
        """Write the sends together. If the guard of a send fails, write this send again, alone."""
        for missed in self._attempt(batch, listed):
            self._write_alone(batch, missed)

    def _write_alone(self, batch: Batch, listed: ListedSend) -> None:
        try:
            retry_on_changed_facts(lambda: None if self._attempt(batch, [listed]) else True)
        except KeepsChangingError as changing:
            self._give_up(batch, listed, BulkOutcome.CHANGED, _text(changing))

    def _attempt(self, batch: Batch, listed: Sequence[ListedSend]) -> Sequence[ListedSend]:
        """Decide and write the sends. Return the sends not written because their guard failed."""
        era = self.store.era()
        facts = self._facts(listed)
        moment = self.aborts.moment()
        room = _Room.of(self.store, self.limits, batch)
        decided = [
            self._decide(batch, each, facts.get(each.configuration_id), moment, room)
            for each in listed
        ]
        only_demo = batch.requester.only_demo
        done = self.store.commit_chunk(batch.id, decided, era=era, only_demo=only_demo)
        if done is None:
            return ()
        for each in done.written:
            if each.receipt is not None:
                self.aborts.written(each.receipt)
        return done.missed

    def _facts(self, listed: Sequence[ListedSend]) -> dict[ConfigurationId, SendConfiguration]:
        """First search only the times at which the listed sends were scheduled: this is faster."""
        times = [each.scheduled_at for each in listed if each.scheduled_at is not None]
        ids = [each.configuration_id for each in listed]
        near = self.store.configurations(ids, min(times), max(times)) if times else []
        found = {c.id: c for c in near}
        if left := [id for id in ids if id not in found]:
            found |= {c.id: c for c in self.store.configurations(left)}
        return found

    def _decide(
        self,
        batch: Batch,
        listed: ListedSend,
        before: SendConfiguration | None,
        moment: Moment,
        room: _Room,
    ) -> DecidedSend:
        if before is None:
            return DecidedSend(listed=listed, outcome=BulkOutcome.NOT_FOUND, decided_at=moment.now)
        request = AbortRequest(
            batch.requester, batch.reason, batch.note, listed.shown, bulk_id=batch.id
        )
        decided = decided_abort(before, request, moment)
        decision = decided.decision
        is_accepted = not isinstance(decision, Refuse)
        is_recorded = is_accepted or self.aborts.records_refusal(request, before.id)
        outcome = DecidedSend(
            listed=listed,
            outcome=_outcome(decided),
            decided_at=moment.now,
            before=before,
            after=decided.after if is_accepted else None,
            receipt=decided.receipt if is_recorded else None,
            spared=decision.consequences.spared,
            gone=decision.consequences.gone,
            refusal=decision.rule.refusal,
            changed_meanwhile=request.is_outdated(before),
        )
        is_allowed = may(batch.requester, Right.STOP, before.account)
        if is_allowed and (not is_accepted or room.takes(recipients_of(decision))):
            return outcome
        return replace(
            outcome,
            outcome=BulkOutcome.NOT_ALLOWED,
            after=None,
            receipt=not_allowed_receipt(before, request, moment) if is_recorded else None,
            spared=None,
            gone=None,
            refusal=Refusal.NOT_ALLOWED,
        )


@dataclass(slots=True)
class _Room:
    """A person's limit, and the part of the limit used by a batch."""

    limit: BulkLimit
    sends: int
    recipients: int

    @classmethod
    def of(cls, store: BulkAbortStore, limits: BulkLimits, batch: Batch) -> _Room:
        limit = limits.of(batch.requester)
        is_limited = limit.sends is not None or limit.recipients is not None
        counts = store.outcome_counts([batch.id]).get(batch.id, ()) if is_limited else ()
        done = [each for each in counts if each.outcome in ACCEPTED]
        return cls(limit, sum(c.sends for c in done), sum(c.to_abort for c in done))

    def takes(self, recipients: int | None) -> bool:
        """If the limit allows a send, count the send and return True."""
        if recipients is None and self.limit.recipients is not None:
            return False  # an unknown number of recipients can exceed the limit
        sends, total = self.sends + 1, self.recipients + (recipients or 0)
        if not self.limit.allows(sends, total):
            return False  # not counted: a later, smaller send may still be allowed
        self.sends, self.recipients = sends, total
        return True


_REFUSED: Final = {
    Refusal.TOO_LATE: BulkOutcome.TOO_LATE,
    Refusal.FINISHED: BulkOutcome.TOO_LATE,
    Refusal.ALREADY: BulkOutcome.ALREADY,
    Refusal.PLATFORM_STOPPED: BulkOutcome.NOT_STOPPABLE,
    Refusal.NOT_ABORTABLE_STATE: BulkOutcome.NOT_STOPPABLE,
}


def _outcome(decided: DecidedAbort) -> BulkOutcome:
    decision = decided.decision
    if isinstance(decision, Refuse):
        return _REFUSED[decision.reason]
    if isinstance(decision, CancelAfterProcessing):
        return BulkOutcome.WHEN_PROCESSING_ENDS
    if not isinstance(decision, CancelNow | CancelRest):
        return BulkOutcome.UNKNOWN
    is_confirmed = decided.after.abort_confirmation is Confirmation.CONFIRMED
    return BulkOutcome.STOPPED if is_confirmed else BulkOutcome.WAITING


def _text(error: Exception) -> str:
    """Return a text that everyone may see. If the error has values, return a general text.

    The values can be paths or hosts.
    """
    if isinstance(error, FreioError) and not error.values:
        return error.happened
    return N_("The database could not write it.")
