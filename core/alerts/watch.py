"""Run the alert rules every few seconds, and keep the current alerts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.domain import alert_rules
from core.domain.alert_rules import last_movement
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

#: The maximum number of alerts from each rule.
MAX_ALERTS: Final = 100

MAX_UNDER_WAY: Final = 5_000

#: The check for stuck sends reads only sends with a scheduled time near the time of the data: at
#: most BACK earlier, and less than AHEAD later. An older stuck send has already raised an alert.
BACK: Final = timedelta(days=7)
AHEAD: Final = timedelta(days=1)

#: The alert about a send that runs again ends when `reopened_at` is older than this time.
REOPENED: Final = timedelta(days=1)


def stuck_sends(
    store: AlertReads, baselines: Baselines, limit: timedelta, as_of: datetime
) -> list[tuple[SendConfiguration, datetime]]:
    """Return each stuck send with the time of its last movement, earliest time first.

    `as_of` is the time of the data. Without history (`baselines.spreads` is empty), a send is stuck
    if it has not moved for the time `limit`.
    """
    sends = store.under_way(as_of - BACK, as_of + AHEAD, as_of, MAX_UNDER_WAY)
    if baselines.spreads:
        found = [(c, flag.since) for c in sends if (flag := stuck(c, baselines, as_of))]
    else:
        found = [(c, at) for c in sends if as_of - (at := last_movement(c)) >= limit]
    return sorted(found, key=lambda pair: pair[1])[:MAX_ALERTS]


@dataclass(slots=True)
class AlertWatch:
    """Runs the alert rules.

    - `least`: the minimum number of recipients of a large send. None: no alerts for large sends.
    - `within`: an alert for a large send begins this long before the scheduled time. The alert ends
      when the send begins or is stopped. It ends at the latest a day (OVERDUE_FOR) after the
      scheduled time.
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
        """Run all rules, and return the current alerts. Raises StoreError."""
        fresh = self.freshness()
        # Freio does not know the movements after the time of the data.
        as_of = fresh.now if fresh.at is None else min(fresh.at, fresh.now)
        receipts = self.store.concerns(fresh.now - self.overdue_after, MAX_ALERTS)
        deliveries = self.store.deliveries([r.id for r in receipts if r.platform])
        undelivered = {id for id, delivery in deliveries.items() if delivery.is_by_hand}
        large: Sequence[SendConfiguration] = ()
        if self.least is not None:
            since, until = fresh.now - OVERDUE_FOR, fresh.now + self.within
            large = self.store.starting(since, until, self.least, MAX_ALERTS)
        reopened = self.store.reopened(fresh.now - REOPENED, MAX_ALERTS)
        is_stuck = stuck_sends(self.store, self.baselines(), self.stuck_after, as_of)
        before = self._in_trouble_since
        self._in_trouble_since = {kind: before.get(kind, fresh.now) for kind in self.troubles()}
        self.current = (
            *alert_rules.of_receipts(receipts, undelivered),
            *alert_rules.of_reopened(reopened, self.platform),
            *alert_rules.of_age(fresh),
            *alert_rules.of_large(large),
            *alert_rules.of_stuck(is_stuck),
            *alert_rules.of_installation(self._in_trouble_since.items()),
        )
        return self.current
