"""Port for alerts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.alerts import Alert, AlertKind
from core.domain.model import SendConfiguration


class AlertReads(Protocol):
    """Reads of sends that can need an alert."""

    def under_way(
        self, since: datetime, until: datetime, due: datetime, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return sends in progress, and sends that should have started, earliest first.

        Return only sends with a `scheduled_at` from `since` (included) to `until` (excluded). A
        SCHEDULED send should have started if `scheduled_at` is before `due`.
        """

    def starting(
        self, since: datetime, until: datetime, least: int, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return large sends that can still be stopped, earliest first.

        `least`: the minimum number of recipients. Return only sends with a `scheduled_at` after
        `since` and before `until`.
        """

    def reopened(self, since: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that run again and whose `reopened_at` is `since` or later, latest first."""


class AlertOutboxStore(Protocol):
    """The stored alerts, and the record of sent alerts. `service`: the `key` of a channel."""

    def raise_alerts(self, alerts: Sequence[Alert], at: datetime) -> int:
        """Store the alerts whose `event` is not stored yet. Return the number of these alerts."""

    def pending_alerts(self, service: str, since: datetime, limit: int) -> Sequence[Alert]:
        """Return alerts that `service` has not got, oldest first.

        Leave out alerts that were stored before `since`.
        """

    def record_notified(self, service: str, events: Sequence[str], at: datetime) -> None:
        """Record that `service` got the alerts with these values of `event`."""

    def last_notified(self, service: str, since: datetime) -> dict[AlertKind, datetime]:
        """Return for each kind the last time after `since` at which `service` got an alert."""
