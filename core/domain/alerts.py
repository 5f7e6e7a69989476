"""An alert: something that a person should know of now, told once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.model import ConfigurationId, require_aware


class AlertKind(StrEnum):
    """What an alert is about, the most urgent first."""

    CONTRADICTED = "contradicted"
    RUNS_AGAIN = "runs_again"
    OLD_DATA = "old_data"
    LARGE = "large"
    STUCK = "stuck"
    OVERDUE = "overdue"
    ROLES = "roles"
    INBOX = "inbox"


#: What concerns the installation and no send: for people who keep it.
INSTALLATION_ALERTS = frozenset({AlertKind.ROLES, AlertKind.INBOX})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One event. The same event has the same `event`, whoever finds it and however often.

    `at` is when a large send starts, since when one is stuck, when an abort was made, as of when
    the data is, as of when a send is reported to run again, since when a part of the installation
    is in trouble. Some concern no send in
    particular: `configuration_id` is None then.
    """

    event: str
    kind: AlertKind
    at: datetime
    configuration_id: ConfigurationId | None = None
    name: str = ""
    recipients: int = 0

    def __post_init__(self) -> None:
        require_aware(self)
