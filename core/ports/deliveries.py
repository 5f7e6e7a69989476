"""Port for the deliveries of aborts to the platform."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.audit_log import EntryKind
from core.domain.delivery import Delivery
from core.domain.model import ConfigurationId, Confirmation, ReceiptId
from core.ports.sends import SendReads
from core.ports.shared_state import Leases


class DeliveryReads(Protocol):
    """Reads about deliveries."""

    def deliveries(self, ids: Collection[ReceiptId]) -> Mapping[ReceiptId, Delivery]:
        """Return the deliveries of these receipts. Some receipts have no delivery."""

    def last_deliveries(
        self, ids: Collection[ConfigurationId]
    ) -> Mapping[ConfigurationId, Delivery]:
        """Return the last delivery of each of these sends. Some sends have no delivery."""

    def verified_after(self, limit: int) -> Sequence[float]:
        """Return the seconds from the request to the verified stop, for the last `limit` stops."""


class DeliveryStore(SendReads, DeliveryReads, Leases, Protocol):
    """What the worker of deliveries reads and writes. `AbortStore` adds new deliveries."""

    def due_deliveries(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return the deliveries that have not ended and have a step due at `now`.

        Deliveries that were already requested from the platform come first. The others are ordered
        by due time. At the same due time, deliveries whose send had begun before the abort come
        first.
        """

    def is_reported_after(self, id: ConfigurationId, at: datetime) -> bool:
        """Return whether a report that is newer than `at` changed a send.

        A report is a loaded file or a poll of the platform. For some seconds after a verified stop,
        the delivery itself still reads the send. In this time, polls do not change the send, even
        if they show that it runs.
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
        """Write the next step of a delivery, and return the stored delivery.

        If `kind` is given, an entry of this kind with `facts` is added to the audit log.

        `settles` says whether the reading in `after` confirms the abort, contradicts it or leaves
        it open. With `settles`, the send, its history and the news about the receipt are written
        too.

        If `after` is settled, its final numbers are written, with an entry of the kind SETTLED.

        If the abort was confirmed before, and a person now has to do it in the platform, the abort
        becomes contradicted.

        Return None and write nothing if the stored delivery no longer equals `before`.
        """
