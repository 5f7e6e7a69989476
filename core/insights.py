"""Answering: what pages ask, with windows and limits clamped here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.feed.records import ImportSummary, Reject
from core.flags import Flag
from core.forecast import Forecast
from core.foresight import Foresight
from core.listing import Choices, HourVolume, ListQuery, Page, StateCount, Tiles
from core.model import ConfigurationId, Receipt, SendConfiguration, StateChange
from core.pace import Progress
from core.states import Outlook
from core.store.port import Store, StoreInfo
from core.usual import UsualHour

MAX_CLOSING = 50
MAX_HISTORY = 500
MAX_RECEIPTS = 500
MAX_REJECTS = 1_000
MAX_IMPORTS = 100
MAX_ROWS = 10_000_000


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
    """Questions about the store. Nothing here writes."""

    store: Store
    clock: Callable[[], datetime]
    foresight: Foresight
    overdue_after: timedelta = timedelta(minutes=30)

    def overview(self, midnight: datetime, closing: int = 8) -> Overview:
        """Return the overview. `midnight` is when the reader's day began."""
        now = self.clock()
        hour = now.replace(minute=0, second=0, microsecond=0)
        day = timedelta(days=1)
        return Overview(
            now=now,
            tiles=self.store.tiles(now, midnight, now - self.overdue_after),
            states=self.store.state_counts(ListQuery()),
            volume=self.store.volume(hour - day, hour + day + timedelta(hours=1)),
            closing=self.foresight.closing(
                (Outlook.STOPPABLE, Outlook.UNCERTAIN), max(1, min(closing, MAX_CLOSING))
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
        return self.foresight.flags(configurations)

    def progress(self, found: Dossier) -> Progress | None:
        """Return how the generation of a send goes on, None where it is not under way."""
        return self.foresight.progress(found.configuration, found.history)

    def usual_volume(self, since: datetime, until: datetime) -> Sequence[UsualHour]:
        """Return what is usual for each hour of a window; empty where there is too little past."""
        return self.foresight.usual_volume(since, until)

    def is_empty(self) -> bool:
        """Tell whether there is nothing to show yet."""
        return self.store.is_empty()

    def page(self, query: ListQuery) -> Page:
        """Return a page of the list; a page past the end becomes the last one."""
        found = self.store.page(query)
        if found.rows or query.page <= found.pages:
            return found
        return self.store.page(replace(query, page=found.pages))

    def state_counts(self, query: ListQuery) -> Sequence[StateCount]:
        """Count by state under the list's other filters."""
        return self.store.state_counts(query)

    def choices(self) -> Choices:
        """Return what the account and channel filters offer."""
        return self.store.choices()

    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        """Return one send, or None."""
        return self.store.configuration(id)

    def dossier(self, id: ConfigurationId) -> Dossier | None:
        """Return one send with its history and receipts, or None."""
        found = self.store.configuration(id)
        if found is None:
            return None
        return Dossier(found, self.store.history(id, MAX_HISTORY), self.store.receipts_of(id))

    def receipts(self, limit: int = 100, page: int = 1) -> Sequence[Receipt]:
        """Return a page of receipts, newest first; pages count from 1."""
        size = max(1, min(limit, MAX_RECEIPTS))
        return self.store.receipts(size, (max(1, page) - 1) * size)

    def receipt_counts(self) -> dict[str, int]:
        """Count receipts by verdict."""
        return self.store.receipt_counts()

    def imports(self) -> Sequence[ImportSummary]:
        """Return the last imports, newest first."""
        return self.store.imports(MAX_IMPORTS)

    def rejects(self, import_id: str) -> Sequence[Reject]:
        """Return rows that an import could not read."""
        return self.store.rejects(import_id, MAX_REJECTS)

    def all_rejects(self, import_id: str) -> Sequence[Reject]:
        """Return every row that an import could not read, to be taken away and corrected."""
        return self.store.rejects(import_id, MAX_ROWS)

    def store_info(self) -> StoreInfo:
        """Return engine, versions, place and row counts."""
        return self.store.info()
