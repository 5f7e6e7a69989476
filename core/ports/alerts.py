"""Port for alerts: what Freio reads and writes in the store to raise and send alerts."""

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
        """Return sends that the platform is working on, earliest first.

        Their `scheduled_at` is from `since` (included) to `until` (excluded). Return a send in the
        state SCHEDULED only if its `scheduled_at` is before `due`.
        """

    def starting(
        self, since: datetime, until: datetime, least: int, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return sends that can still be stopped, earliest first.

        Each send has at least `least` recipients, and a `scheduled_at` after `since` and before
        `until`.
        """

    def reopened(self, since: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that run again, latest `reopened_at` first.

        Their `reopened_at` is `since` or later. Leave out sends that were stopped again.
        """


class AlertOutboxStore(Protocol):
    """The stored alerts, and which service got which alert."""

    def raise_alerts(self, alerts: Sequence[Alert], at: datetime) -> int:
        """Store the alerts whose events are not stored yet. Return the number of these alerts."""

    def pending_alerts(self, service: str, since: datetime, limit: int) -> Sequence[Alert]:
        """Return alerts raised since `since` and not yet sent to `service`, oldest first."""

    def record_notified(self, service: str, events: Sequence[str], at: datetime) -> None:
        """Record that the alerts of these events were sent to `service`."""

    def last_notified(self, service: str, since: datetime) -> dict[AlertKind, datetime]:
        """Return when `service` got its last alert of each kind. Leave out times before `since`."""
