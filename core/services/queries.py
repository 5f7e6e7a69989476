"""Answering: what pages ask, with windows and limits clamped here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.access.permissions import may_see
from core.domain.audit_log import Chain
from core.domain.imports import ImportSummary, Reject
from core.domain.list_query import (
    PAGE_SIZES,
    Choices,
    HourVolume,
    ListQuery,
    Page,
    Sort,
    StateCount,
    Tiles,
)
from core.domain.model import Accounts, ConfigurationId, Receipt, SendConfiguration, StateChange
from core.domain.receipt_query import Placed, ReceiptDay, ReceiptPage, ReceiptQuery
from core.domain.states import MAY_BE_STOPPED
from core.forecasting.flags import Flag
from core.forecasting.forecast import Forecast
from core.forecasting.progress import Progress
from core.forecasting.usual_volume import UsualHour
from core.ports.store import QueryStore
from core.ports.upkeep import StoreInfo
from core.services.forecasts import Forecasts
from core.services.shared_cache import SharedCache, in_steps

MAX_CLOSING = 50
#: Rows at the top of the list that stand in order of their forecasts; whole pages of each size.
#: Those after them stand in order of the scheduled time, before which no generation begins.
MAX_HEAD = 300
MAX_HISTORY = 500
MAX_RECEIPTS = 500
MAX_REJECTS = 1_000
MAX_IMPORTS = 100
MAX_ROWS = 10_000_000
MAX_DAYS = 31
MAX_EXPORT = 100_000


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the overview shows, as of `now`."""

    now: datetime
    tiles: Tiles
    states: Sequence[StateCount]
    volume: Sequence[HourVolume]
    closing: Sequence[SendConfiguration]


@dataclass(frozen=True, slots=True)
class SendDetails:
    """One send with its history (oldest first) and its receipts (newest first)."""

    configuration: SendConfiguration
    history: Sequence[StateChange]
    receipts: Sequence[Receipt]


