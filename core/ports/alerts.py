"""Port for alerts: what they read and write in the store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.alerts import Alert, AlertKind
from core.domain.model import SendConfiguration


class AlertReads(Protocol):
    """Scans for sends that may need an alert."""

    def under_way(
        self, since: datetime, until: datetime, due: datetime, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return sends that the platform is working on, earliest first.

        `scheduled_at` is from `since` until `until`. A send in the state SCHEDULED is included only
        if it was due before `due`.
        """

    def starting(
        self, since: datetime, until: datetime, least: int, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return sends scheduled from `since` to `until` that can still be stopped, earliest first.

        They have at least `least` recipients.
        """

    def reopened(self, since: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that had ended and that a report of `since` or later shows alive.

        The latest report comes first. Sends that were stopped after that report are left out.
        """


class AlertOutboxStore(Protocol):
    """Alerts, and to which services they were sent."""

    def raise_alerts(self, alerts: Sequence[Alert], at: datetime) -> int:
        """Store alerts, each event once; return how many were new."""

    def pending_alerts(self, service: str, since: datetime, limit: int) -> Sequence[Alert]:
        """Return alerts raised since `since` that were not sent to a service, oldest first."""

    def record_notified(self, service: str, events: Sequence[str], at: datetime) -> None:
        """Record that the alerts of some events were sent to a service."""

    def last_notified(self, service: str, since: datetime) -> dict[AlertKind, datetime]:
        """Return when each kind was last sent to a service, for kinds sent after `since`."""
