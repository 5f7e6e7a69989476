"""Forecasts, flags and usual volumes, from statistics of the store's history.

A background job learns the statistics every few minutes; pages only use them. All methods are safe
to call from many threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cachetools import LRUCache

from core.domain.freshness import Freshness
from core.domain.model import ConfigurationId, SendConfiguration, StateChange
from core.forecasting.baselines import Baselines, Group, Span
from core.forecasting.flags import (
    Flag,
    Wait,
    current_wait,
    nearest_duplicate,
    reported_flags,
    stuck,
    unusually_large,
)
from core.forecasting.forecast import Forecast, awaits_generation, forecast
from core.forecasting.generation_progress import GenerationProgress, generation_progress
from core.forecasting.usual_volume import UsualHour, past_windows, usual_hours
from core.ports.store import ForecastStore
from core.services.shared_cache import SharedCache, in_steps

#: The latest sends that baselines are learnt from at most, which limits the work of the store.
MAX_LEARNT_FROM = 30_000

#: Lengths of the past to learn from: long enough for rare groups, short enough to follow changes.
#: A shorter one that has enough sends spares the store a scan of two months.
HISTORIES = tuple(timedelta(days=days) for days in (1, 8, 60))

#: How long baselines are used.
LEARN_EVERY = timedelta(minutes=10)

#: How long possible duplicates and usual volumes are cached.
KEEP_TWINS = timedelta(seconds=30)
KEEP_USUAL = timedelta(hours=1)

#: Sends of one call that are checked for flags: a page of the list, or those that close soonest.
MAX_FLAGGED = 200

Twins = Mapping[ConfigurationId, Sequence[tuple[ConfigurationId, datetime]]]


@dataclass(frozen=True, slots=True)
class _Learnt:
    baselines: Baselines
    at: datetime
    revision: int
    origin: str

    def is_valid(self, now: datetime, revision: int, origin: str) -> bool:
        if origin != self.origin or abs(now - self.at) >= LEARN_EVERY:
            return False
        return bool(self.baselines.spreads) or revision == self.revision


class Forecasts:
    """Answers from the statistics of the store's history.

    `origin` returns where the store's data comes from: baselines of the demo say nothing about
    real data.
    """

    def __init__(
        self,
        store: ForecastStore,
        clock: Callable[[], datetime],
        cache: SharedCache,
        origin: Callable[[], str] = str,
    ) -> None:
        self.store, self.cache = store, cache
        self._clock, self._origin = clock, origin
        # Two locks: no page waits while baselines are learnt in the background.
        self._learning, self._caching = threading.Lock(), threading.Lock()
        self._learnt: _Learnt | None = None
        self._twins: LRUCache[Hashable, Twins] = LRUCache(64)
        self._usual: LRUCache[Hashable, Sequence[UsualHour]] = LRUCache(16)

    def baselines(self) -> Baselines:
        """Return the baselines that were learnt last from this data; learn if there are none."""
        known = self._learnt
        if known is not None and known.origin == self._origin():
            return known.baselines
        return self.learn()

    def learn(self) -> Baselines:
        """Learn baselines if that is due, and return them.

        It is due after LEARN_EVERY, when the data has another origin, and after a write as long as
        there are no baselines, so that the first feed is learnt from at once.
        """
        with self._learning:
            now, revision, origin = self._clock(), self.store.revision, self._origin()
            known = self._learnt
            if known is not None and known.is_valid(now, revision, origin):
                return known.baselines
            baselines = self._from_history(now)
            self._learnt = _Learnt(baselines, now, revision, origin)
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
        """Return for each send when its generation may begin, as seen at `now`."""
        baselines = self.baselines()
        return {c.id: forecast(c, baselines, now) for c in configurations}

    def progress(
        self, configuration: SendConfiguration, changes: Sequence[StateChange], now: datetime
    ) -> GenerationProgress | None:
        """Return the progress of a send's generation, or None if it is not being generated."""
        return generation_progress(configuration, changes, self.baselines(), now)

    def wait(self, configuration: SendConfiguration) -> Wait | None:
        """Return how long a send has waited for its next step, and how long similar sends did."""
        return current_wait(configuration, self.baselines())

    def flags(
        self, configurations: Sequence[SendConfiguration], fresh: Freshness
    ) -> Mapping[ConfigurationId, Sequence[Flag]]:
        """Return the flags of each send that has any.

        Only the first MAX_FLAGGED sends are checked. Size and possible duplicates matter only for
        sends that can still be stopped.
        """
        checked = configurations[:MAX_FLAGGED]
        baselines = self.baselines()
        twins = self._twins_of([c for c in checked if awaits_generation(c)], fresh.now)
        found: dict[ConfigurationId, Sequence[Flag]] = {}
        for c in checked:
            flags: list[Flag | None] = [*reported_flags(c)]
            if fresh.at is not None:
                flags.append(stuck(c, baselines, fresh.at))
            if awaits_generation(c):
                flags.append(unusually_large(c, baselines))
                flags.append(nearest_duplicate(c, twins.get(c.id, ())))
            if raised := [flag for flag in flags if flag is not None]:
                found[c.id] = raised
        return found

    def _twins_of(self, configurations: Sequence[SendConfiguration], now: datetime) -> Twins:
        if not configurations:
            return {}
        sends = tuple(sorted((c.id, c.name, c.account, c.audience) for c in configurations))
        key = (in_steps(now, KEEP_TWINS), self._origin(), sends)
        with self._caching:
            twins = self._twins.get(key)
            if twins is None:
                twins = self._twins[key] = self.store.twins(configurations)
            return twins

    def usual_volume(self, since: datetime, until: datetime, now: datetime) -> Sequence[UsualHour]:
        """Return the usual volume of each hour; empty if there is too little history."""
        since = since.replace(minute=0, second=0, microsecond=0)
        key = (in_steps(now, KEEP_USUAL), self._origin(), since, until)
        with self._caching:
            usual = self._usual.get(key)
            if usual is None:
                totals = self.store.hourly_totals(past_windows(since, until))
                usual = self._usual[key] = usual_hours(totals, since, until)
            return usual
