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

        Their `scheduled_at` is from `since` (included) to `until` (excluded). In the state
        SCHEDULED, it is also before `due`.
        """

    def starting(
        self, since: datetime, until: datetime, least: int, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return sends that can still be stopped, earliest first.

        These sends have at least `least` recipients. Their `scheduled_at` is between `since` and
        `until` (both excluded).
        """

    def reopened(self, since: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that run again after they had ended, latest `reopened_at` first.

        Their `reopened_at` is `since` or later. Leave out sends that were stopped later.
        """


class AlertOutboxStore(Protocol):
    """The stored alerts, and which service got which alert."""

    def raise_alerts(self, alerts: Sequence[Alert], at: datetime) -> int:
        """Store each alert with a new event. Return the number of stored alerts."""

    def pending_alerts(self, service: str, since: datetime, limit: int) -> Sequence[Alert]:
        """Return alerts raised since `since` and not yet sent to `service`, oldest first."""

    def record_notified(self, service: str, events: Sequence[str], at: datetime) -> None:
        """Record that the alerts of these events were sent to `service`."""

    def last_notified(self, service: str, since: datetime) -> dict[AlertKind, datetime]:
        """Return when `service` last got an alert of each kind, since `since`."""
