"""Concerns: aborts that need attention, because they are contradicted or overdue.

They are shown at the top of every page until a person acknowledges them with a note.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.access.permissions import Right, may_see, require
from core.domain.model import (
    Accounts,
    Acknowledgement,
    Actor,
    Concern,
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

_CONCERNS = {
    Confirmation.CONTRADICTED: Concern.CONTRADICTED,
    Confirmation.OPEN: Concern.OVERDUE,
}


@dataclass(frozen=True, slots=True)
class OpenConcern:
    """An abort that needs attention, with its send as it is now (None if it is unknown)."""

    concern: Concern
    receipt: Receipt
    configuration: SendConfiguration | None


@dataclass(frozen=True, slots=True)
class AcknowledgedConcern:
    """An acknowledged concern. `about` is None if the abort's confirmation has changed since."""

    acknowledgement: Acknowledgement
    receipt: Receipt
    about: OpenConcern | None


@dataclass(frozen=True, slots=True)
class Concerns:
    """Lists and acknowledges the concerns of `accounts` (None: all).

    An open abort is overdue after `overdue_after`.
    """

    store: ConcernsStore
    clock: Callable[[], datetime]
    overdue_after: timedelta
    cache: SharedCache
    accounts: Accounts = None

    def count(self) -> int:
        """Return the number of open concerns."""
        return self.cache.get(self.store.count_concerns, self._overdue_before(), self.accounts)

    def open(self, limit: int) -> list[OpenConcern]:
        """Return the first `limit` open concerns: contradicted before overdue, newest first."""
        receipts = self.cache.get(self.store.concerns, self._overdue_before(), limit, self.accounts)
        return [self._about(receipt) for receipt in receipts]

    def _about(self, receipt: Receipt) -> OpenConcern:
        found = self._configuration(receipt)
        return OpenConcern(_CONCERNS[receipt.confirmation], receipt, found)

    def acknowledge(self, id: ReceiptId, concern: Concern, actor: Actor, note: str) -> bool:
        """Acknowledge a concern; return False if it was acknowledged before.

        Raises AccessError if the actor may not, FreioError if the note is empty or the abort is no
        longer of this concern.
        """
        require(actor, Right.ACKNOWLEDGE)
        note = note.strip()[:MAX_NOTE]
        if not note:
            raise FreioError(
                N_("The note is empty."),
                N_("Write in a few words what you found or did, then press again."),
                _NOT_NOTED,
            )
        receipt = self.store.receipt(id)
        if (
            receipt is None
            or not may_see(actor.accounts, receipt.account)
            or not receipt.accepted
            or _CONCERNS.get(receipt.confirmation) is not concern
        ):
            raise FreioError(
                N_("This abort needs nothing any more: its outcome has changed."),
                N_("Look at its send to see what came of it."),
                _NOT_NOTED,
            )
        log.info("%s of %s acknowledged by %s", concern, id, actor.name)
        acknowledgement = Acknowledgement(id, concern, self.clock(), actor.name, note)
        return self.store.acknowledge(acknowledgement, only_demo=actor.only_demo)

    def acknowledged(self, receipts: Sequence[Receipt]) -> list[AcknowledgedConcern]:
        """Return the acknowledgements of these receipts, the latest first."""
        by_id = {receipt.id: receipt for receipt in receipts}
        known = self.cache.get(self.store.acknowledgements, tuple(by_id))
        found = []
        for each in reversed(known):
            receipt = by_id[each.receipt_id]
            is_current = _CONCERNS.get(receipt.confirmation) is each.concern
            about = self._about(receipt) if is_current else None
            found.append(AcknowledgedConcern(each, receipt, about))
        return found

    def _configuration(self, receipt: Receipt) -> SendConfiguration | None:
        found = self.cache.get(self.store.configuration, receipt.configuration_id)
        return found if found is not None and may_see(self.accounts, found.account) else None

    def _overdue_before(self) -> datetime:
        return in_steps(self.clock()) - self.overdue_after
