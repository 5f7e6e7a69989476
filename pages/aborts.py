"""The log of aborts: who stopped what, when, why, and what came of it."""

import streamlit as st

from core.access import Right
from pages.parts import abort, concerns, log_days, log_filters, receipts, say, session
from pages.parts.say import _

freio = session.freio()
session.require(Right.LOOK, _("Aborts"))


def _live() -> None:
    concerns.draw_concerns(concerns.MANY)
    session.freshness()
    now = freio.clock()
    query = log_filters.read_query(now)
    found = freio.insights.log_page(query)
    st.markdown(say.plural("**{n}** attempt", "**{n}** attempts", found.total))
    concerns.draw_seen(found.rows, now)
    receipts.draw_receipts(found.rows, now)
    log_filters.draw_pager(found, min(query.page, found.pages))
    log_days.draw_days(freio.insights.log_days(query, str(say.zone())))


st.title(_("Aborts"))
st.caption(_("Every attempt to stop a send, accepted or refused, newest first."))
abort.draw_abort()
log_filters.draw_filters(*freio.insights.log_choices())
session.refreshing(_live)
log_days.draw_downloads(log_filters.read_query(freio.clock()))
