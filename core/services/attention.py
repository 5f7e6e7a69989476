"""Find what needs attention in the visible accounts, for the overview."""

from collections.abc import Iterable, Sequence

from core.domain.alerts import Alert, AlertKind
from core.domain.model import Concern, Receipt
from core.domain.receipt_query import Outcome, ReceiptQuery
from core.forecasting.attention import Attention, Finding, NamedSend, Problem, busy_hours, ranked
from core.forecasting.usual_volume import UsualHour
from core.services.concerns import Concerns
from core.services.queries import Overview, Queries
from core.services.unusual_sends import MAX_NAMED


def needs_attention(
    queries: Queries,
    concerns: Concerns,
    alerts: Iterable[Alert],
    seen: Overview,
    usual: Sequence[UsualHour],
) -> Attention:
    """Return what needs attention. The caller passes only alerts that the reader may see."""
    contradicted = [o for o in concerns.open(MAX_NAMED) if o.concern is Concern.CONTRADICTED]
    unconfirmed = queries.receipt_page(ReceiptQuery(outcome=Outcome.OPEN)).rows
    sends = {
        Problem.CONTRADICTED: [_of_receipt(each.receipt) for each in contradicted],
        Problem.UNCONFIRMED: [_of_receipt(each) for each in unconfirmed],
        Problem.LARGE: seen.unusual.large,
        Problem.DUPLICATE: seen.unusual.repeated,
        Problem.STUCK: [_of_alert(each) for each in alerts if each.kind is AlertKind.STUCK],
        Problem.SMTP_ERROR: seen.unusual.waiting,
    }
    return ranked(
        [
            *busy_hours(seen.volume, usual, seen.unusual.largest, seen.now),
            *(Finding(problem, tuple(found[:MAX_NAMED])) for problem, found in sends.items()),
        ],
        is_cut=any(len(found) >= MAX_NAMED for found in sends.values()),
    )


def _of_receipt(receipt: Receipt) -> NamedSend:
    return NamedSend(receipt.configuration_id, receipt.configuration_name, receipt.total_records)


def _of_alert(alert: Alert) -> NamedSend:
    assert alert.configuration_id is not None
    return NamedSend(alert.configuration_id, alert.name, alert.recipients)
