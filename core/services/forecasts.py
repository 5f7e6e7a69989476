"""Forecasts, flags and usual volumes, from statistics of the store's history.

A background job learns the statistics every few minutes. Pages only use the statistics. All methods
are safe to call from many threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cachetools import TTLCache

from core.domain.freshness import Freshness
from core.domain.generation_batches import BATCH_RECORDS
from core.domain.model import Accounts, ConfigurationId, SendConfiguration, StateChange
from core.domain.platform import Platform
from core.forecasting.baselines import Baselines, Group, Span
from core.forecasting.flags import (
    Flag,
    SizeLimit,
    Wait,
    current_wait,
    nearest_duplicate,
    reported_flags,
    size_limits,
    stuck,
    unusually_large,
)
from core.forecasting.forecast import Forecast, awaits_generation, forecast
from core.forecasting.generation_progress import GenerationProgress, generation_progress
from core.forecasting.usual_volume import UsualHour, past_windows, usual_day, usual_hours
from core.platforms import icomm
from core.ports.store import Store
from core.services.shared_cache import SharedCache, in_steps
from core.services.unusual_sends import UnusualScans, UnusualSends

#: Freio learns baselines from at most this many of the latest sends, to limit the store's work.
MAX_LEARNT_FROM = 30_000

#: Freio learns from the first of these periods that has MAX_LEARNT_FROM sends. If no period has so
#: many sends, Freio learns from the last period.
HISTORIES = tuple(timedelta(days=days) for days in (1, 8, 60))

#: Freio learns new baselines after this time.
LEARN_EVERY = timedelta(minutes=10)

#: How long possible duplicates and usual volumes are cached.
KEEP_TWINS = timedelta(seconds=30)
KEEP_USUAL = timedelta(hours=1)

#: The maximum number of sends of one call that are checked for flags.
MAX_FLAGGED = 200

Duplicates = Mapping[ConfigurationId, Sequence[tuple[ConfigurationId, datetime]]]


@dataclass(frozen=True, slots=True)
class _Learnt:
    baselines: Baselines
    at: datetime
    revision: int
    origin: str
    limits: tuple[SizeLimit, ...]

    def is_valid(self, now: datetime, revision: int, origin: str) -> bool:
        if origin != self.origin or abs(now - self.at) >= LEARN_EVERY:
            return False
        return bool(self.baselines.spreads) or revision == self.revision


class Forecasts:
    """Answers from the statistics of the store's history.

    `origin` returns the data origin. Baselines of demo data are not used for real data.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        cache: SharedCache,
        origin: Callable[[], str] = str,
        platform: Platform = icomm.PLATFORM,
    ) -> None:
        self.store, self.cache = store, cache
        self._clock, self._origin, self._platform = clock, origin, platform
        self._scans = UnusualScans(store, cache, origin, platform)
        # With two locks, no page waits while a background job learns baselines.
        self._learning, self._caching = threading.Lock(), threading.Lock()
        self._learnt: _Learnt | None = None
        # The keys contain a time step, so a page never gets an old result. Each cache drops a
        # result after two time steps.
        twins, usual = KEEP_TWINS.total_seconds(), KEEP_USUAL.total_seconds()
        self._duplicates: TTLCache[Hashable, Duplicates] = TTLCache(64, 2 * twins)
        self._usual: TTLCache[Hashable, Sequence[UsualHour]] = TTLCache(16, 2 * usual)

    def baselines(self) -> Baselines:
        """Return the last baselines of the current data. If there are none, learn them now.

        If another thread is learning them, return empty baselines, so that no page and no abort
        waits.
        """
        known = self._learnt
        if known is not None and known.origin == self._origin():
            return known.baselines
        if not self._learning.acquire(blocking=False):
            return Baselines()
        try:
            return self._learn_if_due()
        finally:
            self._learning.release()

    def unusual_sends(self, now: datetime, visible: Accounts) -> UnusualSends:
        """Return the unusual sends of the visible accounts."""
        self.baselines()
        limits = self._learnt.limits if self._learnt else ()
        return self._scans.read(limits, now, visible)

    def learn(self) -> Baselines:
        """Return the baselines. Learn them first if learning is due.

        Learning is due after LEARN_EVERY, and when the data has another origin. Without baselines,
        learning is due after each write, so that Freio learns immediately from the first feed.
        """
        with self._learning:
            return self._learn_if_due()

    def _learn_if_due(self) -> Baselines:
        now, revision, origin = self._clock(), self.store.revision, self._origin()
        known = self._learnt
        if known is not None and known.is_valid(now, revision, origin):
            return known.baselines
        baselines = self._from_history(now)
        self._learnt = _Learnt(baselines, now, revision, origin, size_limits(baselines))
        return baselines

    def _from_history(self, now: datetime) -> Baselines:
        baselines = Baselines()
        for past in HISTORIES:
            baselines = Baselines.from_measures(
                self.store.measures(now - past, now, MAX_LEARNT_FROM)
            )
            everything = baselines.spreads.get((Span.RECIPIENTS, Group()))
            if everything is not None and everything.count >= MAX_LEARNT_FROM:
                break
        return baselines

    def forecasts(
        self, configurations: Sequence[SendConfiguration], now: datetime
    ) -> Mapping[ConfigurationId, Forecast]:
        """Return the forecast of each send, made at `now`: when its generation can begin."""
        baselines = self.baselines()
        return {c.id: forecast(c, baselines, now) for c in configurations}

    def progress(
        self, configuration: SendConfiguration, changes: Sequence[StateChange], now: datetime
    ) -> GenerationProgress | None:
        """Return the progress of a send's generation, or None if it is not being generated."""
        first_batch = 0 if self._platform.interrupts else BATCH_RECORDS
        return generation_progress(
            configuration, changes, self.baselines(), now, first_batch=first_batch
        )

    def wait(self, configuration: SendConfiguration) -> Wait | None:
        """Return the wait of a send for its next step, compared with waits of similar sends."""
        return current_wait(configuration, self.baselines())

    def flags(
        self, configurations: Sequence[SendConfiguration], fresh: Freshness
    ) -> Mapping[ConfigurationId, Sequence[Flag]]:
        """Return the flags of each send that has flags.

        Only the first MAX_FLAGGED sends are checked. Size and possible duplicates matter only for
        sends that can still be stopped.
        """
        checked = configurations[:MAX_FLAGGED]
        baselines = self.baselines()
        duplicates = self._duplicates_of([c for c in checked if awaits_generation(c)], fresh.now)
        found: dict[ConfigurationId, Sequence[Flag]] = {}
        for c in checked:
            flags: list[Flag | None] = [*reported_flags(c, self._platform)]
            if fresh.at is not None:
                flags.append(stuck(c, baselines, fresh.at))
            if awaits_generation(c):
                flags.append(unusually_large(c, baselines))
                flags.append(nearest_duplicate(c, duplicates.get(c.id, ())))
            if raised := [flag for flag in flags if flag is not None]:
                found[c.id] = raised
        return found

    def _duplicates_of(
        self, configurations: Sequence[SendConfiguration], now: datetime
    ) -> Duplicates:
        if not configurations:
            return {}
        sends = tuple(sorted((c.id, c.name, c.account, c.audience) for c in configurations))
        key = (in_steps(now, KEEP_TWINS), self._origin(), sends)
        with self._caching:
            duplicates = self._duplicates.get(key)
            if duplicates is None:
                duplicates = self._duplicates[key] = self.store.possible_duplicates(configurations)
            return duplicates

    def usual_volume(self, since: datetime, until: datetime, now: datetime) -> Sequence[UsualHour]:
        """Return the usual volume of each hour; empty if there is too little history."""
        return self._usual_of(usual_hours, since, until, now)

    def usual_day(self, since: datetime, until: datetime, now: datetime) -> Sequence[UsualHour]:
        """Return the usual sum up to the end of each hour; empty if there is too little history."""
        return self._usual_of(usual_day, since, until, now)

    def _usual_of(
        self,
        learn: Callable[[Mapping[datetime, int], datetime, datetime], Sequence[UsualHour]],
        since: datetime,
        until: datetime,
        now: datetime,
    ) -> Sequence[UsualHour]:
        since = since.replace(minute=0, second=0, microsecond=0)
        key = (learn, in_steps(now, KEEP_USUAL), self._origin(), since, until)
        with self._caching:
            usual = self._usual.get(key)
            if usual is None:
                totals = self.store.hourly_totals(past_windows(since, until))
                usual = self._usual[key] = learn(totals, since, until)
            return usual
