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
from core.ports.store import Store

#: The maximum number of alerts of one kind. A longer list would not help a person.
MAX_ALERTS: Final = 100

#: The maximum number of sends in progress that one check reads.
MAX_UNDER_WAY: Final = 5_000

#: To keep its query small, the check for stuck sends reads only sends near the time of the data.
#: Their scheduled time is at most BACK earlier, or at most AHEAD later. A send that is stuck for
#: longer than BACK has already raised an alert.
BACK: Final = timedelta(days=7)
AHEAD: Final = timedelta(days=1)

#: For this time after a report that a send runs again, the alert about the send is current.
REOPENED: Final = timedelta(days=1)


def stuck_sends(
    store: AlertReads, baselines: Baselines, limit: timedelta, as_of: datetime
) -> list[tuple[SendConfiguration, datetime]]:
    """Return the stuck sends with the time of their last movement, earliest time first.

    A send is stuck if it has not moved for much longer than similar sends. If there is no history,
    a send is stuck if it has not moved for the time `limit`. `as_of` is the time of the data.
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
    """Runs the alert rules. `current` has the alerts of the last check.

    - A large send has at least `least` recipients, starts within the time `within`, and can still
      be stopped. Its alert ends OVERDUE_FOR after its start time. If `least` is None, there are no
      alerts for large sends.
    - `baselines` define when a send is stuck. If there is no history, a send is stuck after the
      time `stuck_after` without movement.
    - An open abort is overdue after the time `overdue_after`.
    - `troubles` returns the kinds of problems that the installation has now.
    """

    store: Store
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
        """Run all rules, and return the current alerts. Raises StoreError."""
        fresh = self.freshness()
        # Use the time of the data, because it is unknown which sends have moved since then.
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
