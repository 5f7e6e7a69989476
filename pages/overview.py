"""What is about to go out, and what can still be stopped."""

import streamlit as st

from core.insights import Overview
from core.states import Outlook
from pages.parts import abort, charts, listing, say, session, wall, words
from pages.parts.say import _
from pages.parts.tiles import Tile, draw_tiles

freio = session.freio()


def _tiles(seen: Overview, green: Outlook) -> list[Tile]:
    def tile(what: str, pair: tuple[int, int], outlook: Outlook, more: str = "") -> Tile:
        return Tile(what, say.number(pair[0]), more or words.recipients(pair[1]), outlook)

    t = seen.tiles
    spared = say.plural("{n} recipient spared", "{n} recipients spared", t.stopped_today[1])
    return [
        tile(_("Scheduled, next 24 hours"), t.scheduled_next_day, green),
        tile(_("Processing"), t.processing, green),
        tile(_("In progress, still stoppable"), t.in_progress_stoppable, green),
        tile(_("Generating now"), t.generating, Outlook.TOO_LATE),
        tile(_("Stopped here today"), t.stopped_today, Outlook.STOPPED, spared),
        Tile(
            _("Needs attention"),
            say.number(t.needs_attention),
            _("aborts, unconfirmed, SMTP errors, unknown"),
            Outlook.UNCERTAIN,
        ),
    ]


def _live() -> None:
    abort.open_if_asked()
    seen = freio.insights.overview(say.midnight(freio.clock()))
    fresh = session.freshness()
    draw_tiles(_tiles(seen, green=Outlook.UNCERTAIN if fresh.is_old else Outlook.STOPPABLE))
    st.header(_("Closing soonest"))
    st.caption(
        _(
            "Time left counts to the scheduled time. After it, a send can be stopped only until "
            "its generation starts, and nobody can say yet when that is."
        )
    )
    listing.draw_list(
        seen.closing, fresh, key="closing_rows", empty=_("Nothing can be stopped right now.")
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.header(_("Recipients per hour"))
        charts.draw_volume(seen.volume, seen.now)
    with right:
        st.header(_("Sends by state"))
        charts.draw_states(seen.states)
        st.caption(_("Bars are logarithmic; the numbers are exact."))


def _wall() -> None:
    seen = freio.insights.overview(say.midnight(freio.clock()))
    fresh = session.freshness()
    draw_tiles(_tiles(seen, green=Outlook.UNCERTAIN if fresh.is_old else Outlook.STOPPABLE))
    wall.draw_closing(seen.closing, fresh)


st.title(_("Overview"))
if wall.is_asked():
    wall.style()
    session.refreshing(_wall)
    st.stop()
st.caption(_("What is about to go out, and what can still be stopped."))
abort.draw_abort()
if freio.insights.is_empty():
    session.start_page()
else:
    session.refreshing(_live)
