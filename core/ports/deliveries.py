"""Port for the deliveries of aborts to the platform."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.audit_log import EntryKind
from core.domain.delivery import Delivery
from core.domain.model import (
    ConfigurationId,
    Confirmation,
    Receipt,
    ReceiptId,
    SendConfiguration,
)


class DeliveryReads(Protocol):
    """Reads about deliveries."""

    def deliveries(self, ids: Collection[ReceiptId]) -> Mapping[ReceiptId, Delivery]:
        """Return the deliveries of these receipts. Some receipts have no delivery."""

    def last_deliveries(
        self, ids: Collection[ConfigurationId]
    ) -> Mapping[ConfigurationId, Delivery]:
        """Return the last delivery of each of these sends. Some sends have no delivery."""

    def verified_after(self, limit: int) -> Sequence[float]:
        """Return the seconds from the request to the verified stop, for the last deliveries."""


class DeliveryStore(DeliveryReads, Protocol):
    """What the worker reads and writes. `AbortStore` adds the delivery of an accepted abort."""

    def receipt(self, id: ReceiptId) -> Receipt | None:
        """Return one receipt, or None."""

    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        """Return one send, or None."""

    def is_leased(self, name: str) -> bool:
        """Return whether a dashboard holds this lease."""

    def due_deliveries(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return the deliveries that have not ended and whose wait is over.

        First come the deliveries that were already requested. Then come the deliveries of sends
        that had begun when they were aborted.
        """

    def is_reported_after(self, id: ConfigurationId, at: datetime) -> bool:
        """Return whether a file or list that was made after a time changed a send.

        A list that shows that a verified stop did not last changes nothing while its delivery is
        reading the send.
        """

    def verified_stops(self, id: ReceiptId) -> int:
        """Return how often a stop of this abort was verified."""

    def move_delivery(
        self,
        before: Delivery,
        after: Delivery,
        at: datetime,
        kind: EntryKind | None = None,
        facts: Mapping[str, object] = {},
        *,
        settles: Confirmation | None = None,
    ) -> Delivery | None:
        """Write the next step of a delivery, with its entry in the audit log; return it as stored.

        With `settles`, the reading in `after` confirms or contradicts the abort, or leaves it open.
        Then the send, its history and the news about the receipt are written too. If `after` is
        settled, its final numbers are written, with a separate entry unless `kind` is SETTLED. If a
        verified stop did not last, and the delivery ends and needs a person, the abort is
        contradicted.

        Return None and write nothing if the stored delivery is not `before` any more.
        """
