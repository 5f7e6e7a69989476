"""The page Overview: what needs attention, the next sends, and charts."""

import streamlit as st

from core.access.permissions import Right
from core.domain.freshness import Freshness
from core.runtime.instance import platform
from core.services.queries import Overview
from pages.charts import (
    attention_lines,
    hourly_chart,
    overview_data,
    state_chart,
    tiles,
    timeline,
    today_chart,
    wall,
)
from pages.sends import abort_dialog, send_list
from pages.shell import abort_notices, empty_store, freshness_line, page_run
from pages.text.i18n import _

page_run.require(Right.VIEW, _("Overview"))


def _live() -> None:
    abort_dialog.open_if_requested()
    data = overview_data.read()
    with st.container(key="overview"):
        with st.container(horizontal=True, vertical_alignment="center", key="overview_title"):
            st.title(_("Overview"), width="content")
            fresh = freshness_line.draw_freshness()
        with st.container(key="overview_attention"):
            attention_lines.draw_sentences(data)
        with st.container(key="overview_tiles"):
            tiles.draw_tiles(data, fresh)
        with st.container(key="overview_timeline"):
            timeline.draw_timeline(timeline.read_timeline(fresh), fresh)
        if attention_lines.are_all_wanted():
            attention_lines.draw_sends(data.attention, fresh)
            return
        with st.container(key="overview_closing"):
            _draw_closing(data.seen, fresh)
    left, right = st.columns([3, 2], gap="large")
    with left:
        today_chart.draw_today(data)
        hourly_chart.draw_volume(data)
    with right:
        state_chart.draw_states(data)


def _draw_closing(seen: Overview, fresh: Freshness) -> None:
    if platform().interrupts:
        meaning = _(
            "In nearly all cases, the time left ends before a send begins to go out. After that, "
            "only the rest of it may be stopped. The page of each send says how sure this is."
        )
    else:
        meaning = _(
            "In nearly all cases, the time left ends before the generation of a send "
            "begins. After that, the send may have begun. The page of each send says how "
            "sure this is."
        )
    st.header(_("Closing first"), help=meaning)
    send_list.draw_list(
        seen.closing, fresh, key="closing_rows", empty=_("Nothing can be stopped right now.")
    )


def _wall() -> None:
    data = overview_data.read()
    with st.container(horizontal=True, vertical_alignment="center", key="wall_head"):
        wall.draw_clock(data.seen.now)
        fresh = freshness_line.draw_freshness()
    tiles.draw_tiles(data, fresh, are_links=False)
    wall.draw_closing(data.seen.closing, fresh)


if wall.is_wanted():
    st.title(_("Overview"))
    wall.style()
    page_run.refreshing(_wall, is_shared=True)
    st.stop()
abort_dialog.draw_abort()
if page_run.view().queries.is_empty():
    st.title(_("Overview"))
    empty_store.draw_empty_store()
else:
    page_run.refreshing(_live, abort_notices.refresh_seconds, is_shared=True)