@dataclass(frozen=True, slots=True)
class Queries:
    """Questions about the store, answered from the accounts in `visible`. Nothing here writes.

    What many ask at the same time is asked of the store once: see `shared_cache`. There is one of
    these for each run of a page, so no question is a method of it: it would be nobody else's.
    """

    store: QueryStore
    clock: Callable[[], datetime]
    cache: SharedCache
    forecasting: Forecasts
    overdue_after: timedelta = timedelta(minutes=30)
    visible: Accounts = None

    def overview(self, midnight: datetime, closing: int = 8) -> Overview:
        """Return the overview. `midnight` is when the reader's day began."""
        ask, store, now = self.cache.ask, self.store, self.clock()
        at = in_steps(now)
        hour = now.replace(minute=0, second=0, microsecond=0)
        day = timedelta(days=1)
        return Overview(
            now=now,
            tiles=ask(store.tiles, at, midnight, at - self.overdue_after, self.visible),
            states=ask(store.state_counts, ListQuery(visible=self.visible)),
            volume=ask(store.volume, hour - day, hour + day + timedelta(hours=1), self.visible),
            closing=ask(
                self.forecasting.closing,
                MAY_BE_STOPPED,
                max(1, min(closing, MAX_CLOSING)),
                self.visible,
                at,
            ),
        )

    def forecasts(
        self, configurations: Sequence[SendConfiguration], now: datetime | None = None
    ) -> Mapping[ConfigurationId, Forecast]:
        """Return for each send when its generation may begin; unknown where that is not known.

        As seen at `now`, so that a page can hold its other times against it.
        """
        return self.forecasting.forecasts(configurations, now)

    def flags(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Sequence[Flag]]:
        """Return for each send why to look at it; sends without a reason are left out."""
        return self.cache.ask_alone(self.forecasting.flags, configurations)

    def progress(self, found: SendDetails) -> Progress | None:
        """Return how the generation of a send goes on, None where it is not under way."""
        return self.forecasting.progress(found.configuration, found.history)

    def usual_volume(self, since: datetime, until: datetime) -> Sequence[UsualHour]:
        """Return what is usual for each hour of a window; empty where there is too little past.

        It is known of all accounts together only, and told to those who see all of them.
        """
        if self.visible is not None:
            return []
        return self.cache.ask_alone(self.forecasting.usual_volume, since, until)

    def is_empty(self) -> bool:
        """Tell whether there is nothing to show yet."""
        return self.cache.ask(self.store.is_empty)

    def page(self, query: ListQuery) -> Page:
        """Return a page of the list; a page past the end becomes the last one."""
        asked = replace(_in_steps(query), visible=self.visible)
        counts = tuple(self.state_counts(query))
        found = self._page(asked, counts)
        if not found.rows and asked.page > found.pages:
            return self._page(replace(asked, page=found.pages), counts)
        return found

    def _page(self, asked: ListQuery, counts: tuple[StateCount, ...]) -> Page:
        if asked.sort is not Sort.CLOSING or asked.offset >= MAX_HEAD:
            return self.cache.ask(self.store.page, asked, counts)
        first = replace(asked, page=1, page_size=PAGE_SIZES[0])
        at = in_steps(self.clock())
        # Always the same rows are put in order, so that no send is on two pages, or on none.
        head = self.cache.ask(self.forecasting.closing_soonest, first, MAX_HEAD, counts, at)
        rows = head.rows[asked.offset : asked.offset + asked.page_size]
        return replace(head, rows=rows, query=asked)

    def state_counts(self, query: ListQuery) -> Sequence[StateCount]:
        """Count by state under the list's other filters."""
        # On whichever page of the list, in whatever order, they are the same.
        asked = replace(_in_steps(query), state=None, outlooks=(), sort=Sort.CLOSING, page=1)
        return self.cache.ask(self.store.state_counts, replace(asked, visible=self.visible))

    def choices(self) -> Choices:
        """Return what the account and channel filters offer."""
        return self.cache.ask(self.store.choices, self.visible)

    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        """Return one send, or None."""
        found = self.cache.ask(self.store.configuration, id)
        return found if found is not None and may_see(self.visible, found.account) else None

    def dossier(self, id: ConfigurationId) -> SendDetails | None:
        """Return one send with its history and receipts, or None."""
        ask, store = self.cache.ask, self.store
        found = self.configuration(id)
        if found is None:
            return None
        return SendDetails(found, ask(store.history, id, MAX_HISTORY), ask(store.receipts_of, id))

    def receipts(self, limit: int = 100, page: int = 1) -> Sequence[Receipt]:
        """Return a page of receipts, newest first; pages count from 1."""
        size = max(1, min(limit, MAX_RECEIPTS))
        return self.cache.ask(self.store.receipts, size, (max(1, page) - 1) * size, self.visible)

    def receipt_counts(self) -> dict[str, int]:
        """Count receipts by verdict."""
        return self.cache.ask(self.store.receipt_counts, self.visible)

    def receipt_page(self, query: ReceiptQuery) -> ReceiptPage:
        """Return a page of the log of aborts, newest first; past the end, the last one."""
        asked = self._of_log(query)
        found = self.cache.ask(self.store.receipt_page, asked)
        if found.rows or asked.page <= found.pages:
            return found
        return self.cache.ask(self.store.receipt_page, replace(asked, page=found.pages))

    def receipt_days(self, query: ReceiptQuery, zone: str) -> Sequence[ReceiptDay]:
        """Return the last days of the log under its filters, newest first."""
        asked = replace(self._of_log(query), page=1)
        return self.cache.ask(self.store.receipt_days, asked, zone, MAX_DAYS)

    def receipt_choices(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what the log's filters offer: people and accounts."""
        return self.cache.ask(self.store.receipt_choices, self.visible)

    def receipts_placed(self, query: ReceiptQuery) -> Sequence[Placed]:
        """Return all that the log's filters leave, oldest first, to be taken away."""
        return self.cache.ask_alone(self.store.receipts_placed, self._of_log(query), MAX_EXPORT)

    def _of_log(self, query: ReceiptQuery) -> ReceiptQuery:
        since, until = query.since, query.until
        return replace(
            query,
            visible=self.visible,
            since=since and in_steps(since),
            until=until and in_steps(until),
        )

    def imports(self) -> Sequence[ImportSummary]:
        """Return the last imports, newest first; none for who does not see every account."""
        return self.cache.ask(self.store.imports, MAX_IMPORTS) if self.visible is None else []

    def rejects(self, import_id: str) -> Sequence[Reject]:
        """Return rows that an import could not read."""
        if self.visible is not None:
            return []
        return self.cache.ask(self.store.rejects, import_id, MAX_REJECTS)

    def all_rejects(self, import_id: str) -> Sequence[Reject]:
        """Return every row that an import could not read, to be taken away and corrected."""
        return self.store.rejects(import_id, MAX_ROWS) if self.visible is None else []

    def check_audit_log(self) -> Chain:
        """Check the record of receipts from end to end."""
        return self.cache.ask(self.store.check_audit_log)

    def store_info(self) -> StoreInfo:
        """Return engine, versions, place and row counts."""
        return self.store.info()


def _in_steps(query: ListQuery) -> ListQuery:
    since, until = query.since, query.until
    return replace(query, since=since and in_steps(since), until=until and in_steps(until))
