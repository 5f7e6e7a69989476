"""Alerts and the kinds of alerts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.model import AwareTimes, ConfigurationId


class AlertKind(StrEnum):
    """The kinds of alerts."""

    CONTRADICTED = "contradicted"
    NOT_DELIVERED = "not_delivered"
    #: The next three kinds are about a send that had ended.
    RUNS_AGAIN = "runs_again"
    SCHEDULED_AGAIN = "scheduled_again"
    WENT_OUT = "went_out"
    OLD_DATA = "old_data"
    LARGE = "large"
    STUCK = "stuck"
    OVERDUE = "overdue"
    ROLES = "roles"
    INBOX = "inbox"


#: Kinds of alerts for administrators only.
INSTALLATION_ALERTS = frozenset({AlertKind.ROLES, AlertKind.INBOX})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(AwareTimes):
    """One alert.

    - `event`: the key of the alert, equal on all dashboards.
    - `recipients`: None if not reported.

    `at` is the time of the event:

    - an abort: the time of the request,
    - a large send: the scheduled time,
    - a stuck send: the last movement,
    - a send that runs again: `reopened_at`,
    - old data: the time of the data,
    - a problem of the installation: the start of the problem.
    """

    event: str
    kind: AlertKind
    at: datetime
    configuration_id: ConfigurationId | None = None
    name: str = ""
    recipients: int | None = 0
