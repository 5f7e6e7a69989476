"""Alerts and their kinds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.model import ConfigurationId, require_aware


class AlertKind(StrEnum):
    """What an alert is about, in order of urgency."""

    CONTRADICTED = "contradicted"
    NOT_DELIVERED = "not_delivered"
    #: A send that had ended runs again, is scheduled again, or has gone out.
    RUNS_AGAIN = "runs_again"
    SCHEDULED_AGAIN = "scheduled_again"
    WENT_OUT = "went_out"
    OLD_DATA = "old_data"
    LARGE = "large"
    STUCK = "stuck"
    OVERDUE = "overdue"
    ROLES = "roles"
    INBOX = "inbox"


#: Kinds of alerts about the installation. Only administrators see these alerts.
INSTALLATION_ALERTS = frozenset({AlertKind.ROLES, AlertKind.INBOX})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert.

    - `event`: the key of the alert. All checks on all dashboards make the same key for an event.
    - `at`: the time of the event. Which time this is depends on the kind: the start of a large
      send, the last movement of a stuck send, the request of an abort, the time of the data, the
      report that a send runs again, or the beginning of a problem of the installation.
    - `configuration_id`: None if the alert is not about one send.
    - `recipients`: None if the number of recipients is not reported.
    """

    event: str
    kind: AlertKind
    at: datetime
    configuration_id: ConfigurationId | None = None
    name: str = ""
    recipients: int | None = 0

    def __post_init__(self) -> None:
        require_aware(self)
