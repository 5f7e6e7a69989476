"""Restore receipts that the database has lost, from the receipt journal.

Freio decides each lost abort again by the current facts. A restored receipt has the id of the lost
receipt.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.domain.model import Confirmation, Guard, Receipt, SendConfiguration
from core.domain.platform import Platform
from core.domain.rules import Refuse, awaits_confirmation, decide_abort, went_on_as
from core.domain.states import Generation, Refusal, State
from core.platforms import icomm
from core.ports.aborts import AbortStore
from core.services.aborts import retry_on_changed_facts, with_acceptance

log = logging.getLogger(__name__)


class RestoreEffect(StrEnum):
    """The effect of restoring a lost receipt.

    - GONE: the abort is too late.
    - STILL_OPEN: the state of the send does not show whether the send goes out. If the platform
      cannot interrupt sends, generation is not known to have started.
    - RECEIPT_ONLY: the abort was refused.
    """

    STOPPED_AGAIN = "stopped_again"
    STILL_STOPPED = "still_stopped"
    GONE = "gone"
    STILL_OPEN = "still_open"
    NOT_IN_STORE = "not_in_store"
    RECEIPT_ONLY = "receipt_only"


_EFFECTS: Final = {
    Refusal.ALREADY: RestoreEffect.STILL_STOPPED,
    Refusal.PLATFORM_STOPPED: RestoreEffect.STILL_STOPPED,
    Refusal.TOO_LATE: RestoreEffect.GONE,
    Refusal.FINISHED: RestoreEffect.GONE,
}


@dataclass(frozen=True, slots=True)
class LostReceipt:
    """A lost receipt. `configuration` is the send, or None if the store lacks the send."""

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
        """Return the effect of restoring each lost receipt. Write nothing."""
        return [self._lost(receipt) for receipt in missing]

    def restore(self, missing: Sequence[Receipt]) -> list[LostReceipt]:
        """Restore each receipt that is still lost.

        After a StoreError, the receipts that were already restored stay in the database.
        """
        return [self._restore(receipt) for receipt in missing]

    def _lost(self, receipt: Receipt) -> LostReceipt:
        current = self.store.configuration(receipt.configuration_id)
        if not receipt.accepted:
            effect = RestoreEffect.RECEIPT_ONLY
        elif current is None:
            effect = RestoreEffect.NOT_IN_STORE
        else:
            decision = decide_abort(current, self.platform)
            effect = RestoreEffect.STOPPED_AGAIN
            if isinstance(decision, Refuse):
                has_begun = current.generation is Generation.STARTED
                is_gone = has_begun and not self.platform.interrupts
                other = RestoreEffect.GONE if is_gone else RestoreEffect.STILL_OPEN
                effect = _EFFECTS.get(decision.reason, other)
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
        before = lost.configuration
        restored = _with_current_confirmation(replace(receipt, restored_at=self.clock()), lost)
        if before is None or not receipt.accepted:
            return lost if self.store.record_receipt(restored, era=era) else None
        if lost.effect is RestoreEffect.STOPPED_AGAIN:
            restored, after = self._stopped_again(before, restored)
        else:
            # An open abort changes the state, so the next report confirms or contradicts the abort.
            is_open = lost.effect is RestoreEffect.STILL_OPEN
            after = replace(
                before,
                state=receipt.state_after if is_open else before.state,
                abort_confirmation=restored.confirmation,
                version=before.version + 1,
            )
            after = replace(after, went_on_as=went_on_as(after))
        is_written = self.store.commit_abort(Guard.of(before), after, restored, era=era)
        return lost if is_written else None

    def _stopped_again(
        self, before: SendConfiguration, restored: Receipt
    ) -> tuple[Receipt, SendConfiguration]:
        decision = decide_abort(before, self.platform)
        assert not isinstance(decision, Refuse)
        is_final = self.store_is_platform() and not restored.platform
        current = replace(
            restored,
            verdict=decision.rule.verdict,
            state_before=before.state,
            total_records=before.total_records,
            generated_records=before.generated_records,
            spared=decision.consequences.spared,
            gone=decision.consequences.gone,
        )
        return with_acceptance(current, before, decision, is_final=is_final)


def _with_current_confirmation(receipt: Receipt, lost: LostReceipt) -> Receipt:
    """Return the receipt with the confirmation that the current facts give.

    Return the receipt of a refused abort unchanged. `_stopped_again` sets the confirmation for
    STOPPED_AGAIN.
    """
    match lost.effect:
        case RestoreEffect.GONE:
            confirmation = Confirmation.CONTRADICTED
        case RestoreEffect.NOT_IN_STORE | RestoreEffect.STILL_OPEN:
            confirmation = Confirmation.OPEN
        case RestoreEffect.STILL_STOPPED:
            current = lost.configuration
            assert current is not None
            is_open = current.state is State.CANCELLING or awaits_confirmation(current)
            confirmation = Confirmation.OPEN if is_open else Confirmation.CONFIRMED
        case _:
            return receipt
    is_confirmed = confirmation is Confirmation.CONFIRMED
    confirmed_at = receipt.restored_at if is_confirmed else None
    return replace(receipt, confirmation=confirmation, confirmed_at=confirmed_at)
