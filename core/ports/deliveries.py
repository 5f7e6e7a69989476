"""Port for the deliveries of aborts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.audit_log import EntryKind
from core.domain.delivery import Delivery
from core.domain.model import ConfigurationId, Confirmation, ReceiptId
from core.ports.send_reads import SendReads
from core.ports.shared_state import Leases


class DeliveryReads(Protocol):
    """Reads about deliveries."""

    def deliveries(self, ids: Collection[ReceiptId]) -> Mapping[ReceiptId, Delivery]:
        """Return the deliveries of receipts."""

    def last_deliveries(
        self, ids: Collection[ConfigurationId]
    ) -> Mapping[ConfigurationId, Delivery]:
        """Return the last delivery of each send."""

    def verified_after(self, limit: int) -> Sequence[float]:
        """Return the seconds from request to verified stop, for the last `limit` stops."""


class DeliveryStore(SendReads, DeliveryReads, Leases, Protocol):
    """What the delivery worker reads and writes. `AbortStore` adds new deliveries."""

    def due_deliveries(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return the deliveries with a step due at `now`, sorted by these criteria:

        1. Deliveries without a request yet (step WAITING) come after all other deliveries.
        2. Earlier due times come before later due times.
        3. Sends that were SCHEDULED before the abort come after other sends.
        """

    def is_reported_after(self, id: ConfigurationId, at: datetime) -> bool:
        """Return whether a send was changed by a file or poll with data that is newer than `at`."""

    def verified_stops(self, id: ReceiptId) -> int:
        """Count the verified stops of an abort in the audit log."""

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
        - `settles`: the new confirmation of the abort. It is also written to the send and to the
          history of the send.

        These writes do not need `settles`:

        - After a verified stop, the send gets new numbers of messages.
        - If the step of `after` is SETTLED, the receipt gets the final numbers of messages.
        - If the abort was confirmed but is open again, and `after.is_by_hand` is true, the abort
          becomes contradicted.

        If the stored version is not the version of `before`, return None and write nothing.
        """
