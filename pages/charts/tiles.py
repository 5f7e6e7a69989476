"""The tiles at the top of the overview: their contents and their look."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from core.domain.freshness import Freshness
from core.domain.list_query import Tiles
from core.domain.states import Outlook
from core.services.queries import Overview
from pages import scripts
from pages.text import i18n, live_text, names, palette
from pages.text.i18n import _


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with a label, a line of detail, and the outlook that colours it."""

    label: str
    value: int
    detail: str
    outlook: Outlook


def draw_tiles(overview: Overview, fresh: Freshness) -> None:
    """Draw the figures side by side; they wrap on a narrow screen."""
    drawn = "".join(_html(tile) for tile in _tiles(overview.tiles, fresh))
    st.html(f"{scripts.style('charts/tiles.css')}<div class='tiles' role='list'>{drawn}</div>")


def _tiles(figures: Tiles, fresh: Freshness) -> list[Tile]:
    def tile(label: str, figure: tuple[int, int], outlook: Outlook, detail: str = "") -> Tile:
        count, recipients = figure
        return Tile(label, count, detail or names.recipients(recipients), outlook)

    # Old data shows no green.
    green = Outlook.UNCERTAIN if fresh.is_old else Outlook.STOPPABLE
    return [
        tile(_("Scheduled, next 24 hours"), figures.scheduled_next_day, green),
        tile(_("Processing"), figures.processing, green),
        tile(_("In progress, still stoppable"), figures.in_progress_stoppable, green),
        tile(_("Generating now"), figures.generating, Outlook.TOO_LATE),
        tile(_("Stopped here today"), figures.stopped_today, Outlook.STOPPED, _spared(figures)),
        Tile(
            _("Needs attention"),
            figures.needs_attention,
            _("aborts, unconfirmed, SMTP errors, unknown"),
            Outlook.UNCERTAIN,
        ),
    ]


def _spared(figures: Tiles) -> str:
    """Return the recipients spared today, and the number of all unconfirmed aborts."""
    stopped, recipients = figures.stopped_today
    spared = i18n.plural("{n} recipient spared", "{n} recipients spared", recipients)
    if not figures.unconfirmed[0]:
        return spared
    unconfirmed = i18n.plural(
        "{n} waits for confirmation", "{n} wait for confirmation", figures.unconfirmed[0]
    )
    return f"{spared} · {unconfirmed}" if stopped else unconfirmed


def _html(tile: Tile) -> str:
    doubtful = ""
    if tile.outlook is Outlook.STOPPABLE:
        doubtful = f" data-doubtful='{palette.SIGNS[Outlook.UNCERTAIN]}'"
    return (
        f"<div role='listitem' {live_text.tone_attributes(tile.outlook)}><span class='label'>"
        f"<span class='sign' aria-hidden='true'{doubtful}>"
        f"{palette.SIGNS[tile.outlook]}</span> {escape(tile.label)}</span>"
        f"<span class='value'>{i18n.number(tile.value)}</span>"
        f"<span class='detail'>{escape(tile.detail)}</span></div>"
    )
