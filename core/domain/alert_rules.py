"""Which facts raise an alert. Pure: facts in, alerts out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from core.domain.alerts import Alert, AlertKind
from core.domain.freshness import Freshness
from core.domain.model import Confirmation, Receipt, SendConfiguration
from core.domain.rules import runs_again

_OF_RECEIPT = {
    Confirmation.CONTRADICTED: AlertKind.CONTRADICTED,
    Confirmation.OPEN: AlertKind.OVERDUE,
}


def of_large(found: Iterable[SendConfiguration]) -> list[Alert]:
    """Return an alert for each large send that is about to start; a new time is a new event."""
    return [_of_send(AlertKind.LARGE, send, send.scheduled_at) for send in found]


def of_reopened(found: Iterable[SendConfiguration]) -> list[Alert]:
    """Return an alert for each send that was reported to have ended and runs again."""
    return [
        _of_send(AlertKind.RUNS_AGAIN, send, send.reopened_at)
        for send in found
        if runs_again(send) and send.reopened_at is not None
    ]


def of_stuck(found: Iterable[tuple[SendConfiguration, datetime]]) -> list[Alert]:
    """Return an alert for each stuck send and since when; moving and sticking again is new."""
    return [_of_send(AlertKind.STUCK, send, since) for send, since in found]


def of_receipts(found: Iterable[Receipt]) -> list[Alert]:
    """Return an alert for each abort that is contradicted, or overdue."""
    return [
        Alert(
            event=f"{_OF_RECEIPT[receipt.confirmation]}:{receipt.id}",
            kind=_OF_RECEIPT[receipt.confirmation],
            at=receipt.requested_at,
            configuration_id=receipt.configuration_id,
            name=receipt.configuration_name,
            recipients=receipt.total_records,
        )
        for receipt in found
    ]


def of_age(freshness: Freshness) -> list[Alert]:
    """Return an alert where the data is old: one for each time that it stopped coming."""
    if not freshness.is_old or freshness.at is None:
        return []
    event = f"{AlertKind.OLD_DATA}:{_stamp(freshness.at)}"
    return [Alert(event=event, kind=AlertKind.OLD_DATA, at=freshness.at)]


def of_installation(found: Iterable[tuple[AlertKind, datetime]]) -> list[Alert]:
    """Return an alert for each part of the installation that is in trouble, and since when."""
    return [Alert(event=f"{kind}:{_stamp(since)}", kind=kind, at=since) for kind, since in found]


def last_movement(send: SendConfiguration) -> datetime:
    """Return when a send is last known to have moved, or should have begun to."""
    known = (
        send.scheduled_at,
        send.updated_at,
        send.generation_started_at,
        send.in_progress_at,
        send.processing_started_at,
    )
    return max(at for at in known if at is not None)


def _of_send(kind: AlertKind, send: SendConfiguration, at: datetime) -> Alert:
    return Alert(
        event=f"{kind}:{send.id}:{_stamp(at)}",
        kind=kind,
        at=at,
        configuration_id=send.id,
        name=send.name,
        recipients=send.total_records,
    )


def _stamp(at: datetime) -> str:
    # The same moment, whatever zone a driver hands it out in.
    return at.astimezone(UTC).isoformat()
