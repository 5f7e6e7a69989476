"""Aborts that somebody must look at: contradicted by the platform, or not confirmed for too long.

They stand at the top of every page until somebody says, with a note, that it is seen to.
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
from core.services.shared_cache import SharedCache, in_steps

log = logging.getLogger(__name__)

MAX_NOTE = 2_000
_NOT_NOTED = N_("Nothing was noted; the abort stays where it was, and its send may go out.")

_CONCERNS = {
    Confirmation.CONTRADICTED: Concern.CONTRADICTED,
    Confirmation.OPEN: Concern.OVERDUE,
}


@dataclass(frozen=True, slots=True)
class OpenConcern:
    """One abort to look at, with its send as it is now (None if it is not there any more)."""

    concern: Concern
    receipt: Receipt
    configuration: SendConfiguration | None


@dataclass(frozen=True, slots=True)
class AcknowledgedConcern:
    """What somebody made of a concern. `about` is None where it is another thing by now."""

    acknowledgement: Acknowledgement
    receipt: Receipt
    about: OpenConcern | None


@dataclass(frozen=True, slots=True)
class Concerns:
    """Finds what must be looked at, of `accounts` (None: all).

    An open abort is overdue after `overdue_after`.
    """

    store: ConcernsStore
    clock: Callable[[], datetime]
    overdue_after: timedelta
    cache: SharedCache
    accounts: Accounts = None

    def count(self) -> int:
        """Return how many there are."""
        return self.cache.ask(self.store.count_concerns, self._overdue_before(), self.accounts)

    def open(self, limit: int) -> list[OpenConcern]:
        """Return them, contradicted ones first, the newest first among them."""
        asked = (self._overdue_before(), limit, self.accounts)
        found = self.cache.ask(self.store.concerns, *asked)
        return [self._about(receipt) for receipt in found]

    def _about(self, receipt: Receipt) -> OpenConcern:
        found = self._configuration(receipt)
        return OpenConcern(_CONCERNS[receipt.confirmation], receipt, found)

    def acknowledge(self, id: ReceiptId, concern: Concern, actor: Actor, note: str) -> bool:
        """Keep that somebody has seen to it; return False where somebody had already.

        Raises AccessError for who may not, FreioError where there is no note, or no such concern
        any more.
        """
        require(actor, Right.NOTE)
        said = note.strip()[:MAX_NOTE]
        if not said:
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
        seen = Acknowledgement(id, concern, self.clock(), actor.name, said)
        return self.store.acknowledge(seen, only_demo=actor.only_demo)

    def acknowledged(self, receipts: Sequence[Receipt]) -> list[AcknowledgedConcern]:
        """Return who has seen to these receipts, the latest first."""
        by_id = {receipt.id: receipt for receipt in receipts}
        known = self.cache.ask(self.store.acknowledgements, tuple(by_id))
        found = []
        for done in reversed(known):
            receipt = by_id[done.receipt_id]
            stands = _CONCERNS.get(receipt.confirmation) is done.concern
            found.append(
                AcknowledgedConcern(done, receipt, self._about(receipt) if stands else None)
            )
        return found

    def _configuration(self, receipt: Receipt) -> SendConfiguration | None:
        found = self.cache.ask(self.store.configuration, receipt.configuration_id)
        return found if found is not None and may_see(self.accounts, found.account) else None

    def _overdue_before(self) -> datetime:
        return in_steps(self.clock()) - self.overdue_after
