"""Port for stored bulk aborts.

A *batch* is one bulk abort with its fixed list of sends. A *chunk* is a part of this list that one
transaction writes.
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
from core.ports.sends import SendLists


class BulkAbortStore(AbortStore, SendLists, Protocol):
    """What bulk aborts read and write. `visible` limits results to sends of these accounts."""

    def batch(self, id: BulkId) -> Batch | None:
        """Return one batch, or None."""

    def unseen_batches(self, actor: str, limit: int, visible: Accounts) -> Sequence[Batch]:
        """Return the last batches of the person `actor`, newest first.

        Leave out batches without visible sends, and batches whose result the person has seen.
        """

    def open_batches(self) -> Sequence[Batch]:
        """Return all batches that have not ended, oldest first."""

    def outcome_counts(
        self, ids: Collection[BulkId], visible: Accounts = None
    ) -> Mapping[BulkId, Sequence[OutcomeCount]]:
        """Return the counts of sends by outcome, for each batch with visible sends."""

    def batch_sends(
        self,
        id: BulkId,
        outcomes: Collection[BulkOutcome],
        limit: int,
        offset: int,
        visible: Accounts = None,
    ) -> Sequence[BulkSend]:
        """Return sends whose outcome is in `outcomes` (empty: any), in the order of the list."""

    def pending(self, id: BulkId, limit: int) -> Sequence[ListedSend]:
        """Return the first sends of a batch that have no outcome."""

    def configurations(
        self,
        ids: Collection[ConfigurationId],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[SendConfiguration]:
        """Return the existing sends with these ids, in any order.

        `since` and `until` limit the `scheduled_at` (both included). With these limits, the store
        does not scan the whole table.
        """

    def add_batch(
        self, batch: Batch, sends: Sequence[ListedSend], *, era: str, only_demo: bool = False
    ) -> bool:
        """Store a batch with its sends. Return False and write nothing if the era has changed.

        With `only_demo`, raise DemoOverError and write nothing if the data is not demo data.
        """

    def commit_chunk(
        self, id: BulkId, decided: Sequence[DecidedSend], *, era: str, only_demo: bool = False
    ) -> ChunkResult | None:
        """Write the outcomes, facts, history and receipts of sends in one transaction.

        Skip sends that already have an outcome. If no send is left, or if the era has changed,
        write nothing and return None. `only_demo` works as in `add_batch`.
        """

    def end_batch(self, id: BulkId, at: datetime) -> None:
        """End a batch if all its sends have an outcome."""

    def stop_batch(self, id: BulkId, at: datetime) -> None:
        """End a batch that has not ended. Each pending send gets the outcome KEPT."""

    def see_batch(self, id: BulkId, at: datetime) -> None:
        """Record when the result of an ended batch was first seen."""
