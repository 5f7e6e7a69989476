"""Putting right what the database has lost: each receipt that only the second record still has.

Nothing is replayed blindly. Each lost abort is decided anew by the facts of this moment, and its
receipt comes back under its old number with what that decision says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.domain.model import Confirmation, Guard, Receipt, SendConfiguration
from core.domain.rules import Acceptance, Decision, Refuse, awaits_confirmation, decide_abort
from core.domain.states import Refusal, State
from core.ports.aborts import AbortStore
from core.services.aborts import accepted, facts_after, settled

log = logging.getLogger(__name__)


class Mending(StrEnum):
    """What putting one lost receipt back comes to, by the facts of the moment."""

    STOPPED_AGAIN = "stopped_again"
    STILL_STOPPED = "still_stopped"
    GONE = "gone"
    NOT_IN_STORE = "not_in_store"
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Lost:
    """A lost receipt, its send as it is now (None if it is not there), and what mending does."""

    receipt: Receipt
    configuration: SendConfiguration | None
    mending: Mending


@dataclass(frozen=True, slots=True)
class ReceiptRepair:
    """Looks at lost receipts and puts them back."""

    store: AbortStore
    clock: Callable[[], datetime]
    store_is_platform: Callable[[], bool]

    def look(self, missing: Sequence[Receipt]) -> list[Lost]:
        """Return each lost receipt with its send's facts now. Changes nothing."""
        return [self._lost(receipt) for receipt in missing]

    def put_right(self, missing: Sequence[Receipt]) -> list[Lost]:
        """Put each lost receipt back, deciding it anew. One that is there already is left alone.

        Raises StoreError where the store cannot write; those before it are put back then.
        """
        return [self._mend(receipt) for receipt in missing]

    def _lost(self, receipt: Receipt) -> Lost:
        found = self.store.configuration(receipt.configuration_id)
        if not receipt.accepted:
            return Lost(receipt, found, Mending.NOTED)
        if found is None:
            return Lost(receipt, None, Mending.NOT_IN_STORE)
        return Lost(receipt, found, _mending(decide_abort(found)))

    def _mend(self, receipt: Receipt) -> Lost:
        mended = settled(lambda: self._attempt(receipt))
        log.warning("put back the receipt %s: %s", receipt.id, mended.mending)
        return mended

    def _attempt(self, receipt: Receipt) -> Lost | None:
        era = self.store.era()
        lost = self._lost(receipt)
        if self.store.receipt(receipt.id) is not None:
            return lost
        now = self.clock()
        back = replace(receipt, restored_at=now)
        if lost.mending is Mending.STOPPED_AGAIN:
            assert lost.configuration is not None
            return lost if self._stop_again(lost.configuration, back, now, era) else None
        guard = None if lost.configuration is None else Guard.of(lost.configuration)
        return (
            lost if self.store.record_receipt(_judged(back, lost), guard=guard, era=era) else None
        )

    def _stop_again(
        self, before: SendConfiguration, back: Receipt, now: datetime, era: str
    ) -> bool:
        decision = decide_abort(before)
        assert not isinstance(decision, Refuse)
        own = self.store_is_platform()
        today = _by_today(back, before, decision)
        receipt = accepted(today, decision, now, store_is_platform=own)
        after = facts_after(before, decision, now, store_is_platform=own)
        return self.store.commit_abort(Guard.of(before), after, receipt, era=era)


def _mending(decision: Decision) -> Mending:
    if not isinstance(decision, Refuse):
        return Mending.STOPPED_AGAIN
    already = decision.reason in (Refusal.ALREADY, Refusal.PLATFORM_STOPPED)
    return Mending.STILL_STOPPED if already else Mending.GONE


def _by_today(receipt: Receipt, before: SendConfiguration, decision: Acceptance) -> Receipt:
    return replace(
        receipt,
        verdict=decision.rule.verdict,
        state_before=before.state,
        total_records=before.total_records,
        generated_records=before.generated_records,
        spared=decision.consequences.spared,
        gone=decision.consequences.gone,
    )


def _judged(receipt: Receipt, lost: Lost) -> Receipt:
    """Return a receipt that goes with no change, with what today's facts say of its abort."""
    if lost.mending is Mending.GONE:
        return replace(receipt, confirmation=Confirmation.CONTRADICTED, confirmed_at=None)
    if lost.mending is Mending.NOT_IN_STORE:
        return replace(receipt, confirmation=Confirmation.OPEN, confirmed_at=None)
    if lost.mending is Mending.STILL_STOPPED:
        assert lost.configuration is not None
        return _still_stopped(receipt, lost.configuration)
    return receipt


def _still_stopped(receipt: Receipt, found: SendConfiguration) -> Receipt:
    if found.state is State.CANCELLING or awaits_confirmation(found):
        return replace(receipt, confirmation=Confirmation.OPEN, confirmed_at=None)
    return replace(receipt, confirmation=Confirmation.CONFIRMED, confirmed_at=receipt.restored_at)
