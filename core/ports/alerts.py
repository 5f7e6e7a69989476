"""Port for alerts: scans for alerts, and the record of sent alerts."""

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

        The range of `scheduled_at` is from `since` (included) to `until` (excluded). In the state
        SCHEDULED, `scheduled_at` must also be before `due`.
        """

    def starting(
        self, since: datetime, until: datetime, least: int, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return sends that can still be stopped, earliest first.

        Each send has `least` recipients or more. `scheduled_at` is after `since` and before
        `until`.
        """

    def reopened(self, since: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that run again since `since`, latest first. Leave out stopped sends."""


class AlertOutboxStore(Protocol):
    """The stored alerts, and the record of sent alerts."""

    def raise_alerts(self, alerts: Sequence[Alert], at: datetime) -> int:
        """Store alerts with new events. Return the number of stored alerts."""

    def pending_alerts(self, service: str, since: datetime, limit: int) -> Sequence[Alert]:
        """Return alerts raised since `since` and not yet sent to `service`, oldest first."""

    def record_notified(self, service: str, events: Sequence[str], at: datetime) -> None:
        """Record that `service` got the alerts of `events`."""

    def last_notified(self, service: str, since: datetime) -> dict[AlertKind, datetime]:
        """Return when `service` last got an alert of each kind. Leave out times before `since`."""
