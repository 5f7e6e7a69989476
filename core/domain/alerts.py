"""Alerts and their kinds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.model import ConfigurationId, require_aware


class AlertKind(StrEnum):
    """What an alert is about, in order of urgency."""

    CONTRADICTED = "contradicted"
    NOT_DELIVERED = "not_delivered"
    #: The send had ended. What it does now decides which of these three kinds the alert has.
    RUNS_AGAIN = "runs_again"
    SCHEDULED_AGAIN = "scheduled_again"
    WENT_OUT = "went_out"
    OLD_DATA = "old_data"
    LARGE = "large"
    STUCK = "stuck"
    OVERDUE = "overdue"
    ROLES = "roles"
    INBOX = "inbox"


#: Alerts about the installation and not about a send. Only administrators see them.
INSTALLATION_ALERTS = frozenset({AlertKind.ROLES, AlertKind.INBOX})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert.

    `event` is its key: each check on each dashboard makes the same key for the same event. `at` is
    the time of the event: the start of a large send, the last movement of a stuck send, the request
    of an abort, the time of the data, the report that a send runs again, or the beginning of a
    problem of the installation. `configuration_id` is None if the alert is not about one send.
    `recipients` is None if they are not reported.
    """

    event: str
    kind: AlertKind
    at: datetime
    configuration_id: ConfigurationId | None = None
    name: str = ""
    recipients: int | None = 0

    def __post_init__(self) -> None:
        require_aware(self)
