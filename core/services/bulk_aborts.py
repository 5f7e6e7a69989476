"""Plan, start and show bulk aborts. A *batch* is a bulk abort with a fixed list of sends.

A background job executes the batches, even after a crash.
"""

import logging
import threading
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from core.access.permissions import Right, may, may_see, require, visible_accounts
from core.domain.bulk_abort import (
    PAGE_ROWS,
    RETRIABLE,
    Batch,
    BulkId,
    BulkIds,
    BulkOutcome,
    BulkPage,
    BulkPlan,
    BulkProgress,
    BulkSend,
    ListedSend,
    plan,
)
from core.domain.list_query import ListQuery
from core.domain.model import Actor, ConfigurationId, SendConfiguration, ShownFacts
from core.errors import N_, AccessError, DemoOverError, FreioError
from core.ports.bulk_aborts import BulkAbortStore
from core.services.aborts import AbortRequest, AbortService, not_visible
from core.services.bulk_execution import BulkExecution
from core.services.bulk_limits import NONE_STOPPED, BulkLimitError, BulkLimits, over_limit
from core.services.closing_soonest import soonest_first
from core.services.queries import Queries

log = logging.getLogger(__name__)

#: The maximum number of sends in a batch, also for an administrator.
MAX_SENDS: Final = 10_000

MAX_UNSEEN: Final = 200


class UnknownBatchError(FreioError):
    """The batch does not exist, or is invisible to the actor."""

    means = N_("No send of your accounts was changed by it.")


