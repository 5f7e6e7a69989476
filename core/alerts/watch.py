"""The watch: runs the alert rules every few seconds and keeps the current alerts."""

from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.domain import alert_rules
from core.domain.alerts import Alert, AlertKind
from core.domain.freshness import Freshness
from core.domain.list_query import OVERDUE_FOR
from core.domain.model import SendConfiguration
from core.domain.platform import Platform
from core.forecasting.baselines import Baselines
from core.forecasting.flags import stuck
from core.platforms import icomm
from core.ports.alerts import AlertReads
from core.ports.store import AlertWatchStore

#: The maximum number of alerts of one kind. A longer list would not help a person.
MAX_ALERTS: Final = 100

#: The maximum number of sends under way that one check reads.
MAX_UNDER_WAY: Final = 5_000

#: Only sends scheduled between BACK before and AHEAD after the time of the data are checked for
#: being stuck. This limits the query. Sends that are stuck for longer raised an alert earlier.
BACK: Final = timedelta(days=7)
AHEAD: Final = timedelta(days=1)

#: A send that runs again raises an alert for this long after the report.
REOPENED: Final = timedelta(days=1)


def stuck_sends(
    store: AlertReads, baselines: Baselines, limit: timedelta, as_of: datetime
) -> list[tuple[SendConfiguration, datetime]]:
    """Return the stuck sends with the time of their last movement, earliest time first.

    A send is stuck if it has not moved for much longer than similar sends. Without any history, it
    is stuck if it has not moved for `limit`.
    """
    sends = store.under_way(as_of - BACK, as_of + AHEAD, as_of, MAX_UNDER_WAY)
    if baselines.spreads:
        flags = [(send, stuck(send, baselines, as_of)) for send in sends]
        found = [(send, flag.since) for send, flag in flags if flag]
    else:
        moved = [(send, alert_rules.last_movement(send)) for send in sends]
        found = [(send, at) for send, at in moved if as_of - at >= limit]
    return sorted(found, key=lambda pair: pair[1])[:MAX_ALERTS]


@dataclass(slots=True)
class AlertWatch:
    """Runs the alert rules. `current` are the alerts of the last check.

    A send raises the alert for large sends if it has at least `least` recipients, starts within
    `within`, and can still be stopped. If the start time passed more than OVERDUE_FOR ago, only the
    alert for stuck sends is possible. If `least` is None, the alert for large sends is off. An
    abort is overdue after `overdue_after`. `baselines` define when a send is stuck. Without
    history, a send is stuck after `stuck_after` without movement. `troubles` returns the parts of
    the installation that have a problem now.
    """

    store: AlertWatchStore
    freshness: Callable[[], Freshness]
    baselines: Callable[[], Baselines]
    _: KW_ONLY
    stuck_after: timedelta
    least: int | None
    within: timedelta
    overdue_after: timedelta
    troubles: Callable[[], Iterable[AlertKind]] = tuple
    platform: Platform = icomm.PLATFORM
    _in_trouble_since: dict[AlertKind, datetime] = field(default_factory=dict, init=False)
    current: tuple[Alert, ...] = field(default=(), init=False)

    def check(self) -> tuple[Alert, ...]:
        """Run every rule; return the current alerts. Raises StoreError."""
        fresh = self.freshness()
        # Use the time of the data, not the present: nobody knows which sends moved after that time.
        as_of = fresh.now if fresh.at is None else min(fresh.at, fresh.now)
        self.current = (
            *self._receipts(fresh.now),
            *alert_rules.of_reopened(
                self.store.reopened(fresh.now - REOPENED, MAX_ALERTS), self.platform
            ),
            *alert_rules.of_age(fresh),
            *self._large(fresh.now),
            *alert_rules.of_stuck(
                stuck_sends(self.store, self.baselines(), self.stuck_after, as_of)
            ),
            *self._installation(fresh.now),
        )
        return self.current

    def _receipts(self, now: datetime) -> list[Alert]:
        receipts = self.store.concerns(now - self.overdue_after, MAX_ALERTS)
        deliveries = self.store.deliveries([r.id for r in receipts if r.platform])
        undelivered = {id for id, delivery in deliveries.items() if delivery.is_by_hand}
        return alert_rules.of_receipts(receipts, undelivered)

    def _installation(self, now: datetime) -> list[Alert]:
        before = self._in_trouble_since
        self._in_trouble_since = {kind: before.get(kind, now) for kind in self.troubles()}
        return alert_rules.of_installation(self._in_trouble_since.items())

    def _large(self, now: datetime) -> list[Alert]:
        if self.least is None:
            return []
        return alert_rules.of_large(
            self.store.starting(now - OVERDUE_FOR, now + self.within, self.least, MAX_ALERTS)
        )
