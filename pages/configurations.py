"""The list: filter, search, sort, abort from the row."""

import streamlit as st

from core.access import Right
from pages.parts import abort, filters, listing, session
from pages.parts.say import _

freio = session.freio()
session.require(Right.LOOK, _("Configurations"))


def _live() -> None:
    if not filters.are_shown(shown):
        st.rerun(scope="app")
    abort.open_if_asked()
    now = freio.clock()
    query = filters.read_query(now)
    filters.draw_states(freio.insights.state_counts(query))
    page = freio.insights.page(query)
    filters.draw_searched(page.searched_since, now)
    fresh = session.freshness()
    listing.draw_list(
        page.rows,
        fresh,
        key="configuration_rows",
        empty=_("No send matches these filters. Take one away to see more."),
        question=str(sorted(st.query_params.to_dict().items())),
    )
    filters.draw_pager(page.query.page, page.pages, page.total, page.query.page_size)


st.title(_("Configurations"))
st.caption(_("Every send there is. Find one and abort it from its row."))
abort.draw_abort()
if freio.insights.is_empty():
    session.start_page()
else:
    shown = filters.draw_filters(freio.insights.choices(), freio.clock())
    session.refreshing(_live)
