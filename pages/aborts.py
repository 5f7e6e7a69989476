"""The log of aborts: who stopped what, when, why, and what came of it."""

import streamlit as st

from core.access.permissions import Right
from pages.log import receipt_days, receipt_filters, receipts_table
from pages.sends import abort_dialog
from pages.shell import concern_lines, session
from pages.text import i18n
from pages.text.i18n import _

freio = session.freio()
session.require(Right.VIEW, _("Aborts"))


people, accounts = freio.queries.receipt_choices()
# Until somebody has tried to stop something, there is nothing to filter or to take away.
has_begun = bool(people)


def _live() -> None:
    concern_lines.draw_concerns(concern_lines.MANY)
    session.freshness()
    if not has_begun:
        if freio.queries.receipt_choices()[0]:
            st.rerun(scope="app")
        st.markdown(
            _(
                "Nobody has tried to stop a send yet. Each attempt will stand here: who, when and "
                "why, and what came of it."
            )
        )
        return
    now = freio.clock()
    query = receipt_filters.read_query(now)
    found = freio.queries.receipt_page(query)
    st.markdown(i18n.plural("**{n}** attempt", "**{n}** attempts", found.total))
    concern_lines.draw_seen(found.rows, now)
    receipts_table.draw_receipts(found.rows, now)
    receipt_filters.draw_pager(found, min(query.page, found.pages))
    receipt_days.draw_days(freio.queries.receipt_days(query, str(i18n.zone())))


st.title(_("Aborts"))
st.caption(_("Every attempt to stop a send, accepted or refused, newest first."))
abort_dialog.draw_abort()
if has_begun:
    receipt_filters.draw_filters(people, accounts)
session.refreshing(_live)
if has_begun:
    receipt_days.draw_downloads(receipt_filters.read_query(freio.clock()))
