"""The outcomes of a bulk abort: names, outlooks, and explanations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.domain.bulk_abort import BulkOutcome, BulkProgress, BulkSend
from core.domain.states import Outlook
from core.runtime.instance import platform
from pages.text import i18n, names
from pages.text.i18n import _

#: Pages draw an outcome in the colour and with the sign of this outlook.
OUTLOOKS = {
    BulkOutcome.PENDING: Outlook.NOT_RUNNING,
    BulkOutcome.STOPPED: Outlook.STOPPED,
    BulkOutcome.WHEN_PROCESSING_ENDS: Outlook.WAITING,
    BulkOutcome.WAITING: Outlook.WAITING,
    BulkOutcome.UNKNOWN: Outlook.UNCERTAIN,
    BulkOutcome.CONTRADICTED: Outlook.TOO_LATE,
    BulkOutcome.RAN_AGAIN: Outlook.UNCERTAIN,
    BulkOutcome.TOO_LATE: Outlook.TOO_LATE,
    BulkOutcome.ALREADY: Outlook.NOT_RUNNING,
    BulkOutcome.NOT_STOPPABLE: Outlook.NOT_RUNNING,
    BulkOutcome.CHANGED: Outlook.UNCERTAIN,
    BulkOutcome.NOT_ALLOWED: Outlook.NOT_RUNNING,
    BulkOutcome.NOT_FOUND: Outlook.NOT_RUNNING,
    BulkOutcome.NOT_WRITTEN: Outlook.UNCERTAIN,
    BulkOutcome.KEPT: Outlook.NOT_RUNNING,
}


_WORST_FIRST = (Outlook.TOO_LATE, Outlook.UNCERTAIN, Outlook.WAITING, Outlook.NOT_RUNNING)


def worst_outlook(progress: BulkProgress) -> Outlook:
    """Return the outlook of the most harmful outcome of a bulk abort."""
    found = {OUTLOOKS[outcome] for outcome, sends in progress.counts.items() if sends}
    return next((each for each in _WORST_FIRST if each in found), Outlook.STOPPED)


def outcome_name(outcome: BulkOutcome) -> str:
    """Return the name of an outcome."""
    return {
        BulkOutcome.PENDING: _("Not decided yet"),
        BulkOutcome.STOPPED: _("Stopped"),
        BulkOutcome.WHEN_PROCESSING_ENDS: _("Stops when processing ends"),
        BulkOutcome.WAITING: _("Waiting for confirmation"),
        BulkOutcome.UNKNOWN: _("Uncertain"),
        BulkOutcome.CONTRADICTED: _("Went on anyway"),
        BulkOutcome.RAN_AGAIN: _("Stopped, then scheduled again"),
        BulkOutcome.TOO_LATE: _("Too late"),
        BulkOutcome.ALREADY: _("Already aborted"),
        BulkOutcome.NOT_STOPPABLE: _("Cannot be aborted"),
        BulkOutcome.CHANGED: _("Changed meanwhile"),
        BulkOutcome.NOT_ALLOWED: _("Not allowed"),
        BulkOutcome.NOT_FOUND: _("Not found"),
        BulkOutcome.NOT_WRITTEN: _("Not written"),
        BulkOutcome.KEPT: _("Left as it was"),
    }[outcome]


def by_outcome(counts: Mapping[BulkOutcome, int]) -> str:
    """Return a text like "Stopped: 5 · Too late: 2"."""
    return " · ".join(
        f"{outcome_name(outcome)}: {i18n.number(counts[outcome])}"
        for outcome in BulkOutcome
        if counts.get(outcome)
    )


def explain(send: BulkSend) -> str:
    """Return an explanation of the outcome of a send, or ""."""
    parts = []
    match send.outcome:
        case BulkOutcome.STOPPED if platform().interrupts and send.gone is None:
            parts = [_("How many messages have gone out is not known yet.")]
        case BulkOutcome.TOO_LATE:
            parts = [_generated(send), _by_how_much(send.generation_started_at, send.decided_at)]
        case BulkOutcome.UNKNOWN:
            parts = [_("The source does not say whether generation has begun.")]
        case BulkOutcome.NOT_WRITTEN:
            parts = [_(send.trouble) if send.trouble else _("The store did not answer.")]
        case BulkOutcome.CHANGED:
            parts = [_("Its facts changed too often to decide.")]
        case BulkOutcome.NOT_STOPPABLE if send.state_before is not None:
            parts = [send.state_before.value]
        case BulkOutcome.KEPT:
            parts = [_("The bulk abort was ended before it.")]
        case BulkOutcome.NOT_ALLOWED:
            parts = [_("The person may not abort it, or it is above the limit of a bulk abort.")]
        case BulkOutcome.NOT_FOUND:
            parts = [_("It is no longer in Freio.")]
    if send.changed_meanwhile:
        parts.append(_("It changed while you were deciding."))
    return " ".join(filter(None, parts))


def _generated(send: BulkSend) -> str:
    if not send.generated_records:
        return ""
    if send.total_records is None:
        return names.generated(send.generated_records)
    text = _("{x} of {n} sent.") if platform().interrupts else _("{x} of {n} generated.")
    return text.format(x=i18n.number(send.generated_records), n=i18n.number(send.total_records))


def _by_how_much(began: datetime | None, decided: datetime | None) -> str:
    if began is None or decided is None or began > decided:
        return ""
    interrupts, span = platform().interrupts, i18n.span(decided - began)
    text = _("Sending began {span} before.") if interrupts else _("Generation began {span} before.")
    return text.format(span=span)
