"""The page Sends: the list of sends with search and filters."""

from dataclasses import replace

import streamlit as st

from core.access.permissions import Right
from pages.sends import abort_dialog, bulk_dialog, list_filters, send_list
from pages.shell import abort_notices, empty_store, freshness_line, page_run
from pages.text.i18n import _

page_run.require(Right.VIEW, _("Sends"))


def _list() -> None:
    view = page_run.view()
    with st.container(horizontal=True, vertical_alignment="center", key="filters"):
        st.title(_("Sends"), width="content")
        shown = list_filters.draw_filters(view.queries.choices(), view.now)
    list_filters.draw_chips(view.now)

    def _live() -> None:
        if not list_filters.are_shown(shown):
            page_run.run_again("filters")
        abort_dialog.open_if_requested()
        view = page_run.view()
        now, fresh = view.now, view.freshness()
        query = list_filters.read_query(view)
        counts = view.queries.state_counts(replace(query, ids=None))
        with st.container(horizontal=True, vertical_alignment="center", key="meanings"):
            marked = view.queries.count(replace(query, ids=view.alerted()))
            list_filters.draw_outlooks(counts, marked, fresh)
            freshness_line.draw_freshness()
        page = view.queries.page(query)
        fewer = [] if page.total else view.queries.fewer_words(query)
        list_filters.draw_searched(page, fewer, now, wanted=query.sort)
        send_list.draw_list(
            page.rows,
            fresh,
            key="configuration_rows",
            empty=list_filters.empty_text(query),
            query=page.query,
        )
        list_filters.draw_position(page.query.page, page.pages, page.total, page.query.page_size)

    page_run.refreshing(_live, abort_notices.refresh_seconds, is_shared=True)


abort_dialog.draw_abort()
bulk_dialog.draw_bulk()
if page_run.view().queries.is_empty():
    st.title(_("Sends"))
    empty_store.draw_empty_store()
else:
    list_filters.take_old_link()
    page_run.clickable(_list)
