"""Port for alerts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.alerts import Alert, AlertKind
from core.domain.model import SendConfiguration


class AlertReads(Protocol):
    """Scans for sends that can need an alert."""

    def under_way(
        self, since: datetime, until: datetime, due: datetime, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return sends in progress, earliest first.

        `scheduled_at` is from `since` (included) to `until` (excluded). In the state SCHEDULED,
        `scheduled_at` is also before `due`.
        """

    def starting(
        self, since: datetime, until: datetime, least: int, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return large sends that can still be stopped, earliest first.

        `least`: the minimum number of recipients. `scheduled_at` is after `since` and before
        `until`.
        """

    def reopened(self, since: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that run again, latest first. `since`: the earliest `reopened_at`."""


class AlertOutboxStore(Protocol):
    """The stored alerts and the sent alerts."""

    def raise_alerts(self, alerts: Sequence[Alert], at: datetime) -> int:
        """Store alerts with new events. Return the number of stored alerts."""

    def pending_alerts(self, service: str, since: datetime, limit: int) -> Sequence[Alert]:
        """Return alerts that `service` has not got, oldest first.

        Leave out alerts from before `since`.
        """

    def record_notified(self, service: str, events: Sequence[str], at: datetime) -> None:
        """Record that `service` got the alerts of `events`."""

    def last_notified(self, service: str, since: datetime) -> dict[AlertKind, datetime]:
        """Return when `service` last got an alert of each kind. Leave out times before `since`."""
