"""The overview: which sends start soon, and which can still be stopped."""

from datetime import timedelta

import streamlit as st

from core.access.permissions import Right
from pages.charts import state_chart, tiles, volume_chart, wall
from pages.sends import abort_dialog, send_list
from pages.shell import session
from pages.text import i18n
from pages.text.i18n import _

session.require(Right.VIEW, _("Overview"))


def _live() -> None:
    abort_dialog.open_if_requested()
    seen = session.view().queries.overview(i18n.midnight(session.view().now))
    fresh = session.draw_freshness()
    tiles.draw_tiles(seen, fresh)
    st.header(_("Closing soonest"))
    st.caption(
        _(
            "In nearly all cases, the time left ends before the generation of a send "
            "begins. After that, the send may have begun. The page of each send says how "
            "sure this is."
        )
    )
    send_list.draw_list(
        seen.closing, fresh, key="closing_rows", empty=_("Nothing can be stopped right now.")
    )
    st.space("small")
    left, right = st.columns([3, 2], gap="large")
    with left:
        hours = volume_chart.hours_around(seen.now)
        usual = session.view().queries.usual_volume(hours[0], hours[-1] + timedelta(hours=1))
        volume_chart.draw_volume(seen.volume, usual, hours, seen.now)
    with right:
        state_chart.draw_states(seen.states)


def _wall() -> None:
    seen = session.view().queries.overview(i18n.midnight(session.view().now))
    fresh = session.draw_freshness()
    tiles.draw_tiles(seen, fresh)
    wall.draw_closing(seen.closing, fresh)


st.title(_("Overview"))
if wall.is_wanted():
    wall.style()
    session.refreshing(_wall)
    st.stop()
st.caption(_("What is about to go out, and what can still be stopped."))
abort_dialog.draw_abort()
if session.view().queries.is_empty():
    session.draw_empty_store()
else:
    session.refreshing(_live)
