"""Watching: the rules asked every few seconds, so that pages only read what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from core.domain import alert_rules
from core.domain.alerts import Alert, AlertKind
from core.domain.freshness import Freshness
from core.domain.model import SendConfiguration
from core.forecasting.baselines import Baselines
from core.forecasting.flags import stuck as is_stuck
from core.ports.alerts import AlertReads
from core.ports.store import AlertWatchStore

#: Alerts of one kind that are found at a time; more would be no news to anybody.
MOST: Final = 100

#: Sends under way that are looked at.
MOST_UNDER_WAY: Final = 5_000

#: How far from now the time of a send may be for it to be looked at: who is stuck for longer than
#: this is known by now. It keeps the question small, however many sends there are.
BACK: Final = timedelta(days=7)
AHEAD: Final = timedelta(days=1)

#: For how long after the report it is told that a send runs again.
REOPENED: Final = timedelta(days=1)

#: Sends that are stuck as of a time, and since when.
Stuck = Callable[[datetime], Sequence[tuple[SendConfiguration, datetime]]]


def slower_than_its_like(
    store: AlertReads, baselines: Callable[[], Baselines], after: timedelta
) -> Stuck:
    """Return the rule that a send is stuck which stands still for longer than its like do.

    Where nothing is known of its like, it is stuck which did not move for `after`.
    """
    otherwise = unmoved(store, after)

    def stuck(as_of: datetime) -> Sequence[tuple[SendConfiguration, datetime]]:
        known = baselines()
        if not known.spreads:
            return otherwise(as_of)
        found = store.under_way(as_of - BACK, as_of + AHEAD, as_of, MOST_UNDER_WAY)
        flags = [(send, flag) for send in found if (flag := is_stuck(send, known, as_of))]
        return _longest_first([(send, flag.since) for send, flag in flags])

    return stuck


def unmoved(store: AlertReads, after: timedelta) -> Stuck:
    """Return the rule that a send is stuck which did not move for so long."""

    def stuck(as_of: datetime) -> list[tuple[SendConfiguration, datetime]]:
        found = store.under_way(as_of - BACK, as_of + AHEAD, as_of, MOST_UNDER_WAY)
        since = [(send, alert_rules.last_movement(send)) for send in found]
        still = [(send, at) for send, at in since if as_of - at >= after]
        return _longest_first(still)

    return stuck


def _longest_first(
    found: list[tuple[SendConfiguration, datetime]],
) -> list[tuple[SendConfiguration, datetime]]:
    return sorted(found, key=lambda pair: pair[1])[:MOST]


class AlertWatch:
    """Asks the rules. `standing` is what the last look found, the most urgent kind first.

    A send is large from `least` recipients on, None for never; it is told `within` before it
    starts. An abort is overdue after `overdue_after`. `troubles` returns the parts of the
    installation that are in trouble now.
    """

    def __init__(
        self,
        store: AlertWatchStore,
        freshness: Callable[[], Freshness],
        stuck: Stuck,
        *,
        least: int | None,
        within: timedelta,
        overdue_after: timedelta,
        troubles: Callable[[], Iterable[AlertKind]] = tuple,
    ) -> None:
        self._store = store
        self._freshness = freshness
        self._stuck = stuck
        self._least = least
        self._within = within
        self._overdue_after = overdue_after
        self._troubles = troubles
        self._in_trouble_since: dict[AlertKind, datetime] = {}
        self.standing: tuple[Alert, ...] = ()

    def look(self) -> tuple[Alert, ...]:
        """Ask every rule and keep what stands now. Raises StoreError."""
        fresh = self._freshness()
        # What did not move because nothing was heard is old, not stuck.
        as_of = fresh.now if fresh.at is None else min(fresh.at, fresh.now)
        self.standing = (
            *self._receipts(fresh.now),
            *alert_rules.of_reopened(self._store.reopened(fresh.now - REOPENED, MOST)),
            *alert_rules.of_age(fresh),
            *self._large(fresh.now),
            *alert_rules.of_stuck(self._stuck(as_of)),
            *self._installation(fresh.now),
        )
        return self.standing

    def _installation(self, now: datetime) -> list[Alert]:
        before = self._in_trouble_since
        self._in_trouble_since = {kind: before.get(kind, now) for kind in self._troubles()}
        return alert_rules.of_installation(self._in_trouble_since.items())

    def _receipts(self, now: datetime) -> list[Alert]:
        return alert_rules.of_receipts(self._store.concerns(now - self._overdue_after, MOST))

    def _large(self, now: datetime) -> list[Alert]:
        if self._least is None:
            return []
        return alert_rules.of_large(
            self._store.starting(now, now + self._within, self._least, MOST)
        )
