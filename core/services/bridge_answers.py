"""Record the answers of bridges to aborts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.audit_log import EntryKind
from core.domain.delivery import WEBHOOK, AnswerKind, Delivery, DeliveryStep
from core.domain.model import Confirmation, ReceiptId
from core.ports.connector import BridgeAnswer, BridgeResult
from core.ports.deliveries import DeliveryStore
from core.services.aborts import retry_on_changed_facts


@dataclass(frozen=True, slots=True)
class BridgeAnswerService:
    """Records answers of bridges."""

    store: DeliveryStore
    clock: Callable[[], datetime]

    def answer(self, answer: BridgeAnswer) -> bool:
        """Record an answer. Return False if Freio did not send this abort by webhook.

        Ignore a repeated answer, and an answer older than the recorded answer. Raises StoreError.
        """

        def attempt() -> bool | None:
            id = ReceiptId(answer.receipt_id)
            delivery = self.store.deliveries([id]).get(id)
            if delivery is None or delivery.platform != WEBHOOK:
                return False
            return True if _is_known(delivery, answer) else self._record(delivery, answer)

        return retry_on_changed_facts(attempt)

    def _record(self, delivery: Delivery, answer: BridgeAnswer) -> bool | None:
        now = self.clock()
        step, known, kind, settles = DeliveryStep.FAILED, delivery.answer, EntryKind.FAILED, None
        match _result(delivery, answer):
            case BridgeResult.STOPPED if _is_contradicted(self.store, delivery):
                # Only a person can end a contradiction. This report does not confirm the stop.
                known = AnswerKind.ALREADY_STOPPED.value
            case BridgeResult.STOPPED:
                is_final = answer.records_gone is not None
                step = DeliveryStep.SETTLED if is_final else DeliveryStep.VERIFIED
                kind, settles = EntryKind.VERIFIED, Confirmation.CONFIRMED
            case BridgeResult.TOO_LATE:
                step, known = DeliveryStep.REFUSED, AnswerKind.TOO_LATE.value
                kind, settles = EntryKind.REFUSED, Confirmation.CONTRADICTED
            case BridgeResult.NOT_FOUND:
                step, known = DeliveryStep.MISSING, AnswerKind.NOT_FOUND.value
                kind = EntryKind.REFUSED
        is_stopped = kind is EntryKind.VERIFIED
        if delivery.verified_at is not None and not is_stopped:
            settles = Confirmation.CONTRADICTED  # the bridge withdraws the reported stop
        after = replace(
            delivery,
            step=step,
            answer=known,
            answered_at=delivery.answered_at or now,
            message=answer.message,
            details="",
            sent=answer.records_gone,
            read_at=answer.sent_at,
            next_at=None,
            verified_at=now if is_stopped else None,
            ended_at=now,
            is_by_hand=step in (DeliveryStep.FAILED, DeliveryStep.MISSING),
        )
        facts = {"result": answer.result.value, "message": answer.message, "id": answer.id}
        done = self.store.move_delivery(delivery, after, now, kind, facts, settles=settles)
        return None if done is None else True


def _result(delivery: Delivery, answer: BridgeAnswer) -> BridgeResult:
    """Return the result in an answer. If all messages have gone out, change STOPPED to TOO_LATE."""
    has_all_gone = 0 < (delivery.total or 0) <= (answer.records_gone or 0)
    is_stop = answer.result is BridgeResult.STOPPED
    return BridgeResult.TOO_LATE if is_stop and has_all_gone else answer.result


def _is_contradicted(store: DeliveryStore, delivery: Delivery) -> bool:
    receipt = store.receipt(delivery.receipt_id)
    return receipt is not None and receipt.confirmation is Confirmation.CONTRADICTED


def _is_known(delivery: Delivery, answer: BridgeAnswer) -> bool:
    if delivery.read_at is None or delivery.read_at < answer.sent_at:
        return False
    if answer.sent_at < delivery.read_at:
        return True
    same = {
        BridgeResult.STOPPED: delivery.verified_at is not None
        or delivery.answer == AnswerKind.ALREADY_STOPPED.value,
        BridgeResult.TOO_LATE: delivery.answer == AnswerKind.TOO_LATE.value,
        BridgeResult.NOT_FOUND: delivery.answer == AnswerKind.NOT_FOUND.value,
        BridgeResult.FAILED: delivery.step is DeliveryStep.FAILED,
    }
    return same[_result(delivery, answer)] and delivery.sent == answer.records_gone
