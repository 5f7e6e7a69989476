"""The table of aborts by day, with the median time from scheduling to abort."""

from collections.abc import Sequence

import streamlit as st

from core.domain.receipt_query import ReceiptDay
from pages.text import i18n, names, tables
from pages.text.i18n import _


def draw_days(days: Sequence[ReceiptDay]) -> None:
    """Draw the table with a row for each day."""
    if not days:
        return
    st.header(_("By day"))
    tables.draw_cells(
        (
            _("Day"),
            _("Stopped"),
            _("Recipients not reached"),
            _("Too late"),
            _("Contradicted"),
            _("From scheduling to abort"),
        ),
        [
            (
                i18n.day(day.day),
                i18n.number(day.stopped),
                _not_reached(day),
                i18n.number(day.too_late),
                i18n.number(day.contradicted),
                "–" if (span := day.median_time_to_abort) is None else i18n.span(span),
            )
            for day in days
        ],
        numbers=range(1, 6),
    )
    explanation = _(
        "Half of the day's stopped sends were aborted here within this time after they were "
        "scheduled. It counts from the first report that shows the send as scheduled, "
        "because exports do not contain the time of scheduling."
    )
    st.caption(_("“From scheduling to abort”: {explanation}", explanation=explanation))
    st.caption(
        _(
            "An abort counts on the day on which it was requested, even if its stop was confirmed "
            "after midnight."
        )
    )
    if unconfirmed := sum(day.unconfirmed for day in days):
        st.caption(
            i18n.plural(
                "{n} abort of these days is not confirmed yet, and is not counted as stopped.",
                "{n} aborts of these days are not confirmed yet, and are not counted as stopped.",
                unconfirmed,
            )
        )


def _not_reached(day: ReceiptDay) -> str:
    known = names.amount(day.spared, day.unsized)
    return f"{known} · {names.uncounted(day.uncounted)}" if day.uncounted else known
