"""Concerns about aborts: contradicted, overdue, or still to be done in the platform."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.access.permissions import Right, may_see, require
from core.domain.delivery import Delivery
from core.domain.model import (
    CONFIRMATION_OF,
    Accounts,
    Acknowledgement,
    Actor,
    Concern,
    ConfigurationId,
    Confirmation,
    Receipt,
    ReceiptId,
    SendConfiguration,
)
from core.errors import N_, FreioError
from core.ports.store import ConcernsStore
from core.services.aborts import MAX_NOTE
from core.services.shared_cache import SharedCache, in_steps

log = logging.getLogger(__name__)

_NOT_NOTED = N_("Nothing was noted; the abort stays where it was, and its send may go out.")


@dataclass(frozen=True, slots=True)
class OpenConcern:
    """A concern. `done` records that a person aborted the send in the platform."""

    concern: Concern
    receipt: Receipt
    configuration: SendConfiguration | None
    done: Acknowledgement | None = None
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True)
class AcknowledgedConcern:
    """An acknowledged concern.

    `about` is None if the abort's confirmation changed after the acknowledgement.
    """

    acknowledgement: Acknowledgement
    receipt: Receipt
    about: OpenConcern | None


@dataclass(frozen=True, slots=True)
class Concerns:
    """Lists and acknowledges the concerns of `accounts` (None: all).

    If `store_is_platform` returns False and an abort has no delivery, a person has to abort the
    send in the platform.
    """

    store: ConcernsStore
    clock: Callable[[], datetime]
    overdue_after: timedelta
    cache: SharedCache
    store_is_platform: Callable[[], bool]
    accounts: Accounts = None

    def count(self) -> int:
        """Return the number of open concerns."""
        overdue, by_hand = self._overdue_before(), self._by_hand()
        return self.cache.get(self.store.count_concerns, overdue, self.accounts, by_hand=by_hand)

    def count_late(self) -> int:
        """Count the aborts that are contradicted or overdue, or whose delivery needs a person.

        An abort without a delivery counts only after it is contradicted or overdue.
        """
        return self.cache.get(self.store.count_concerns, self._overdue_before(), self.accounts)

    def count_to_abort(self) -> int:
        """Return the number of sends that a person still has to abort in the platform."""
        by_hand = self._by_hand()
        return self.cache.get(self.store.count_to_abort, self.accounts, by_hand=by_hand)

    def open(self, limit: int, of: ConfigurationId | None = None) -> list[OpenConcern]:
        """Return the first `limit` open concerns, in the order of `ConcernStore.concerns`.

        If `of` is given, return only the concerns of this send.
        """
        by_hand, overdue = self._by_hand(), self._overdue_before()
        receipts = self.cache.get(
            self.store.concerns, overdue, limit, self.accounts, by_hand=by_hand, of=of
        )
        known = self.cache.get(self.store.acknowledgements, tuple(r.id for r in receipts))
        done = {each.receipt_id: each for each in known if each.concern is Concern.TO_ABORT}
        delivered = tuple(receipt.id for receipt in receipts if receipt.platform)
        deliveries = self.cache.get(self.store.deliveries, delivered) if delivered else {}
        found = []
        for receipt in receipts:
            delivery = deliveries.get(receipt.id)
            is_left = by_hand if delivery is None else delivery.is_to_abort
            concern = _concern(receipt, receipt.id in done, is_left)
            send = self._configuration(receipt)
            found.append(OpenConcern(concern, receipt, send, done.get(receipt.id), delivery))
        return found

    def acknowledge(self, id: ReceiptId, concern: Concern, actor: Actor, note: str) -> bool:
        """Acknowledge a concern. Return False if the concern was already acknowledged.

        Raise AccessError if the actor lacks the right. Raise FreioError if the note is empty or the
        concern has ended.
        """
        require(actor, Right.ACKNOWLEDGE)
        note = note.strip()[:MAX_NOTE]
        if not note:
            raise FreioError(
                N_("The note is empty."),
                N_("Write in a few words what you found or did, then press again."),
                _NOT_NOTED,
            )
        return self._record(id, concern, actor, note)

    def aborted_there(self, id: ReceiptId, actor: Actor) -> bool:
        """Record that the actor aborted the send in the platform.

        Return False if the abort was already recorded. Raise AccessError if the actor lacks the
        right. Raise FreioError if the receipt is not open or not visible.
        """
        require(actor, Right.STOP)
        return self._record(id, Concern.TO_ABORT, actor, "")

    def _record(self, id: ReceiptId, concern: Concern, actor: Actor, note: str) -> bool:
        self._require_current(id, concern, actor)
        acknowledgement = Acknowledgement(id, concern, self.clock(), actor.name, note)
        is_new = self.store.acknowledge(acknowledgement, only_demo=actor.only_demo)
        if is_new:
            log.info("%s of %s acknowledged by %s", concern, id, actor.name)
        else:
            # A file may have confirmed or contradicted the abort in the meantime.
            self._require_current(id, concern, actor)
        return is_new

    def _require_current(self, id: ReceiptId, concern: Concern, actor: Actor) -> None:
        receipt = self.store.receipt(id)
        if (
            receipt is None
            or not may_see(actor.accounts, receipt.account)
            or not receipt.accepted
            or receipt.confirmation is not CONFIRMATION_OF[concern]
        ):
            raise FreioError(
                N_("This abort needs nothing any more: its outcome has changed."),
                N_("Its page shows the outcome."),
                _NOT_NOTED,
            )

    def acknowledged(self, receipts: Sequence[Receipt]) -> list[AcknowledgedConcern]:
        """Return the acknowledgements of receipts, latest first."""
        by_id = {receipt.id: receipt for receipt in receipts}
        known = self.cache.get(self.store.acknowledgements, tuple(by_id))
        found = []
        for each in reversed(known):
            receipt = by_id[each.receipt_id]
            about = None
            if receipt.confirmation is CONFIRMATION_OF[each.concern]:
                about = OpenConcern(each.concern, receipt, self._configuration(receipt))
            found.append(AcknowledgedConcern(each, receipt, about))
        return found

    def _configuration(self, receipt: Receipt) -> SendConfiguration | None:
        found = self.cache.get(self.store.configuration, receipt.configuration_id)
        return found if found is not None and may_see(self.accounts, found.account) else None

    def _by_hand(self) -> bool:
        return not self.cache.get(self.store_is_platform)

    def _overdue_before(self) -> datetime:
        return in_steps(self.clock()) - self.overdue_after


def _concern(receipt: Receipt, is_done: bool, by_hand: bool) -> Concern:
    if receipt.confirmation is Confirmation.CONTRADICTED:
        return Concern.CONTRADICTED
    return Concern.TO_ABORT if by_hand and not is_done else Concern.OVERDUE
