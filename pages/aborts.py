"""The log of aborts: who stopped what, when, why, and what came of it."""

import streamlit as st

from core.access import Right
from pages.parts import abort, concerns, log_days, log_filters, receipts, say, session
from pages.parts.say import _

freio = session.freio()
session.require(Right.LOOK, _("Aborts"))


people, accounts = freio.insights.log_choices()
# Until somebody has tried to stop something, there is nothing to filter or to take away.
has_begun = bool(people)


def _live() -> None:
    concerns.draw_concerns(concerns.MANY)
    session.freshness()
    if not has_begun:
        if freio.insights.log_choices()[0]:
            st.rerun(scope="app")
        st.markdown(
            _(
                "Nobody has tried to stop a send yet. Each attempt will stand here: who, when and "
                "why, and what came of it."
            )
        )
        return
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
if has_begun:
    log_filters.draw_filters(people, accounts)
session.refreshing(_live)
if has_begun:
    log_days.draw_downloads(log_filters.read_query(freio.clock()))
