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
        """Return the seconds from request to verified stop, for the last `limit` verified stops."""


class DeliveryStore(SendReads, DeliveryReads, Leases, Protocol):
    """What the worker of deliveries reads and writes. `AbortStore` adds new deliveries."""

    def due_deliveries(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return the deliveries that have not ended and have a step due at `now`, in this order:

        1. deliveries that Freio has already requested from the platform,
        2. the others by due time. At the same due time, sends that had begun before the abort come
           first.
        """

    def is_reported_after(self, id: ConfigurationId, at: datetime) -> bool:
        """Return whether a report that is newer than `at` changed a send.

        A report is a loaded file or a poll. A poll that shows the send running does not change the
        send for some seconds after a verified stop, because the delivery itself reads the send.
        """

    def verified_stops(self, id: ReceiptId) -> int:
        """Return the number of times that a stop of this abort was verified."""

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

        - `kind`, `facts`: the entry for the audit log.
        - `settles`: the new confirmation of the abort, from the reading in `after`. With `settles`,
          also write the confirmation, the send and its history.

        If the step of `after` is SETTLED, also write the final numbers, and an entry SETTLED in the
        audit log. A confirmed abort becomes contradicted if a person now has to do it in the
        platform.

        Return None and write nothing if the stored delivery does not equal `before`.
        """
