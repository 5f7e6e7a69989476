"""Alerts and their kinds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.model import AwareTimes, ConfigurationId


class AlertKind(StrEnum):
    """What an alert is about, the most urgent kind first."""

    CONTRADICTED = "contradicted"
    NOT_DELIVERED = "not_delivered"
    #: The next three kinds: a send that had ended runs again, is scheduled again, or has gone out.
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
class Alert(AwareTimes):
    """One alert.

    - `event`: the key of the alert. Two dashboards that find the same event make the same key.
    - `configuration_id`: None if the alert is not about one send.
    - `recipients`: None if the number of recipients is not reported.

    `at` depends on the kind:

    - an abort: the time of the request,
    - a large send: its start,
    - a stuck send: its last movement,
    - a send that runs again: the time of the report that first shows it running,
    - old data: the time of the data,
    - a problem of the installation: its beginning.
    """

    event: str
    kind: AlertKind
    at: datetime
    configuration_id: ConfigurationId | None = None
    name: str = ""
    recipients: int | None = 0
