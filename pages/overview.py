"""What is about to go out, and what can still be stopped."""

from datetime import timedelta

import streamlit as st

from core.access.permissions import Right
from core.domain.states import Outlook
from core.services.queries import Overview
from pages.charts import state_chart, volume_chart, wall
from pages.charts.tiles import Tile, draw_tiles
from pages.sends import abort_dialog, send_list
from pages.shell import session
from pages.text import i18n, sentences
from pages.text.i18n import _

freio = session.freio()
session.require(Right.VIEW, _("Overview"))


def _tiles(seen: Overview, green: Outlook) -> list[Tile]:
    def tile(what: str, pair: tuple[int, int], outlook: Outlook, more: str = "") -> Tile:
        return Tile(what, i18n.number(pair[0]), more or sentences.recipients(pair[1]), outlook)

    t = seen.tiles
    spared = i18n.plural("{n} recipient spared", "{n} recipients spared", t.stopped_today[1])
    if t.unconfirmed_today:
        open_ = i18n.plural(
            "{n} abort not confirmed yet", "{n} aborts not confirmed yet", t.unconfirmed_today
        )
        spared = f"{spared} · {open_}" if t.stopped_today[0] else open_
    return [
        tile(_("Scheduled, next 24 hours"), t.scheduled_next_day, green),
        tile(_("Processing"), t.processing, green),
        tile(_("In progress, still stoppable"), t.in_progress_stoppable, green),
        tile(_("Generating now"), t.generating, Outlook.TOO_LATE),
        tile(_("Stopped here today"), t.stopped_today, Outlook.STOPPED, spared),
        Tile(
            _("Needs attention"),
            i18n.number(t.needs_attention),
            _("aborts, unconfirmed, SMTP errors, unknown"),
            Outlook.UNCERTAIN,
        ),
    ]


def _live() -> None:
    abort_dialog.open_if_asked()
    seen = freio.queries.overview(i18n.midnight(freio.clock()))
    fresh = session.freshness()
    draw_tiles(_tiles(seen, green=Outlook.UNCERTAIN if fresh.is_old else Outlook.STOPPABLE))
    st.header(_("Closing soonest"))
    st.caption(
        _(
            "Time left runs out before a send's generation begins in nearly all cases; after it, a "
            "send may have begun. The page of each send says how sure that is."
        )
    )
    send_list.draw_list(
        seen.closing, fresh, key="closing_rows", empty=_("Nothing can be stopped right now.")
    )
    st.space("small")
    left, right = st.columns([3, 2], gap="large")
    with left:
        hours = volume_chart.hours_around(seen.now)
        usual = freio.queries.usual_volume(hours[0], hours[-1] + timedelta(hours=1))
        volume_chart.draw_volume(seen.volume, usual, hours, seen.now)
    with right:
        state_chart.draw_states(seen.states)


def _wall() -> None:
    seen = freio.queries.overview(i18n.midnight(freio.clock()))
    fresh = session.freshness()
    draw_tiles(_tiles(seen, green=Outlook.UNCERTAIN if fresh.is_old else Outlook.STOPPABLE))
    wall.draw_closing(seen.closing, fresh)


st.title(_("Overview"))
if wall.is_asked():
    wall.style()
    session.refreshing(_wall)
    st.stop()
st.caption(_("What is about to go out, and what can still be stopped."))
abort_dialog.draw_abort()
if freio.queries.is_empty():
    session.start_page()
else:
    session.refreshing(_live)
