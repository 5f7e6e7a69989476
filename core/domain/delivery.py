"""The delivery of an accepted abort to the platform: steps, outcome and time limits. Pure.

The answer to a request does not prove a stop. Only later readings prove a stop:

- *Verified*: a reading showed a state that confirms the stop.
- *Settled*: the number of sent messages did not change between two readings.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.domain.model import AwareTimes, ConfigurationId, Receipt, ReceiptId
from core.domain.states import State

#: SIMULATED is the platform of the demo.
SIMULATED: Final = "simulated"
WEBHOOK: Final = "webhook"

#: The minimum time between the two readings of a settled delivery. A connector can need more time.
REST: Final = timedelta(seconds=2)

#: The maximum time until an answer, and the maximum time until a verified stop. When one of these
#: times is over, a person has to check the send. If you change a time, also change NOT_ANSWERED in
#: `core/services/delivery.py`, and OPERATING.md.
MAX_REQUESTING: Final = timedelta(minutes=2)
MAX_VERIFYING: Final = timedelta(minutes=2)

#: The maximum time from now to `Delivery.next_at`. A longer time means that the clock was set back.
LONGEST_WAIT: Final = max(MAX_REQUESTING, MAX_VERIFYING)

#: If an abort is older than FRESH, the send has perhaps finished. Freio then reads the send before
#: the request. FRESH is longer than a usual difference between the clocks of two dashboards.
FRESH: Final = timedelta(seconds=5)

#: A platform that was just starting a send can overwrite a verified stop. Within this time after
#: the stop, Freio then requests the stop again. Later, a person has perhaps started the send, so
#: Freio requests no second stop.
OVERWRITTEN: Final = timedelta(seconds=15)
#: States that show an undone stop. A person can resume a PAUSED send.
UNDONE: Final = (State.PROCESANDO, State.IN_PROGRESS, State.PAUSED)


class DeliveryStep(StrEnum):
    """The most recent step of a delivery. The value is stored."""

    WAITING = "waiting"
    REQUESTED = "requested"
    FAILED = "failed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    MISSING = "missing"
    VERIFIED = "verified"
    SETTLED = "settled"


class AnswerKind(StrEnum):
    """What a platform answered to an abort. The value is stored."""

    ACCEPTED = "accepted"
    ALREADY_STOPPED = "already_stopped"
    TOO_LATE = "too_late"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"


class DeliveryOutcome(StrEnum):
    """The known result of a delivery."""

    UNDER_WAY = "under_way"
    STOPPED = "stopped"
    TOO_LATE = "too_late"
    #: Freio cannot read the send. Only a file or a person can confirm the stop.
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(AwareTimes):
    """An abort on the way to `platform`.

    - `requested_at`: the time of the most recent try, or None if no request was sent.
    - `next_at`: the time of the next step. Freio does nothing for the delivery before this time.
    - `message`: the platform's own words, or the template of an error text.
    - `details`: the values of the template as JSON.
    - `word`, `total`, `sent`: the state word and the numbers in the most recent reading.
    - `ended_at`: after this time, Freio requests and reads nothing.
    - `is_by_hand`: a person has to abort or check the send in the platform.
    """

    receipt_id: ReceiptId
    configuration_id: ConfigurationId
    platform: str
    state_before: State
    queued_at: datetime
    step: DeliveryStep = DeliveryStep.WAITING
    version: int = 1
    tries: int = 0
    requested_at: datetime | None = None
    next_at: datetime | None = None
    answered_at: datetime | None = None
    answer: str | None = None
    message: str = ""
    details: str = ""
    word: str = ""
    total: int | None = None
    sent: int | None = None
    read_at: datetime | None = None
    verified_at: datetime | None = None
    ended_at: datetime | None = None
    is_by_hand: bool = False

    @property
    def outcome(self) -> DeliveryOutcome:
        """The known result."""
        if self.verified_at is not None:
            return DeliveryOutcome.STOPPED
        if self.ended_at is None:
            return DeliveryOutcome.UNDER_WAY
        if self.is_by_hand:
            return DeliveryOutcome.UNKNOWN
        # REFUSED with the answer ACCEPTED: the abort was accepted, but the send finished.
        is_too_late = self.step is DeliveryStep.REFUSED and self.answer in (
            AnswerKind.TOO_LATE,
            AnswerKind.ACCEPTED,
        )
        return DeliveryOutcome.TOO_LATE if is_too_late else DeliveryOutcome.ACCEPTED

    @property
    def has_gone_out(self) -> bool:
        """Whether the abort was too late, and the number of sent messages is known."""
        return self.outcome is DeliveryOutcome.TOO_LATE and self.sent is not None

    @property
    def lacks_final_numbers(self) -> bool:
        """Whether the send stopped, but the number of sent messages is not final.

        A bridge can leave the number out, so the value is False for a webhook.
        """
        has_ended = self.verified_at is not None and self.ended_at is not None
        is_read = self.step is DeliveryStep.VERIFIED and self.platform != WEBHOOK
        return has_ended and is_read

    @property
    def is_to_abort(self) -> bool:
        """Whether a person has to abort the send in the platform."""
        return self.is_by_hand and self.step is not DeliveryStep.MISSING

    def is_due(self, now: datetime) -> bool:
        """Return whether the next step can be taken now."""
        wait = timedelta(0) if self.next_at is None else self.next_at - now
        return not timedelta(0) < wait <= LONGEST_WAIT

    @property
    def spared(self) -> int | None:
        """The number of recipients without a message, or None."""
        if self.total is None or self.sent is None:
            return None
        return max(0, self.total - self.sent)


def delivery_of(receipt: Receipt) -> Delivery | None:
    """Return a new delivery for a receipt, or None if there is nothing to deliver.

    A restored receipt keeps the time of the old request, so Freio usually reads the send first (see
    FRESH).
    """
    if not receipt.accepted or not receipt.platform:
        return None
    return Delivery(
        receipt_id=receipt.id,
        configuration_id=receipt.configuration_id,
        platform=receipt.platform,
        state_before=receipt.state_before,
        queued_at=receipt.requested_at,
        total=receipt.total_records,
    )
