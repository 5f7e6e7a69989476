"""A bulk abort in the log of aborts: a row that expands to the first sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from core.domain.bulk_abort import BulkId, BulkPage, BulkProgress
from core.domain.model import Receipt
from core.domain.states import Outlook
from pages.log import log_table
from pages.shell.page_run import view
from pages.text import i18n, names, palette
from pages.text.bulk_outcomes import OUTLOOKS, by_outcome, outcome_name, worst_outlook
from pages.text.i18n import _
from pages.text.links import link, link_to_send

#: The maximum number of sends in an expanded row.
_FIRST = 10


@dataclass(frozen=True, slots=True)
class ListedBatch:
    """A bulk abort with the first sends."""

    progress: BulkProgress
    first: BulkPage


def listed(receipts: Sequence[Receipt]) -> Mapping[str, ListedBatch]:
    """Return the bulk aborts of receipts, by id."""
    ids = [BulkId(id) for id in dict.fromkeys(r.bulk_id for r in receipts) if id]
    if not ids:
        return {}
    current = view()
    bulk_aborts, get = current.app.bulk_aborts, current.queries.cache.get
    return {
        progress.id: ListedBatch(
            progress, get(bulk_aborts.sends, progress.id, current.actor, (), 1, _FIRST)
        )
        for progress in bulk_aborts.progress_of(ids, current.actor).values()
    }


def bulk_row(batch: ListedBatch, now: datetime) -> str:
    """Return a bulk abort as a row of the log."""
    progress = batch.progress
    totals = progress.totals
    outlook = worst_outlook(progress) if progress.is_ended else Outlook.WAITING
    state = _("Bulk abort") if progress.is_ended else _("Bulk abort running")
    when = i18n.moment(progress.requested_at, now)
    unknown, uncounted = sum(progress.uncertain.values()), progress.uncounted
    reached = [
        names.reached_anyway(totals.gone),
        i18n.plural("{n} unknown", "{n} unknown", unknown) if unknown else "",
        i18n.plural("{n} not counted yet", "{n} not counted yet", uncounted) if uncounted else "",
        names.unsized(totals.unsized) if totals.unsized else "",
    ]
    count = i18n.plural("{n} send", "{n} sends", progress.sends)
    more = link(_("Show all with their outcomes"), "aborts", {"bulk": progress.id})
    sends = (
        f"<details><summary>{escape(count)}</summary><ul>{_sends(batch.first)}</ul>{more}</details>"
    )
    return log_table.row(
        outlook,
        log_table.verdict(outlook, state, when),
        log_table.cell("name", sends, escape(by_outcome(progress.counts))),
        log_table.cell(
            "spared",
            log_table.number(_("Not reached"), i18n.number(totals.spared)),
            escape(" · ".join(filter(None, reached))),
        ),
        log_table.cell("who", escape(names.person(progress.actor))),
        log_table.why(progress.reason, progress.note),
        kind="batch",
    )


def _sends(page: BulkPage) -> str:
    return "".join(
        f"<li>{palette.SIGNS[OUTLOOKS[send.outcome]]} {escape(outcome_name(send.outcome))}: "
        f"{link_to_send(send.configuration_id, send.name or send.configuration_id)}</li>"
        for send in page.rows
    )
