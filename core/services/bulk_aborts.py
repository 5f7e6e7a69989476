"""Bulk abort: stop many sends at once, each of them as `core.services.aborts` stops one.

`start` stores the batch with its fixed list of ids; a background job executes it in chunks. So a
batch goes on if the person closes the page, and another process can resume it after a crash.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.domain.bulk_abort import (
    PAGE_ROWS,
    BulkId,
    BulkIds,
    BulkLimit,
    BulkOutcome,
    BulkPage,
    BulkPlan,
    BulkProgress,
)
from core.domain.list_query import ListQuery
from core.domain.model import Actor, ConfigurationId
from core.errors import AccessError, FreioError
from core.services.aborts import NOT_STOPPED, AbortService, ShownFacts

log = logging.getLogger(__name__)

#: Sends that one batch may have at most, also for an administrator.
MAX_SENDS: Final = 10_000

#: Sends that one transaction stops at most.
CHUNK: Final = 25


class UnknownBatchError(FreioError):
    """No batch that the actor may see has this id."""


class BulkLimitError(AccessError):
    """The sends or recipients are more than the actor may abort at once; nothing was stopped."""

    means = NOT_STOPPED


@dataclass(slots=True)
class BulkAborts:
    """Plans, starts, shows and executes batches of aborts.

    `waiting` is set when there is a batch to execute.
    """

    aborts: AbortService
    waiting: threading.Event = field(default_factory=threading.Event)

    def limit(self, actor: Actor) -> BulkLimit:
        """Return how much the actor may abort at once."""
        raise NotImplementedError

    def plan(self, ids: Sequence[ConfigurationId], actor: Actor) -> BulkPlan:
        """Return what an abort of each of these sends would do now. Changes nothing.

        Ids that the actor cannot see are `missing`.
        """
        raise NotImplementedError

    def count_matching(self, query: ListQuery, actor: Actor) -> int:
        """Return how many sends match a list's filters and can be stopped. Cheap."""
        raise NotImplementedError

    def matching(self, query: ListQuery, actor: Actor) -> BulkIds:
        """Return the ids of all sends that match a list's filters and can be stopped.

        The page and the order of the query do not count. At most MAX_SENDS, soonest first.
        """
        raise NotImplementedError

    def start(
        self,
        ids: Sequence[ConfigurationId],
        actor: Actor,
        *,
        reason: str = "",
        note: str = "",
        shown: Mapping[ConfigurationId, ShownFacts] | None = None,
    ) -> BulkId:
        """Store a batch and wake the job that executes it; return at once with its id.

        `shown` are the facts that the dialog showed. Nothing was stopped if it raises: AccessError
        if the actor may not stop one of these sends (recorded once for all of them),
        BulkLimitError if they are more than the actor may abort at once, ReasonMissingError if a
        reason is required, FreioError if none of them can be stopped, StoreError.
        """
        raise NotImplementedError

    def progress(self, id: BulkId, actor: Actor) -> BulkProgress:
        """Return how far a batch is. Raise UnknownBatchError if the actor cannot see it."""
        raise NotImplementedError

    def sends(
        self,
        id: BulkId,
        actor: Actor,
        outcomes: Collection[BulkOutcome] = (),
        page: int = 1,
        page_rows: int = PAGE_ROWS,
    ) -> BulkPage:
        """Return a page of the sends of a batch with these outcomes (none: all)."""
        raise NotImplementedError

    def open_of(self, actor: Actor) -> Sequence[BulkProgress]:
        """Return the actor's own batches that run, or whose result was not seen; newest first."""
        raise NotImplementedError

    def recent(self, actor: Actor, limit: int = 20) -> Sequence[BulkProgress]:
        """Return the last batches that the actor may see, newest first."""
        raise NotImplementedError

    def see(self, id: BulkId, actor: Actor) -> None:
        """Record that the actor has seen the result of their own batch."""
        raise NotImplementedError

    def stop(self, id: BulkId, actor: Actor) -> BulkProgress:
        """Leave all sends of a batch that are still pending as they are; return the result.

        For the person who started it, and for administrators. Does nothing if it has ended.
        """
        raise NotImplementedError

    def retry(self, id: BulkId, actor: Actor) -> BulkId:
        """Start a new batch of the sends that were not written or kept changing."""
        raise NotImplementedError

    def run_pending(self) -> None:
        """Execute the stored batches until none is pending: the background job."""
        raise NotImplementedError
