"""The list: filter, search, sort, abort from the row."""

import streamlit as st

from core.access.permissions import Right
from pages.sends import abort_dialog, list_filters, send_list
from pages.shell import session
from pages.text.i18n import _

freio = session.freio()
session.require(Right.VIEW, _("Configurations"))


def _live() -> None:
    if not list_filters.are_shown(shown):
        st.rerun(scope="app")
    abort_dialog.open_if_asked()
    now = freio.clock()
    query = list_filters.read_query(now)
    list_filters.draw_states(freio.queries.state_counts(query))
    page = freio.queries.page(query)
    list_filters.draw_searched(page.searched_since, now)
    fresh = session.freshness()
    send_list.draw_list(
        page.rows,
        fresh,
        key="configuration_rows",
        empty=_("No send matches these filters. Take one away to see more."),
        question=str(sorted(st.query_params.to_dict().items())),
    )
    list_filters.draw_pager(page.query.page, page.pages, page.total, page.query.page_size)


st.title(_("Configurations"))
st.caption(_("Every send there is. Find one and abort it from its row."))
abort_dialog.draw_abort()
if freio.queries.is_empty():
    session.start_page()
else:
    shown = list_filters.draw_filters(freio.queries.choices(), freio.clock())
    session.refreshing(_live)