@dataclass(slots=True)
class BulkAborts:
    """Plans, starts and shows batches. A new batch sets `waiting`, and so wakes the job."""

    aborts: AbortService
    store: BulkAbortStore
    queries: Queries
    limits: BulkLimits
    execution: BulkExecution
    waiting: threading.Event = field(default_factory=threading.Event)
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, ids: Sequence[ConfigurationId], actor: Actor) -> BulkPlan:
        """Return what an abort of the sends would do now. Write nothing.

        `BulkPlan.missing` has the ids of unknown and invisible sends.
        """
        visible = visible_accounts(actor)
        found = [c for c in self._read(ids, actor) if may_see(visible, c.account)]
        ordered = self._soonest_first(found)
        known = {c.id for c in found}
        missing = [id for id in dict.fromkeys(ids) if id not in known]
        return plan(
            ordered, self.aborts.platform, lambda c: may(actor, Right.STOP, c.account), missing
        )

    def matching(self, query: ListQuery, actor: Actor) -> BulkIds:
        """Return the ids of the sends in a list that can perhaps be stopped, soonest first.

        Return at most MAX_SENDS ids. Ignore the page and the order of the query.
        """
        queries = replace(self.queries, visible=visible_accounts(actor))
        total = queries.count_stoppable(query)
        found = queries.stoppable(query, MAX_SENDS)
        self._require_demo(actor)
        ordered = self._soonest_first(found)
        return BulkIds(tuple(send.id for send in ordered), total)

    def start(
        self,
        ids: Sequence[ConfigurationId],
        actor: Actor,
        *,
        reason: str = "",
        note: str = "",
        shown: Mapping[ConfigurationId, ShownFacts] = MappingProxyType({}),
        retry_of: str = "",
    ) -> BulkId:
        """Store a batch for the background job.

        - `shown`: for each send, the facts that the dialog showed to the person.
        - `retry_of`: if this batch is a retry, the id of the earlier batch.

        Errors: AccessError, BulkLimitError, ReasonMissingError, StoreError; FreioError if no send
        can be stopped or the data was replaced. After each error, nothing was stopped.
        """
        request, ids = self.aborts.request(actor, reason, note), list(dict.fromkeys(ids))
        if len(ids) > MAX_SENDS:
            raise BulkLimitError(
                N_("At most {limit} sends can be aborted at once. These are {count}."),
                N_("Choose fewer sends."),
                limit=MAX_SENDS,
                count=len(ids),
            )
        era = self.store.era()
        found = self._read(ids, actor)
        self._require_right(ids, found, request)
        self.aborts.require_reason(request)
        planned = plan(found, self.aborts.platform)
        if not planned.count:
            raise FreioError(
                N_("None of these sends can be stopped any more."),
                N_("Close this and look at the list."),
                NONE_STOPPED,
            )
        listed = _listed(self._soonest_first(found), ids, shown)
        batch = Batch(
            id=BulkId(uuid.uuid4().hex),
            requested_at=self.aborts.clock(),
            requester=actor,
            reason=request.reason,
            note=request.note,
            retry_of=retry_of,
        )
        # Without the lock, two requests of one person could together exceed the limit.
        with self._starting:
            self._require_limit(planned, actor)
            if not self.store.add_batch(batch, listed, era=era, only_demo=actor.only_demo):
                raise FreioError(
                    N_("The data was replaced in this moment."),
                    N_("Close this and look at the list."),
                    NONE_STOPPED,
                )
        log.info("bulk abort %s of %d sends by %s", batch.id, len(listed), actor.name)
        self.waiting.set()
        return batch.id

    def require_access(self, ids: Sequence[ConfigurationId], actor: Actor) -> None:
        """If the actor lacks the right for a send, record a refusal and raise AccessError (I7)."""
        self._require_right(ids, self._read(ids, actor), AbortRequest(actor))

    def progress_of(self, ids: Collection[BulkId], actor: Actor) -> Mapping[BulkId, BulkProgress]:
        """Return the progress of the visible batches."""
        batches = [batch for id in ids if (batch := self.store.batch(id)) is not None]
        return {each.id: each for each in self._progress(batches, actor)}

    def progress(self, id: BulkId, actor: Actor) -> BulkProgress:
        """Return the progress of a batch. Raise UnknownBatchError if the batch is not visible."""
        found = self.progress_of([id], actor)
        if id not in found:
            raise UnknownBatchError(
                N_("There is no such bulk abort among those of your accounts."),
                N_("Look at the page Aborts."),
            )
        return found[id]

    def sends(
        self,
        id: BulkId,
        actor: Actor,
        outcomes: Collection[BulkOutcome] = (),
        page: int = 1,
        page_rows: int = PAGE_ROWS,
    ) -> BulkPage:
        """Return a page of the sends with these outcomes (empty: all outcomes).

        If `page` is too large, return the last page. Raise the errors of `progress`.
        """
        counts = self.progress(id, actor).counts
        total = sum(n for outcome, n in counts.items() if not outcomes or outcome in outcomes)
        page = max(1, min(page, BulkPage((), total, 1, page_rows).pages))
        offset, visible = (page - 1) * page_rows, visible_accounts(actor)
        rows = self.store.batch_sends(id, outcomes, page_rows, offset, visible)
        return BulkPage(rows, total, page, page_rows)

    def open_of(self, actor: Actor) -> Sequence[BulkProgress]:
        """Return the actor's running batches and unseen results, newest first."""
        if not actor.name:
            return []
        found = self.store.unseen_batches(actor.name, MAX_UNSEEN, visible_accounts(actor))
        return self._progress(found, actor)

    def all_sends(self, id: BulkId, actor: Actor) -> Sequence[BulkSend]:
        """Return all sends of a batch, for an export. Raise the errors of `progress`."""
        self.progress(id, actor)
        return self.store.batch_sends(id, (), MAX_SENDS, 0, visible_accounts(actor))

    def see(self, id: BulkId, actor: Actor) -> None:
        """If the actor's own batch has ended, record that the actor has seen the result."""
        batch = self.store.batch(id)
        if batch is not None and batch.requester.name == actor.name and may(actor, Right.VIEW):
            self.store.see_batch(id, self.aborts.clock())

    def stop(self, id: BulkId, actor: Actor) -> BulkProgress:
        """End a batch early: do not abort the pending sends. Return the progress of the batch.

        Do nothing if the batch has ended. Raise AccessError if the actor is neither the requester
        nor an administrator. Raise the errors of `progress`.
        """
        require(actor, Right.STOP)
        found = self.progress(id, actor)
        if found.actor != actor.name and not may(actor, Right.ADMINISTER):
            raise AccessError(
                N_("Another person started this bulk abort."),
                N_("Ask them or an administrator to end it."),
            )
        self.store.stop_batch(id, self.aborts.clock())
        log.info("bulk abort %s was ended by %s", id, actor.name)
        return self.progress(id, actor)

    def retry(self, id: BulkId, actor: Actor) -> BulkId:
        """Start a new batch with the RETRIABLE sends of an earlier batch.

        Raise the errors of `start` and `progress`.
        """
        first = self.progress(id, actor)
        rows = self.store.batch_sends(id, RETRIABLE, MAX_SENDS, 0, visible_accounts(actor))
        ids = [row.configuration_id for row in rows]
        return self.start(ids, actor, reason=first.reason, note=first.note, retry_of=id)

    def run_pending(self) -> None:
        """Execute the stored batches."""
        self.execution.run()

    def _soonest_first(self, sends: Sequence[SendConfiguration]) -> Sequence[SendConfiguration]:
        return soonest_first(self.queries.forecasting, sends, self.aborts.clock())

    def _read(self, ids: Sequence[ConfigurationId], actor: Actor) -> list[SendConfiguration]:
        found = {c.id: c for c in self.store.configurations(list(dict.fromkeys(ids)))}
        self._require_demo(actor)
        return [found[id] for id in dict.fromkeys(ids) if id in found]

    def _require_demo(self, actor: Actor) -> None:
        """Raise DemoOverError if the demo data of a demo visitor was replaced.

        Call this method after a read. Demo data never replaces feed data. Therefore, if the store
        has demo data after the read, the read returned demo data too.
        """
        if actor.only_demo and not self.aborts.store_is_platform():
            raise DemoOverError

    def _require_right(
        self,
        ids: Sequence[ConfigurationId],
        found: Sequence[SendConfiguration],
        request: AbortRequest,
    ) -> None:
        actor = request.actor
        foreign = [c for c in found if not may(actor, Right.STOP, c.account)]
        if foreign:
            log.warning(
                "bulk abort of %d sends by %s refused: %d of them are not allowed",
                *(len(ids), actor.name, len(foreign)),
            )
            raise self.aborts.not_allowed(foreign[0], request)
        require(actor, Right.STOP)
        known = {c.id for c in found}
        for id in ids:
            if actor.accounts is not None and id not in known:
                raise not_visible(id)

    def _require_limit(self, planned: BulkPlan, actor: Actor) -> None:
        """Raise BulkLimitError if the plan plus the actor's pending sends exceeds the limit."""
        limit = self.limits.of(actor)
        own = [b.id for b in self.store.open_batches() if b.requester.name == actor.name]
        counts = [each for found in self.store.outcome_counts(own).values() for each in found]
        waiting = [each for each in counts if each.outcome is BulkOutcome.PENDING]
        sends = planned.count + sum(count.sends for count in waiting)
        recipients = planned.recipients + sum(count.recipients for count in waiting)
        unsized = planned.unsized + sum(count.unsized for count in waiting)
        if trouble := over_limit(limit, sends, recipients, unsized):
            raise trouble

    def _progress(self, batches: Sequence[Batch], actor: Actor) -> list[BulkProgress]:
        visible = visible_accounts(actor)
        counts = self.store.outcome_counts([b.id for b in batches], visible) if batches else {}
        self._require_demo(actor)
        return [BulkProgress.of(b, counts[b.id]) for b in batches if b.id in counts]


def _listed(
    ordered: Sequence[SendConfiguration],
    ids: Sequence[ConfigurationId],
    shown: Mapping[ConfigurationId, ShownFacts],
) -> list[ListedSend]:
    known = {c.id for c in ordered}
    sends = [
        ListedSend(
            position=position,
            configuration_id=c.id,
            name=c.name,
            account=c.account,
            total_records=c.total_records,
            scheduled_at=c.scheduled_at,
            shown=shown.get(c.id),
        )
        for position, c in enumerate(ordered)
    ]
    missing = enumerate((id for id in ids if id not in known), len(sends))
    return sends + [ListedSend(position=n, configuration_id=id) for n, id in missing]
