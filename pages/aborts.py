"""The Aborts page: the log of all attempts to stop a send, with filters and exports."""

import streamlit as st

from core.access.permissions import Right
from pages.log import receipt_days, receipt_filters, receipts_table
from pages.sends import abort_dialog
from pages.shell import concern_lines, session
from pages.text import i18n
from pages.text.i18n import _

queries = session.view().queries
session.require(Right.LOOK, _("Aborts"))

people, accounts = queries.receipt_choices()
# Without any attempt there is nothing to filter or to export.
has_attempts = bool(people)


def _live() -> None:
    concern_lines.draw_concerns(concern_lines.MANY)
    session.draw_freshness()
    view = session.view()
    if not has_attempts:
        if view.queries.receipt_choices()[0]:
            st.rerun(scope="app")
        st.markdown(
            _(
                "Nobody has tried to stop a send yet. Each attempt will stand here: who, when and "
                "why, and what came of it."
            )
        )
        return
    now = view.now
    query = receipt_filters.read_query(now)
    found = view.queries.receipt_page(query)
    st.markdown(i18n.plural("**{n}** attempt", "**{n}** attempts", found.total))
    concern_lines.draw_seen(found.rows, now)
    receipts_table.draw_receipts(found.rows, now)
    receipt_filters.draw_pager(found, min(query.page, found.pages))
    receipt_days.draw_days(view.queries.receipt_days(query, str(i18n.zone())))


st.title(_("Aborts"))
st.caption(_("Every attempt to stop a send, accepted or refused, newest first."))
abort_dialog.draw_abort()
if has_attempts:
    receipt_filters.draw_filters(people, accounts)
session.refreshing(_live)
if has_attempts:
    receipt_days.draw_downloads(receipt_filters.read_query(session.view().now))
