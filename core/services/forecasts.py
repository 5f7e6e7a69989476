"""Forecasts, flags and usual volumes, learnt from the history.

A background job learns every few minutes. The methods are thread-safe.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.freshness import Freshness
from core.domain.generation_batches import BATCH_RECORDS
from core.domain.model import Accounts, ConfigurationId, SendConfiguration, StateChange
from core.domain.platform import Platform
from core.forecasting.baselines import Baselines, Group, Span
from core.forecasting.flags import (
    Flag,
    SizeLimit,
    nearest_duplicate,
    reported_flags,
    size_limits,
    stuck,
    unusually_large,
)
from core.forecasting.forecast import Forecast, awaits_generation, forecast
from core.forecasting.generation_progress import GenerationProgress, generation_progress
from core.forecasting.usual_volume import UsualHour, UsualVolume, past_windows, usual_hours
from core.platforms import icomm
from core.ports.store import ForecastStore
from core.services.shared_cache import SharedCache, StepCache
from core.services.unusual_sends import UnusualScans, UnusualSends

#: Freio learns from at most this many sends, to limit the work of the store.
MAX_LEARNT_FROM = 30_000

#: Freio learns from the shortest of these periods that has MAX_LEARNT_FROM sends. If no period has
#: so many sends, Freio learns from the longest period.
HISTORIES = tuple(timedelta(days=days) for days in (1, 8, 60))

LEARN_EVERY = timedelta(minutes=10)

#: How long possible duplicates and usual volumes are cached.
KEEP_TWINS = timedelta(seconds=30)
KEEP_USUAL = timedelta(hours=1)

MAX_FLAGGED = 200

Duplicates = Mapping[ConfigurationId, Sequence[tuple[ConfigurationId, datetime]]]


@dataclass(frozen=True, slots=True)
class _Learnt:
    baselines: Baselines
    at: datetime
    revision: int
    origin: str
    limits: tuple[SizeLimit, ...]


class Forecasts:
    """Makes forecasts and flags. Never uses the baselines of another data origin."""

    def __init__(
        self,
        store: ForecastStore,
        clock: Callable[[], datetime],
        cache: SharedCache,
        origin: Callable[[], str] = str,
        platform: Platform = icomm.PLATFORM,
    ) -> None:
        self.store, self.cache = store, cache
        self._clock, self._origin, self._platform = clock, origin, platform
        self._scans = UnusualScans(store, cache, origin, platform)
        self._learning = threading.Lock()
        self._learnt: _Learnt | None = None
        self._duplicates: StepCache[Duplicates] = StepCache(64, KEEP_TWINS)
        self._usual: StepCache[Sequence[UsualHour]] = StepCache(16, KEEP_USUAL)

    def baselines(self) -> Baselines:
        """Return the last baselines of the current data. If there are none, learn them now.

        If another thread is already learning them, return empty baselines. Pages and aborts must
        not wait.
        """
        known = self._of_current_data()
        return known.baselines if known else Baselines()

    def _of_current_data(self) -> _Learnt | None:
        known = self._learnt
        if known is not None and known.origin == self._origin():
            return known
        if not self._learning.acquire(blocking=False):
            return None
        try:
            return self._learn_if_due()
        finally:
            self._learning.release()

    def unusual_sends(self, now: datetime, visible: Accounts) -> UnusualSends:
        """Return the unusual sends of the visible accounts."""
        known = self._of_current_data()
        return self._scans.read(known.limits if known else (), now, visible)

    def learn(self) -> Baselines:
        """Return the baselines. Learn first if learning is due.

        Learning is due after LEARN_EVERY, and after a change of the data origin. With too little
        history, learning is due after each write.
        """
        with self._learning:
            return self._learn_if_due().baselines

    def _learn_if_due(self) -> _Learnt:
        now, revision, origin = self._clock(), self.store.revision, self._origin()
        known = self._learnt
        if (
            known is not None
            and known.origin == origin
            and abs(now - known.at) < LEARN_EVERY
            and (known.baselines.spreads or known.revision == revision)
        ):
            return known
        for past in HISTORIES:
            baselines = Baselines(self.store.measures(now - past, now, MAX_LEARNT_FROM))
            everything = baselines.spreads.get((Span.RECIPIENTS, Group()))
            if everything is not None and everything.count >= MAX_LEARNT_FROM:
                break
        learnt = _Learnt(baselines, now, revision, origin, size_limits(baselines))
        self._learnt = learnt
        return learnt

    def forecasts(
        self, configurations: Sequence[SendConfiguration], now: datetime
    ) -> Mapping[ConfigurationId, Forecast]:
        """Return the forecast of each send at the time `now`."""
        baselines = self.baselines()
        return {c.id: forecast(c, baselines, now) for c in configurations}

    def progress(
        self, configuration: SendConfiguration, changes: Sequence[StateChange], now: datetime
    ) -> GenerationProgress | None:
        """Return the progress of a running generation, or None."""
        first_batch = 0 if self._platform.interrupts else BATCH_RECORDS
        return generation_progress(
            configuration, changes, self.baselines(), now, first_batch=first_batch
        )

    def flags(
        self, configurations: Sequence[SendConfiguration], fresh: Freshness
    ) -> Mapping[ConfigurationId, Sequence[Flag]]:
        """Return the flags of each send that has flags. Check only the first MAX_FLAGGED sends."""
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
        return self._duplicates.get(
            now,
            (self._origin(), sends),
            lambda: self.store.possible_duplicates(configurations),
        )

    def usual_volume(
        self, since: datetime, until: datetime, now: datetime, learn: UsualVolume = usual_hours
    ) -> Sequence[UsualHour]:
        """Return the usual volume of each hour; empty if there is too little history."""
        since = since.replace(minute=0, second=0, microsecond=0)

        def compute() -> Sequence[UsualHour]:
            return learn(self.store.hourly_totals(past_windows(since, until)), since, until)

        return self._usual.get(now, (learn, self._origin(), since, until), compute)
