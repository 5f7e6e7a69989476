"""The page Aborts: the log of all attempts to abort."""

from dataclasses import replace

import streamlit as st

from core.access.permissions import Right
from pages.log import (
    aborts_by_day,
    bulk_result,
    bulk_row,
    receipt_downloads,
    receipt_filters,
    receipt_rows,
)
from pages.sends import abort_dialog
from pages.shell import concern_lines, freshness_line, page_run, url_filters
from pages.text import i18n
from pages.text.i18n import _

queries = page_run.view().queries
page_run.require(Right.VIEW, _("Aborts"))


people, accounts = queries.receipt_choices()
# Without an attempt to abort, there is nothing to filter or to download.
has_begun = bool(people)


def _live() -> None:
    # Draw an empty container too, so the parts below do not move.
    with st.container():
        concern_lines.draw_concerns(concern_lines.MAX_ON_ABORTS)
    freshness_line.draw_freshness(with_reason=True)
    if not has_begun:
        if page_run.view().queries.receipt_choices()[0]:
            page_run.run_again("first_abort")
        st.markdown(
            _(
                "No send has been aborted yet. Each attempt will be listed here: who, "
                "when, why, and the result."
            )
        )
        return
    view = page_run.view()
    now = view.now
    query = replace(receipt_filters.read_query(now), bulk_as_one=True)
    found = view.queries.receipt_page(query)
    st.markdown(i18n.plural("**{n}** attempt", "**{n}** attempts", found.total))
    with st.container():
        concern_lines.draw_acknowledged(found.rows, now)
    receipt_rows.draw_receipts(
        found.rows,
        now,
        batches=bulk_row.listed(found.rows),
        deliveries=view.queries.deliveries(found.rows),
    )
    if found.pages > 1:
        url_filters.draw_pager("log", min(query.page, found.pages), found.pages)
    aborts_by_day.draw_days(view.queries.receipt_days(query, str(i18n.zone())))


st.title(_("Aborts"))
abort_dialog.draw_abort()
if bulk_result.PARAMETER in st.query_params:
    bulk_result.draw_bulk()
else:
    if has_begun:
        receipt_filters.draw_filters(people, accounts)
    page_run.refreshing(_live)
    if has_begun:
        receipt_downloads.draw_downloads(receipt_filters.read_query(page_run.view().now))
