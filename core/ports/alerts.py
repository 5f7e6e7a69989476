"""What alerts ask of a store: a part of the store port."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.alerts import Alert, AlertKind
from core.domain.model import SendConfiguration


class AlertStore(Protocol):
    """Where alerts are found and kept. Raises StoreError as the store port says."""

    def under_way(
        self, since: datetime, until: datetime, due: datetime, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return sends of that time which the platform is at work on, the earliest first.

        Those that are scheduled belong to them when they were to begin before `due`.
        """
        ...

    def starting(
        self, since: datetime, until: datetime, least: int, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return scheduled sends of that time with `least` recipients or more, earliest first."""
        ...

    def reopened(self, since: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that a report made since then brought back from an end, latest first."""
        ...

    def raise_alerts(self, alerts: Sequence[Alert], at: datetime) -> int:
        """Keep events, each once; return how many were not known."""
        ...

    def unsent_alerts(self, service: str, since: datetime, limit: int) -> Sequence[Alert]:
        """Return events kept since then which a service was not told, the oldest first."""
        ...

    def keep_told(self, service: str, events: Sequence[str], at: datetime) -> None:
        """Keep that a service was told some events."""
        ...

    def last_told(self, service: str, since: datetime) -> dict[AlertKind, datetime]:
        """Return when a service was last told of each kind, for those told after `since`."""
        ...
