"""Make alerts from sends, receipts and problems. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from core.domain.alerts import Alert, AlertKind
from core.domain.freshness import Freshness
from core.domain.model import Confirmation, Receipt, ReceiptId, SendConfiguration
from core.domain.platform import Platform
from core.domain.rules import again, runs_again
from core.domain.states import Again

_AGAIN = {
    Again.SCHEDULED: AlertKind.SCHEDULED_AGAIN,
    Again.RUNS: AlertKind.RUNS_AGAIN,
    Again.HAS_GONE_OUT: AlertKind.WENT_OUT,
}


def of_large(sends: Iterable[SendConfiguration]) -> list[Alert]:
    """Return an alert for each large send. A changed scheduled time gives a new alert."""
    return [
        _of_send(AlertKind.LARGE, send, send.scheduled_at)
        for send in sends
        if send.scheduled_at is not None
    ]


def of_reopened(sends: Iterable[SendConfiguration], platform: Platform) -> list[Alert]:
    """Return an alert for each send that runs again.

    The key `event` contains RUNS_AGAIN for every kind. If the kind changes, for example to
    WENT_OUT, the alert is not new.
    """
    return [
        replace(_of_send(AlertKind.RUNS_AGAIN, send, send.reopened_at), kind=_AGAIN[again(send)])
        for send in sends
        if runs_again(send, platform) and send.reopened_at is not None
    ]


def of_stuck(sends: Iterable[tuple[SendConfiguration, datetime]]) -> list[Alert]:
    """Return an alert for each stuck send. A new time of the last movement gives a new alert."""
    return [_of_send(AlertKind.STUCK, send, since) for send, since in sends]


def of_receipts(receipts: Iterable[Receipt], undelivered: Collection[ReceiptId]) -> list[Alert]:
    """Return an alert for each contradicted, undelivered or overdue abort.

    `undelivered`: the receipts whose send a person has to abort or check in the platform.
    """
    return [_of_receipt(receipt, undelivered) for receipt in receipts]


def _of_receipt(receipt: Receipt, undelivered: Collection[ReceiptId]) -> Alert:
    kind = AlertKind.NOT_DELIVERED if receipt.id in undelivered else AlertKind.OVERDUE
    if receipt.confirmation is Confirmation.CONTRADICTED:
        kind = AlertKind.CONTRADICTED
    return Alert(
        event=f"{kind}:{receipt.id}",
        kind=kind,
        at=receipt.requested_at,
        configuration_id=receipt.configuration_id,
        name=receipt.configuration_name,
        recipients=receipt.total_records,
    )


def of_age(freshness: Freshness) -> list[Alert]:
    """Return an alert if the data is old."""
    if not freshness.is_old or freshness.at is None:
        return []
    event = f"{AlertKind.OLD_DATA}:{_stamp(freshness.at)}"
    return [Alert(event=event, kind=AlertKind.OLD_DATA, at=freshness.at)]


def of_installation(problems: Iterable[tuple[AlertKind, datetime]]) -> list[Alert]:
    """Return an alert for each problem. A problem is a pair (kind, start time)."""
    return [Alert(event=f"{kind}:{_stamp(since)}", kind=kind, at=since) for kind, since in problems]


def last_movement(send: SendConfiguration) -> datetime:
    """Return the latest of the known times: the scheduled time and the times of movements."""
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
    # Database drivers return times in different zones. The key must not depend on the zone.
    return at.astimezone(UTC).isoformat()
