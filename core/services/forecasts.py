"""What history tells about what is ahead: forecasts, flags and usual amounts.

History is asked now and then, not for every page: habits are learnt in the background every few
minutes, and the rest is kept for a while. Everything is safe to call from many threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cachetools import TTLCache

from core.domain.list_query import ListQuery, Page, StateCount
from core.domain.model import Accounts, ConfigurationId, SendConfiguration, StateChange
from core.domain.states import Outlook
from core.forecasting.baselines import Baselines, Group, Span
from core.forecasting.flags import Flag, nearest_twin, reported, stuck, unusually_large
from core.forecasting.forecast import Forecast, forecast, is_ahead
from core.forecasting.progress import Progress, progress
from core.forecasting.usual_volume import UsualHour, past_windows, usual_hours
from core.ports.store import ForecastStore
from core.services.shared_cache import SharedCache

#: From how many of the latest sends habits are learnt at most, so that the store's work is bounded,
MAX_LEARNT_FROM = 30_000
#: and from which past: long enough for rare groups, short enough to follow changes. Shorter ones
#: are tried first: where a day brings enough, the store need not look through two months of it.
HISTORIES = tuple(timedelta(days=days) for days in (1, 8, 60))

#: How long habits are good for.
LEARN_EVERY = timedelta(minutes=10)

#: Seconds for which answers about single sends, and about past weeks, are kept.
KEEP_TWINS = 30
KEEP_USUAL = 3_600

#: Sends that are looked at to find those that close soonest.
MAX_CLOSING_LOOKED_AT = 500

#: Sends that are looked at for flags in one question: a page of the list, or the closing ones.
MAX_FLAGGED = 200

Twins = Mapping[ConfigurationId, Sequence[tuple[ConfigurationId, datetime]]]


@dataclass(frozen=True, slots=True)
class _Learnt:
    baselines: Baselines
    at: datetime
    revision: int
    whose: str

    def holds(self, now: datetime, revision: int, whose: str) -> bool:
        if whose != self.whose or abs(now - self.at) >= LEARN_EVERY:
            return False
        return bool(self.baselines.spreads) or revision == self.revision


class Forecasts:
    """Answers from what was learnt.

    `facts_at` tells when the facts were last confirmed, and `whose` from where the store's data
    comes: what was learnt from demo data says nothing about somebody's own.
    """

    def __init__(
        self,
        store: ForecastStore,
        clock: Callable[[], datetime],
        cache: SharedCache,
        facts_at: Callable[[], datetime | None] | None = None,
        whose: Callable[[], str] = str,
    ) -> None:
        self._store, self._clock, self._whose = store, clock, whose
        self._cache = cache
        self._facts_at = facts_at or clock
        # Two locks: nobody who looks at a page waits for what is learnt in the background.
        self._learning, self._keeping = threading.Lock(), threading.Lock()
        self._learnt: _Learnt | None = None

        def seconds() -> float:
            return clock().timestamp()

        self._twins: TTLCache[object, Twins] = TTLCache(64, KEEP_TWINS, seconds)
        self._usual: TTLCache[object, Sequence[UsualHour]] = TTLCache(16, KEEP_USUAL, seconds)

    def baselines(self) -> Baselines:
        """Return what was learnt last from this data; learn now if nothing was yet."""
        known = self._learnt
        if known is not None and known.whose == self._whose():
            return known.baselines
        return self.learn()

    def learn(self) -> Baselines:
        """Learn from history where that is due, and return what is known.

        It is due after a while, when the data is another's, and where nothing is known yet but
        something was written since: the first feed is learnt from at once.
        """
        with self._learning:
            now, revision, whose = self._clock(), self._store.revision, self._whose()
            known = self._learnt
            if known is not None and known.holds(now, revision, whose):
                return known.baselines
            baselines = self._from_history(now)
            self._learnt = _Learnt(baselines, now, revision, whose)
            return baselines

    def _from_history(self, now: datetime) -> Baselines:
        baselines = Baselines()
        for past in HISTORIES:
            baselines = Baselines.learnt(self._store.measures(now - past, now, MAX_LEARNT_FROM))
            everything = baselines.spreads.get((Span.RECIPIENTS, Group()))
            if everything is not None and everything.count >= MAX_LEARNT_FROM:
                break
        return baselines

    def forecasts(
        self, configurations: Sequence[SendConfiguration], now: datetime | None = None
    ) -> Mapping[ConfigurationId, Forecast]:
        """Return for each send when its generation may begin; unknown where that is not known.

        As seen at `now`, so that a page can hold its other times against it.
        """
        now, baselines = now or self._clock(), self.baselines()
        return {c.id: forecast(c, baselines, now) for c in configurations}

    def closing(
        self,
        outlooks: tuple[Outlook, ...],
        limit: int,
        visible: Accounts = None,
        now: datetime | None = None,
    ) -> Sequence[SendConfiguration]:
        """Return the sends of these outlooks whose generation may begin soonest, in that order.

        The store hands them out by scheduled time, and what is small can begin before what is
        large and was due earlier. So it is asked for more than are wanted, and for more again
        until the last one wanted may begin before all that were not handed out: generation never
        begins before the scheduled time. After MAX_CLOSING_LOOKED_AT the answer is the best of
        those; so many sends are then due before any forecast tells them apart.
        """
        now, size = now or self._clock(), 4 * limit
        while True:
            found = self._cache.ask(self._store.closing, outlooks, size, visible)
            told = self.forecasts(found, now)
            ordered = sorted(found, key=lambda c: _closing_order(c, told[c.id], now))
            if len(found) < size or size >= MAX_CLOSING_LOOKED_AT:
                return ordered[:limit]
            last, *_ = _closing_order(ordered[limit - 1], told[ordered[limit - 1].id], now)
            if last <= max(now, found[-1].scheduled_at):
                return ordered[:limit]
            size = min(4 * size, MAX_CLOSING_LOOKED_AT)

    def closing_soonest(
        self, query: ListQuery, limit: int, counts: tuple[StateCount, ...], at: datetime
    ) -> Page:
        """Return the top of a list in order of the forecasts; `counts` as for `SendLists.head`."""
        found = self._cache.ask(self._store.head, query, limit, counts)
        return replace(found, rows=self._in_closing_order(found.rows, at))

    def _in_closing_order(
        self, configurations: Sequence[SendConfiguration], now: datetime
    ) -> Sequence[SendConfiguration]:
        """Return sends with those first that can be stopped, the soonest to close before others."""
        ahead = [c for c in configurations if is_ahead(c)]
        told = self.forecasts(ahead, now)
        ahead.sort(key=lambda c: _closing_order(c, told[c.id], now))
        return ahead + [c for c in configurations if not is_ahead(c)]

    def progress(
        self, configuration: SendConfiguration, changes: Sequence[StateChange]
    ) -> Progress | None:
        """Return how the generation of a send goes on, None where it is not under way."""
        return progress(configuration, changes, self.baselines(), self._clock())

    def flags(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Sequence[Flag]]:
        """Return for each send why to look at it; sends without a reason are left out.

        What reports themselves give reason for is told of every send. For the rest only sends on
        their way are looked at, and of a longer list only the first MAX_FLAGGED.
        """
        looked_at = configurations[:MAX_FLAGGED]
        seen_at, baselines = self._facts_at(), self.baselines()
        ahead = [c for c in looked_at if is_ahead(c)]
        twins = self._twins_of(ahead)
        found: dict[ConfigurationId, Sequence[Flag]] = {}
        for c in looked_at:
            reasons: list[Flag | None] = [*reported(c)]
            if seen_at is not None:
                reasons.append(stuck(c, baselines, seen_at))
            if is_ahead(c):
                reasons.append(unusually_large(c, baselines))
                reasons.append(nearest_twin(c, twins.get(c.id, ())))
            if flags := [reason for reason in reasons if reason is not None]:
                found[c.id] = flags
        return found

    def _twins_of(self, configurations: Sequence[SendConfiguration]) -> Twins:
        if not configurations:
            return {}
        sends = tuple(sorted((c.id, c.name, c.account, c.audience) for c in configurations))
        key = (self._whose(), sends)
        with self._keeping:
            found = self._twins.get(key)
            if found is None:
                found = self._twins[key] = self._store.twins(configurations)
            return found

    def usual_volume(self, since: datetime, until: datetime) -> Sequence[UsualHour]:
        """Return what is usual for each hour of a window; empty where there is too little past."""
        since = since.replace(minute=0, second=0, microsecond=0)
        asked = (self._whose(), since, until)
        with self._keeping:
            found = self._usual.get(asked)
            if found is None:
                totals = self._store.hourly_totals(past_windows(since, until))
                found = self._usual[asked] = usual_hours(totals, since, until)
            return found


def _closing_order(
    c: SendConfiguration, told: Forecast, now: datetime
) -> tuple[datetime, bool, datetime, str]:
    """Return the sort key of a send that can be stopped: the moment until which it surely can.

    Of several that may begin any moment, the ones that typically do so come first, and last those
    that have waited longer than all like them.
    """
    surely_until = told.cautious_at or max(now, c.scheduled_at)
    typically = told.typical_at or surely_until
    waits_for_ever = told.cautious_at is not None and told.typical_at is None
    return surely_until, waits_for_ever, typically, c.id
