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
        """Return the deliveries whose next step is due at `now`, by due time.

        But deliveries that Freio has already requested come before all others. At the same due
        time, sends that had begun before the abort come first.
        """

    def is_reported_after(self, id: ConfigurationId, at: datetime) -> bool:
        """Return whether a loaded file or a poll changed a send, and is newer than `at`.

        For some seconds after a verified stop, the delivery itself reads the send. In this time,
        the send does not change if a file or a poll shows it running.
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
        audit log. If a confirmed stop did not last and a person now has to act, the abort becomes
        contradicted.

        Return None and write nothing if the stored delivery has another version than `before`.
        """
