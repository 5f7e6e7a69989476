"""The overview: what is wrong, what comes next, and what can still be stopped."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from core.access.permissions import Right
from core.domain.freshness import Freshness
from core.forecasting.attention import Attention
from core.forecasting.usual_volume import UsualHour
from core.services.attention import needs_attention
from core.services.queries import Overview
from pages.charts import (
    attention_lines,
    state_chart,
    tiles,
    timeline,
    today_chart,
    volume_chart,
    wall,
)
from pages.sends import abort_dialog, send_list
from pages.shell import abort_notices, session
from pages.text import i18n
from pages.text.i18n import _

session.require(Right.VIEW, _("Overview"))


def _read() -> tuple[Overview, Sequence[UsualHour], Attention]:
    view = session.view()
    seen = view.queries.overview(i18n.midnight(view.now))
    hours = volume_chart.hours_around(seen.now)
    usual = view.queries.usual_volume(hours[0], hours[-1] + timedelta(hours=1))
    standing = view.standing_alerts()
    return seen, usual, needs_attention(view.queries, view.concerns, standing, seen, usual)


def _live() -> None:
    abort_dialog.open_if_requested()
    seen, usual, attention = _read()
    with st.container(key="overview"):
        with st.container(horizontal=True, vertical_alignment="center", key="overview_title"):
            st.title(_("Overview"), width="content")
            fresh = session.draw_freshness()
        with st.container(key="overview_attention"):
            attention_lines.draw_sentences(attention, seen.now)
        with st.container(key="overview_tiles"):
            tiles.draw_tiles(seen, attention, fresh)
        with st.container(key="overview_timeline"):
            timeline.draw_timeline(timeline.read_timeline(fresh), fresh)
        if attention_lines.are_all_wanted():
            attention_lines.draw_sends(attention, fresh)
            return
        with st.container(key="overview_closing"):
            _draw_closing(seen, fresh)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _draw_today(seen)
        hours = volume_chart.hours_around(seen.now)
        volume_chart.draw_volume(seen.volume, usual, hours, seen.now, seen.unusual.largest)
    with right:
        state_chart.draw_states(seen.states)


def _draw_closing(seen: Overview, fresh: Freshness) -> None:
    st.header(
        _("Closing first"),
        help=_(
            "In nearly all cases, the time left ends before the generation of a send "
            "begins. After that, the send may have begun. The page of each send says how "
            "sure this is."
        ),
    )
    send_list.draw_list(
        seen.closing, fresh, key="closing_rows", empty=_("Nothing can be stopped right now.")
    )


def _draw_today(seen: Overview) -> None:
    hours = today_chart.hours_of_day(i18n.midnight(seen.now))
    usual = session.view().queries.usual_day(hours[0], hours[-1] + timedelta(hours=1))
    today_chart.draw_today(today_chart.today(seen.volume, usual, hours, seen.now))


def _wall() -> None:
    seen, _usual, attention = _read()
    with st.container(horizontal=True, vertical_alignment="center", key="wall_head"):
        wall.draw_clock(seen.now)
        fresh = session.draw_freshness()
    tiles.draw_tiles(seen, attention, fresh, are_links=False)
    wall.draw_closing(seen.closing, fresh)


if wall.is_wanted():
    st.title(_("Overview"))
    wall.style()
    session.refreshing(_wall)
    st.stop()
abort_dialog.draw_abort()
if session.view().queries.is_empty():
    st.title(_("Overview"))
    session.draw_empty_store()
else:
    session.refreshing(_live, abort_notices.refresh_seconds)
