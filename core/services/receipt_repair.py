"""Restore receipts that the database has lost and the receipt journal still has.

Freio decides each lost abort again by the current facts. Freio writes its receipt with the old id
and with the result of this decision.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.domain.model import Confirmation, Guard, Receipt, SendConfiguration
from core.domain.platform import Platform
from core.domain.rules import (
    Acceptance,
    Decision,
    Refuse,
    awaits_confirmation,
    decide_abort,
    went_on_as,
)
from core.domain.states import Refusal, State
from core.platforms import icomm
from core.ports.aborts import AbortStore
from core.services.aborts import accepted_receipt, facts_after, retry_on_changed_facts

log = logging.getLogger(__name__)


class RestoreEffect(StrEnum):
    """The effect of restoring one lost receipt."""

    STOPPED_AGAIN = "stopped_again"
    STILL_STOPPED = "still_stopped"
    GONE = "gone"
    NOT_IN_STORE = "not_in_store"
    RECEIPT_ONLY = "receipt_only"


@dataclass(frozen=True, slots=True)
class LostReceipt:
    """A lost receipt, the current facts of its send (None if unknown), and the restore's effect."""

    receipt: Receipt
    configuration: SendConfiguration | None
    effect: RestoreEffect


@dataclass(frozen=True, slots=True)
class ReceiptRepair:
    """Previews and restores lost receipts."""

    store: AbortStore
    clock: Callable[[], datetime]
    store_is_platform: Callable[[], bool]
    platform: Platform = icomm.PLATFORM

    def preview(self, missing: Sequence[Receipt]) -> list[LostReceipt]:
        """Return each lost receipt with its send's current facts. Write nothing."""
        return [self._lost(receipt) for receipt in missing]

    def restore(self, missing: Sequence[Receipt]) -> list[LostReceipt]:
        """Restore each receipt that is still lost, and decide its abort again.

        Raise StoreError if the store cannot write. Receipts that were already restored stay.
        """
        return [self._restore(receipt) for receipt in missing]

    def _lost(self, receipt: Receipt) -> LostReceipt:
        current = self.store.configuration(receipt.configuration_id)
        if not receipt.accepted:
            effect = RestoreEffect.RECEIPT_ONLY
        elif current is None:
            effect = RestoreEffect.NOT_IN_STORE
        else:
            effect = _effect(decide_abort(current, self.platform))
        return LostReceipt(receipt, current, effect)

    def _restore(self, receipt: Receipt) -> LostReceipt:
        restored = retry_on_changed_facts(lambda: self._attempt(receipt))
        log.warning("restored the receipt %s: %s", receipt.id, restored.effect)
        return restored

    def _attempt(self, receipt: Receipt) -> LostReceipt | None:
        era = self.store.era()
        lost = self._lost(receipt)
        if self.store.receipt(receipt.id) is not None:
            return lost
        now = self.clock()
        restored = replace(receipt, restored_at=now)
        before = lost.configuration
        if before is None or not receipt.accepted:
            restored = _with_current_confirmation(restored, lost)
            is_written = self.store.record_receipt(restored, era=era)
        elif lost.effect is RestoreEffect.STOPPED_AGAIN:
            is_written = self._stop_again(before, restored, now, era)
        else:
            restored = _with_current_confirmation(restored, lost)
            after = replace(
                before, abort_confirmation=restored.confirmation, version=before.version + 1
            )
            after = replace(after, went_on_as=went_on_as(after))
            is_written = self.store.commit_abort(Guard.of(before), after, restored, era=era)
        return lost if is_written else None

    def _stop_again(
        self, before: SendConfiguration, restored: Receipt, now: datetime, era: str
    ) -> bool:
        decision = decide_abort(before, self.platform)
        assert not isinstance(decision, Refuse)
        own = self.store_is_platform() and not restored.platform
        receipt = accepted_receipt(
            _with_current_facts(restored, before, decision), decision, now, store_is_platform=own
        )
        after = facts_after(before, decision, receipt, store_is_platform=own)
        return self.store.commit_abort(Guard.of(before), after, receipt, era=era)


def _effect(decision: Decision) -> RestoreEffect:
    if not isinstance(decision, Refuse):
        return RestoreEffect.STOPPED_AGAIN
    is_stopped = decision.reason in (Refusal.ALREADY, Refusal.PLATFORM_STOPPED)
    return RestoreEffect.STILL_STOPPED if is_stopped else RestoreEffect.GONE


def _with_current_facts(
    receipt: Receipt, before: SendConfiguration, decision: Acceptance
) -> Receipt:
    return replace(
        receipt,
        verdict=decision.rule.verdict,
        state_before=before.state,
        total_records=before.total_records,
        generated_records=before.generated_records,
        spared=decision.consequences.spared,
        gone=decision.consequences.gone,
    )


def _with_current_confirmation(receipt: Receipt, lost: LostReceipt) -> Receipt:
    """Return a receipt with the confirmation that follows from the current facts."""
    if lost.effect is RestoreEffect.GONE:
        return replace(receipt, confirmation=Confirmation.CONTRADICTED, confirmed_at=None)
    if lost.effect is RestoreEffect.NOT_IN_STORE:
        return replace(receipt, confirmation=Confirmation.OPEN, confirmed_at=None)
    if lost.effect is RestoreEffect.STILL_STOPPED:
        assert lost.configuration is not None
        current = lost.configuration
        if current.state is State.CANCELLING or awaits_confirmation(current):
            return replace(receipt, confirmation=Confirmation.OPEN, confirmed_at=None)
        return replace(
            receipt, confirmation=Confirmation.CONFIRMED, confirmed_at=receipt.restored_at
        )
    return receipt
