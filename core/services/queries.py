"""Answering: what pages ask, with windows and limits clamped here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.access.permissions import sees
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
from core.domain.receipt_query import LogDay, LogPage, LogQuery, Placed
from core.domain.states import MAY_BE_STOPPED
from core.forecasting.flags import Flag
from core.forecasting.forecast import Forecast
from core.forecasting.progress import Progress
from core.forecasting.usual_volume import UsualHour
from core.ports.store import Store, StoreInfo
from core.services.forecasts import Foresight
from core.services.shared_cache import Answers, in_steps

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
class Dossier:
    """One send with its history (oldest first) and its receipts (newest first)."""

    configuration: SendConfiguration
    history: Sequence[StateChange]
    receipts: Sequence[Receipt]


@dataclass(frozen=True, slots=True)
class Insights:
    """Questions about the store, answered from the accounts in `seen`. Nothing here writes.

    What many ask at the same time is asked of the store once: see `shared_cache`. There is one of
    these for each run of a page, so no question is a method of it: it would be nobody else's.
    """

    store: Store
    clock: Callable[[], datetime]
    answers: Answers
    foresight: Foresight
    overdue_after: timedelta = timedelta(minutes=30)
    seen: Accounts = None

    def overview(self, midnight: datetime, closing: int = 8) -> Overview:
        """Return the overview. `midnight` is when the reader's day began."""
        ask, store, now = self.answers.ask, self.store, self.clock()
        at = in_steps(now)
        hour = now.replace(minute=0, second=0, microsecond=0)
        day = timedelta(days=1)
        return Overview(
            now=now,
            tiles=ask(store.tiles, at, midnight, at - self.overdue_after, self.seen),
            states=ask(store.state_counts, ListQuery(seen=self.seen)),
            volume=ask(store.volume, hour - day, hour + day + timedelta(hours=1), self.seen),
            closing=ask(
                self.foresight.closing,
                MAY_BE_STOPPED,
                max(1, min(closing, MAX_CLOSING)),
                self.seen,
                at,
            ),
        )

    def forecasts(
        self, configurations: Sequence[SendConfiguration], now: datetime | None = None
    ) -> Mapping[ConfigurationId, Forecast]:
        """Return for each send when its generation may begin; unknown where that is not known.

        As seen at `now`, so that a page can hold its other times against it.
        """
        return self.foresight.forecasts(configurations, now)

    def flags(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Sequence[Flag]]:
        """Return for each send why to look at it; sends without a reason are left out."""
        return self.answers.ask_alone(self.foresight.flags, configurations)

    def progress(self, found: Dossier) -> Progress | None:
        """Return how the generation of a send goes on, None where it is not under way."""
        return self.foresight.progress(found.configuration, found.history)

    def usual_volume(self, since: datetime, until: datetime) -> Sequence[UsualHour]:
        """Return what is usual for each hour of a window; empty where there is too little past.

        It is known of all accounts together only, and told to those who see all of them.
        """
        if self.seen is not None:
            return []
        return self.answers.ask_alone(self.foresight.usual_volume, since, until)

    def is_empty(self) -> bool:
        """Tell whether there is nothing to show yet."""
        return self.answers.ask(self.store.is_empty)

    def page(self, query: ListQuery) -> Page:
        """Return a page of the list; a page past the end becomes the last one."""
        asked = replace(_in_steps(query), seen=self.seen)
        counts = tuple(self.state_counts(query))
        found = self._page(asked, counts)
        if not found.rows and asked.page > found.pages:
            return self._page(replace(asked, page=found.pages), counts)
        return found

    def _page(self, asked: ListQuery, counts: tuple[StateCount, ...]) -> Page:
        if asked.sort is not Sort.CLOSING or asked.offset >= MAX_HEAD:
            return self.answers.ask(self.store.page, asked, counts)
        first = replace(asked, page=1, page_size=PAGE_SIZES[0])
        at = in_steps(self.clock())
        # Always the same rows are put in order, so that no send is on two pages, or on none.
        head = self.answers.ask(self.foresight.closing_soonest, first, MAX_HEAD, counts, at)
        rows = head.rows[asked.offset : asked.offset + asked.page_size]
        return replace(head, rows=rows, query=asked)

    def state_counts(self, query: ListQuery) -> Sequence[StateCount]:
        """Count by state under the list's other filters."""
        # On whichever page of the list, in whatever order, they are the same.
        asked = replace(_in_steps(query), state=None, outlooks=(), sort=Sort.CLOSING, page=1)
        return self.answers.ask(self.store.state_counts, replace(asked, seen=self.seen))

    def choices(self) -> Choices:
        """Return what the account and channel filters offer."""
        return self.answers.ask(self.store.choices, self.seen)

    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        """Return one send, or None."""
        found = self.answers.ask(self.store.configuration, id)
        return found if found is not None and sees(self.seen, found.account) else None

    def dossier(self, id: ConfigurationId) -> Dossier | None:
        """Return one send with its history and receipts, or None."""
        ask, store = self.answers.ask, self.store
        found = self.configuration(id)
        if found is None:
            return None
        return Dossier(found, ask(store.history, id, MAX_HISTORY), ask(store.receipts_of, id))

    def receipts(self, limit: int = 100, page: int = 1) -> Sequence[Receipt]:
        """Return a page of receipts, newest first; pages count from 1."""
        size = max(1, min(limit, MAX_RECEIPTS))
        return self.answers.ask(self.store.receipts, size, (max(1, page) - 1) * size, self.seen)

    def receipt_counts(self) -> dict[str, int]:
        """Count receipts by verdict."""
        return self.answers.ask(self.store.receipt_counts, self.seen)

    def log_page(self, query: LogQuery) -> LogPage:
        """Return a page of the log of aborts, newest first; past the end, the last one."""
        asked = self._of_log(query)
        found = self.answers.ask(self.store.log_page, asked)
        if found.rows or asked.page <= found.pages:
            return found
        return self.answers.ask(self.store.log_page, replace(asked, page=found.pages))

    def log_days(self, query: LogQuery, zone: str) -> Sequence[LogDay]:
        """Return the last days of the log under its filters, newest first."""
        asked = replace(self._of_log(query), page=1)
        return self.answers.ask(self.store.log_days, asked, zone, MAX_DAYS)

    def log_choices(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what the log's filters offer: people and accounts."""
        return self.answers.ask(self.store.log_choices, self.seen)

    def log_placed(self, query: LogQuery) -> Sequence[Placed]:
        """Return all that the log's filters leave, oldest first, to be taken away."""
        return self.answers.ask_alone(self.store.log_placed, self._of_log(query), MAX_EXPORT)

    def _of_log(self, query: LogQuery) -> LogQuery:
        since, until = query.since, query.until
        return replace(
            query,
            seen=self.seen,
            since=since and in_steps(since),
            until=until and in_steps(until),
        )

    def imports(self) -> Sequence[ImportSummary]:
        """Return the last imports, newest first; none for who does not see every account."""
        return self.answers.ask(self.store.imports, MAX_IMPORTS) if self.seen is None else []

    def rejects(self, import_id: str) -> Sequence[Reject]:
        """Return rows that an import could not read."""
        if self.seen is not None:
            return []
        return self.answers.ask(self.store.rejects, import_id, MAX_REJECTS)

    def all_rejects(self, import_id: str) -> Sequence[Reject]:
        """Return every row that an import could not read, to be taken away and corrected."""
        return self.store.rejects(import_id, MAX_ROWS) if self.seen is None else []

    def check_ledger(self) -> Chain:
        """Check the record of receipts from end to end."""
        return self.answers.ask(self.store.check_ledger)

    def store_info(self) -> StoreInfo:
        """Return engine, versions, place and row counts."""
        return self.store.info()


def _in_steps(query: ListQuery) -> ListQuery:
    since, until = query.since, query.until
    return replace(query, since=since and in_steps(since), until=until and in_steps(until))
