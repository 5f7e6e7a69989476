"""Reads what needs attention on the overview, limited to the visible accounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.domain.alerts import Alert, AlertKind
from core.domain.list_query import ListQuery, Sort
from core.domain.model import Concern, Receipt
from core.domain.receipt_query import Outcome, ReceiptQuery
from core.domain.states import State
from core.forecasting.attention import (
    Attention,
    Finding,
    NamedSend,
    Problem,
    busy_hours,
    ranked,
)
from core.forecasting.usual_volume import UsualHour
from core.services.concerns import Concerns
from core.services.queries import MAX_NAMED, Overview, Queries
from core.services.shared_cache import in_steps

#: Unusual sends are looked for in this time before and after now.
AROUND: Final = timedelta(days=1)

#: The scans for them are repeated after this time, or after a write.
SCAN_EVERY: Final = timedelta(seconds=30)


def smtp_errors(now: datetime) -> ListQuery:
    """Return the list of the past month's sends that wait after SMTP errors."""
    return ListQuery(
        state=State.SMTP_ERROR, since=now - timedelta(days=30), until=now, sort=Sort.RECIPIENTS
    )


def needs_attention(
    queries: Queries,
    concerns: Concerns,
    standing: Iterable[Alert],
    seen: Overview,
    usual: Sequence[UsualHour],
) -> Attention:
    """Return what needs attention. `standing` are the alerts that the reader may see.

    Reads at most MAX_NAMED sends of each problem.
    """
    now = queries.clock()
    sends = {
        Problem.CONTRADICTED: _contradicted(concerns),
        Problem.UNCONFIRMED: _unconfirmed(queries),
        Problem.LARGE: _large(queries, now),
        Problem.DUPLICATE: _repeated(queries, now),
        Problem.STUCK: [_of_alert(each) for each in standing if each.kind is AlertKind.STUCK],
        Problem.SMTP_ERROR: _waiting(queries, now),
    }
    return ranked(
        [
            *busy_hours(seen.volume, usual, seen.largest, now),
            *(Finding(problem, tuple(found[:MAX_NAMED])) for problem, found in sends.items()),
        ],
        is_cut=any(len(found) >= MAX_NAMED for found in sends.values()),
    )


def _contradicted(concerns: Concerns) -> list[NamedSend]:
    found = concerns.open(MAX_NAMED)
    return [_of_receipt(one.receipt) for one in found if one.concern is Concern.CONTRADICTED]


def _unconfirmed(queries: Queries) -> list[NamedSend]:
    found = queries.receipt_page(ReceiptQuery(outcome=Outcome.OPEN)).rows
    return [_of_receipt(each) for each in found]


def _large(queries: Queries, now: datetime) -> list[NamedSend]:
    limits = queries.forecasting.size_limits()
    at = in_steps(now, SCAN_EVERY)
    scan = queries.store.larger_than
    found = queries.cache.get(scan, limits, at - AROUND, at + AROUND, MAX_NAMED, queries.visible)
    return [
        replace(send, times_usual=send.recipients / max(1, limit.median)) for send, limit in found
    ]


def _repeated(queries: Queries, now: datetime) -> Sequence[NamedSend]:
    at = in_steps(now, SCAN_EVERY)
    scan = queries.store.repeated
    return queries.cache.get(scan, at - AROUND, at + AROUND, MAX_NAMED, queries.visible)


def _waiting(queries: Queries, now: datetime) -> list[NamedSend]:
    found = queries.largest(smtp_errors(in_steps(now, SCAN_EVERY)), MAX_NAMED)
    return [NamedSend(c.id, c.name, c.total_records) for c in found]


def _of_receipt(receipt: Receipt) -> NamedSend:
    return NamedSend(receipt.configuration_id, receipt.configuration_name, receipt.total_records)


def _of_alert(alert: Alert) -> NamedSend:
    assert alert.configuration_id is not None
    return NamedSend(alert.configuration_id, alert.name, alert.recipients)
