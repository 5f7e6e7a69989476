"""The queries of the pages, limited to the visible accounts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from core.access.permissions import may_see
from core.domain.audit_log_check import AuditLogResult
from core.domain.delivery import Delivery
from core.domain.freshness import Freshness
from core.domain.list_query import (
    BY_TIME_LEFT,
    MOST_SORTED,
    PAGE_SIZES,
    SCANNED,
    Choices,
    HourVolume,
    ListQuery,
    ListTotal,
    MayHaveBegun,
    Page,
    Sort,
    StateCount,
    StoppedCounts,
)
from core.domain.load_results import ImportSummary, Reject
from core.domain.model import (
    Accounts,
    ConfigurationId,
    Receipt,
    ReceiptId,
    SendConfiguration,
    StateChange,
)
from core.domain.receipt_query import LoggedReceipt, ReceiptDay, ReceiptPage, ReceiptQuery
from core.forecasting.flags import Flag
from core.forecasting.generation_progress import GenerationProgress
from core.forecasting.usual_volume import UsualHour, UsualVolume, usual_hours
from core.ports.overview import AccountLoad
from core.ports.store import QueryStore
from core.services.closing_soonest import closing_soonest, past_their_time, top_of_list
from core.services.forecasts import Forecasts
from core.services.shared_cache import SharedCache, in_steps
from core.services.unusual_sends import UnusualSends

_Query = TypeVar("_Query", ListQuery, ReceiptQuery)

CLOSING_FIRST = 8
#: In a list sorted by the time left, at most the first MAX_TOP rows are sorted by forecasts. The
#: other rows are sorted by scheduled time. MAX_TOP is a multiple of each page size.
MAX_TOP = 300
MAX_ACCOUNTS = 1_000
MAX_HISTORY = 500
MAX_REJECTS = 1_000
MAX_IMPORTS = 100
MAX_ROWS = 10_000_000
MAX_DAYS = 31
MAX_EXPORT = 100_000


@dataclass(frozen=True, slots=True)
class Overview:
    """The data of the overview."""

    now: datetime
    stopped: StoppedCounts
    volume: Sequence[HourVolume]
    unusual: UnusualSends
    closing: Sequence[SendConfiguration]


@dataclass(frozen=True, slots=True)
class SendDetails:
    """A send with the history (oldest first), the receipts (newest first) and the deliveries."""

    configuration: SendConfiguration
    history: Sequence[StateChange]
    receipts: Sequence[Receipt]
    deliveries: Mapping[ReceiptId, Delivery] = field(default_factory=dict)

    @property
    def delivery(self) -> Delivery | None:
        """The latest delivery, or None."""
        return next((d for r in self.receipts if (d := self.deliveries.get(r.id))), None)


@dataclass(frozen=True, slots=True)
class Queries:
    """Queries about the accounts in `visible` (None: all). No method writes.

    Never pass a method of this class to `cache`. The cache keeps such a result for only one Queries
    object, and each run of a page creates a new object.
    """

    store: QueryStore
    clock: Callable[[], datetime]
    cache: SharedCache
    forecasting: Forecasts
    visible: Accounts = None

    def overview(self, midnight: datetime) -> Overview:
        """Return the overview. `midnight` is the beginning of the reader's day."""
        get, store, now = self.cache.get, self.store, self.clock()
        at = in_steps(now)
        hour = now.replace(minute=0, second=0, microsecond=0)
        day = timedelta(days=1)
        return Overview(
            now=now,
            stopped=get(store.stopped_since, midnight, self.visible),
            volume=get(store.volume, hour - day, hour + day + timedelta(hours=1), self.visible),
            unusual=self.unusual_sends(),
            closing=get(closing_soonest, self.forecasting, CLOSING_FIRST, self.visible, at),
        )

    def unusual_sends(self) -> UnusualSends:
        """Return the unusual sends."""
        return self.cache.uncached(self.forecasting.unusual_sends, self.clock(), self.visible)

    def flags(
        self, configurations: Sequence[SendConfiguration], fresh: Freshness
    ) -> Mapping[ConfigurationId, Sequence[Flag]]:
        """Return the flags of each send. Leave out sends without a flag."""
        return self.cache.uncached(self.forecasting.flags, configurations, fresh)

    def may_have_begun(self, fresh: Freshness) -> MayHaveBegun | None:
        """Return the stoppable sends that may have begun since the last report.

        Return None if the data is current. Also return None if the data is old: all stoppable sends
        may then have begun.
        """
        if fresh.is_current or fresh.is_old:
            return None
        return self.cache.get(
            past_their_time, self.forecasting, self.visible, in_steps(self.clock())
        )

    def progress(self, details: SendDetails) -> GenerationProgress | None:
        """Return the progress of a running generation, or None."""
        return self.forecasting.progress(details.configuration, details.history, self.clock())

    def usual_volume(
        self, since: datetime, until: datetime, learn: UsualVolume = usual_hours
    ) -> Sequence[UsualHour]:
        """Return the usual volume of all accounts for each hour.

        Return an empty list if there is too little history, or if the reader sees only some
        accounts.
        """
        if self.visible is not None:
            return []
        now = self.clock()
        return self.cache.uncached(self.forecasting.usual_volume, since, until, now, learn)

    def is_empty(self) -> bool:
        """Return whether there are no sends yet."""
        return self.cache.get(self.store.is_empty)

    def page(self, query: ListQuery) -> Page:
        """Return a page of the list. If the page number is too large, return the last page.

        An order in SCANNED reads all sends of the list. For a list of more than MOST_SORTED sends,
        replace such an order by the default order.
        """
        query = self._limited(query)
        counts = tuple(self.state_counts(query))
        total = sum(count.configurations for count in counts if query.includes(count))
        if query.sort in SCANNED and total > MOST_SORTED:
            query = replace(query, sort=Sort.CLOSING)
        found = self._page(query, counts)
        if not found.rows and query.page > found.pages:
            return self._page(replace(query, page=found.pages), counts)
        return found

    def _page(self, query: ListQuery, counts: tuple[StateCount, ...]) -> Page:
        # Sends that can perhaps be stopped come first, ordered by forecasts.
        ahead = sum(c.configurations for c in counts if query.includes(c) and c.may_be_stopped)
        limit = min(MAX_TOP, -(-ahead // PAGE_SIZES[-1]) * PAGE_SIZES[-1])
        if query.sort not in BY_TIME_LEFT or query.offset >= limit:
            return self.cache.get(self.store.page, query, counts)
        first = replace(query, page=1, page_size=PAGE_SIZES[0])
        at = in_steps(self.clock())
        # Sort all `limit` rows for each page. If each page were sorted separately, a send could be
        # on two pages or on no page.
        top = self.cache.get(top_of_list, self.forecasting, first, limit, counts, at)
        rows = top.rows[query.offset : query.offset + query.page_size]
        return replace(top, rows=rows, query=query)

    def total(self, query: ListQuery) -> ListTotal:
        """Count the sends and recipients on all pages of a list."""
        found = [count for count in self.state_counts(query) if query.includes(count)]
        return ListTotal(
            sum(c.configurations for c in found),
            sum(c.recipients for c in found),
            sum(c.unsized for c in found),
        )

    def rests(self, query: ListQuery) -> ListTotal:
        """Count the sends of a list, and the recipients whose message has not gone out."""
        return self.cache.get(self.store.rests, self._limited(query))

    def busiest_accounts(self, query: ListQuery) -> Sequence[AccountLoad]:
        """Return the accounts with the most recipients in a list, at most MAX_ACCOUNTS."""
        return self.cache.get(self.store.busiest_accounts, self._limited(query), MAX_ACCOUNTS)

    def state_counts(self, query: ListQuery) -> Sequence[StateCount]:
        """Count the sends of a list by state and outlook. Ignore filters for state and outlook."""
        # All pages and orders of a list share a cached result.
        query = replace(query, state=None, outlooks=None, sort=Sort.CLOSING, page=1, now=None)
        return self.cache.get(self.store.state_counts, self._limited(query))

    def count(self, query: ListQuery) -> int:
        """Count the sends of a list. Ignore filters for state and outlook."""
        return sum(count.configurations for count in self.state_counts(query))

    def count_stoppable(self, query: ListQuery) -> int:
        """Count the sends of a list that can perhaps be stopped."""
        found = self.state_counts(query)
        return sum(c.configurations for c in found if query.includes(c) and c.may_be_stopped)

    def stoppable(self, query: ListQuery, most: int) -> Sequence[SendConfiguration]:
        """Return the sends that `count_stoppable` counts, earliest first, at most `most` sends."""
        counts = self.state_counts(query)
        limit = min(most, self.count_stoppable(query))
        query = replace(self._limited(query), sort=Sort.CLOSING, page=1)
        return self.store.top_rows(query, limit, counts).rows if limit else []

    def fewer_words(self, query: ListQuery) -> Sequence[tuple[str, int]]:
        """Return searches with fewer words than the query, each with the number of found sends."""
        query = replace(query, sort=Sort.CLOSING, page=1)
        return self.cache.get(self.store.fewer_words, self._limited(query))

    def choices(self) -> Choices:
        """Return the choices of the account and channel filters."""
        return self.cache.get(self.store.choices, self.visible)

    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        """Return a visible send, or None."""
        found = self.cache.get(self.store.configuration, id)
        return found if found is not None and may_see(self.visible, found.account) else None

    def send_details(self, id: ConfigurationId) -> SendDetails | None:
        """Return a visible send with the history and receipts, or None."""
        get, store = self.cache.get, self.store
        found = self.configuration(id)
        if found is None:
            return None
        history, receipts = get(store.history, id, MAX_HISTORY), get(store.receipts_of, id)
        return SendDetails(found, history, receipts, self.deliveries(receipts))

    def deliveries(self, receipts: Sequence[Receipt]) -> Mapping[ReceiptId, Delivery]:
        """Return the deliveries of receipts. Some receipts have no delivery."""
        ids = tuple(receipt.id for receipt in receipts if receipt.platform)
        return self.cache.get(self.store.deliveries, ids) if ids else {}

    def last_deliveries(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Delivery]:
        """Return the last delivery of each send. Some sends have no delivery."""
        ids = tuple(c.id for c in configurations if c.abort_confirmation is not None)
        return self.cache.get(self.store.last_deliveries, ids) if ids else {}

    def receipt_counts(self) -> dict[str, int]:
        """Count receipts by verdict."""
        return self.cache.get(self.store.receipt_counts, self.visible)

    def receipt_page(self, query: ReceiptQuery) -> ReceiptPage:
        """Return a page of receipts, newest first.

        If the page number is too large, return the last page.
        """
        query = self._limited(query)
        found = self.cache.get(self.store.receipt_page, query)
        if found.rows or query.page <= found.pages:
            return found
        return self.cache.get(self.store.receipt_page, replace(query, page=found.pages))

    def receipt_days(self, query: ReceiptQuery, zone: str) -> Sequence[ReceiptDay]:
        """Return at most MAX_DAYS days with receipts that match the filters, newest first."""
        query = replace(self._limited(query), page=1)
        return self.cache.get(self.store.receipt_days, query, zone, MAX_DAYS)

    def receipt_choices(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the people and the accounts for the filters of receipts."""
        return self.cache.get(self.store.receipt_choices, self.visible)

    def logged_receipts(self, query: ReceiptQuery) -> Sequence[LoggedReceipt]:
        """Return at most MAX_EXPORT receipts that match the filters, oldest first."""
        return self.cache.uncached(self.store.logged_receipts, self._limited(query), MAX_EXPORT)

    def _limited(self, query: _Query) -> _Query:
        since, until = query.since, query.until
        return replace(
            query,
            visible=self.visible,
            since=since and in_steps(since),
            until=until and in_steps(until),
        )

    def imports(self) -> Sequence[ImportSummary]:
        """Return the last imports, newest first. Readers of only some accounts get none."""
        return self.cache.get(self.store.imports, MAX_IMPORTS) if self.visible is None else []

    def rejects(self, import_id: str) -> Sequence[Reject]:
        """Return the first MAX_REJECTS rejected rows of an import."""
        if self.visible is not None:
            return []
        return self.cache.get(self.store.rejects, import_id, MAX_REJECTS)

    def all_rejects(self, import_id: str) -> Sequence[Reject]:
        """Return all rejected rows of an import."""
        return self.store.rejects(import_id, MAX_ROWS) if self.visible is None else []

    def check_audit_log(self) -> AuditLogResult:
        """Check the whole audit log."""
        return self.cache.get(self.store.check_audit_log)
