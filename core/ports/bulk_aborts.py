"""Port for bulk aborts.

A *batch* is a bulk abort with a fixed list of sends. One transaction writes a part of the list: a
*chunk*.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.bulk_abort import (
    Batch,
    BulkId,
    BulkOutcome,
    BulkSend,
    ChunkResult,
    DecidedSend,
    ListedSend,
    OutcomeCount,
)
from core.domain.model import Accounts, ConfigurationId, SendConfiguration
from core.ports.aborts import AbortStore
from core.ports.send_reads import SendLists


class BulkAbortStore(AbortStore, SendLists, Protocol):
    """What bulk aborts read and write."""

    def batch(self, id: BulkId) -> Batch | None:
        """Return a batch, or None."""

    def unseen_batches(self, actor: str, limit: int, visible: Accounts) -> Sequence[Batch]:
        """Return the person's last batches whose result the person has not seen, newest first."""

    def open_batches(self) -> Sequence[Batch]:
        """Return all open batches, oldest first."""

    def outcome_counts(
        self, ids: Collection[BulkId], visible: Accounts = None
    ) -> Mapping[BulkId, Sequence[OutcomeCount]]:
        """Count the visible sends of each batch by outcome."""

    def batch_sends(
        self,
        id: BulkId,
        outcomes: Collection[BulkOutcome],
        limit: int,
        offset: int,
        visible: Accounts = None,
    ) -> Sequence[BulkSend]:
        """Return sends with an outcome in `outcomes` (empty: any), in list order."""

    def pending(self, id: BulkId, limit: int) -> Sequence[ListedSend]:
        """Return the first pending sends of a batch."""

    def configurations(
        self,
        ids: Collection[ConfigurationId],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[SendConfiguration]:
        """Return the existing sends with the ids, in any order.

        `since` and `until` (both included) limit `scheduled_at`, and prevent a scan of the whole
        table.
        """

    def add_batch(
        self, batch: Batch, sends: Sequence[ListedSend], *, era: str, only_demo: bool = False
    ) -> bool:
        """Store a batch and the listed sends.

        If the era has changed, return False and write nothing. With `only_demo`, raise
        DemoOverError if the data is not demo data.
        """

    def commit_chunk(
        self, id: BulkId, decided: Sequence[DecidedSend], *, era: str, only_demo: bool = False
    ) -> ChunkResult | None:
        """Write the outcomes, facts, history and receipts of sends in a transaction.

        Skip sends that already have an outcome. If no send is left or the era has changed, return
        None and write nothing.
        """

    def end_batch(self, id: BulkId, at: datetime) -> None:
        """End a batch if all sends have an outcome."""

    def stop_batch(self, id: BulkId, at: datetime) -> None:
        """End an open batch. Each pending send gets the outcome KEPT."""

    def see_batch(self, id: BulkId, at: datetime) -> None:
        """Record when a person first saw the result of an ended batch."""
