"""The tiles of the overview: numbers of sends, with links to lists of the sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

import streamlit as st

from core.domain.freshness import Freshness, at_age
from core.domain.list_query import ListTotal, StoppedCounts
from core.domain.states import CAN_BE_STOPPED, Outlook, State
from core.forecasting.attention import Attention
from core.runtime.instance import platform
from pages import scripts
from pages.charts.attention_lines import ALL
from pages.charts.overview_data import OverviewData
from pages.sends import list_filters
from pages.shell.page_run import shared, view
from pages.text import i18n, live_text, names, palette
from pages.text.i18n import _


@dataclass(frozen=True, slots=True)
class Tile:
    """A number of sends, in the colour of `outlook`. The link goes to `page` with `params`."""

    label: str
    value: str
    detail: str
    outlook: Outlook
    page: str
    params: Mapping[str, str]


def draw_tiles(data: OverviewData, fresh: Freshness, *, are_links: bool = True) -> None:
    """Draw the tiles side by side."""
    st.html(shared(_tiles_html, data, fresh, are_links=are_links))


def _tiles_html(data: OverviewData, fresh: Freshness, *, are_links: bool) -> str:
    tiles = [*_sends(fresh), _stopped(data.seen.stopped), _attention(data.attention)]
    drawn = "".join(f"<li>{_html(tile, are_links)}</li>" for tile in tiles)
    return f"{scripts.style('charts/tiles.css')}<ul class='tiles'>{drawn}</ul>"


def _sends(fresh: Freshness) -> list[Tile]:
    # With old data, no tile is green.
    green = at_age(Outlook.STOPPABLE, is_old=fresh.is_old)
    leaving = _leaving(green)
    if platform().interrupts:
        rest = at_age(Outlook.REST_STOPPABLE, is_old=fresh.is_old)
        params = {"outlook": Outlook.REST_STOPPABLE.value}
        total = view().queries.rests(list_filters.read_query(view(), params))
        return [leaving, _tile(names.outlook_name(Outlook.REST_STOPPABLE), rest, total, params)]
    generating = {"state": State.IN_PROGRESS.value, "outlook": Outlook.TOO_LATE.value}
    return [
        leaving,
        _counted(_("Processing"), green, {"state": State.PROCESANDO.value}),
        _in_progress(green),
        _counted(_("Generating now"), Outlook.TOO_LATE, generating),
    ]


def _leaving(green: Outlook) -> Tile:
    # Uncertain sends count too. If the data is old, each stoppable send is uncertain.
    sure = {"outlook": Outlook.STOPPABLE.value, "time": "next-hour"}
    all_ = sure | {"outlook": f"{Outlook.STOPPABLE.value},{Outlook.UNCERTAIN.value}"}
    if _count(all_).configurations and not _count(sure).configurations:
        green = Outlook.UNCERTAIN
    return _counted(_("Leaves within the hour"), green, all_)


def _in_progress(green: Outlook) -> Tile:
    # Without reports of generation, or with old data, all sends in progress are uncertain.
    params = {"state": State.IN_PROGRESS.value}
    sure = params | {"outlook": Outlook.STOPPABLE.value}
    unsure = params | {"outlook": Outlook.UNCERTAIN.value}
    if _count(unsure).configurations and not _count(sure).configurations:
        return _counted(_("In progress, uncertain"), Outlook.UNCERTAIN, unsure)
    return _counted(_("In progress, can be stopped"), green, sure)


def _counted(label: str, outlook: Outlook, params: Mapping[str, str]) -> Tile:
    return _tile(label, outlook, _count(params), params)


def _tile(label: str, outlook: Outlook, total: ListTotal, params: Mapping[str, str]) -> Tile:
    people = names.recipients(total.recipients, total.unsized)
    count = i18n.number(total.configurations)
    return Tile(label, count, people, outlook, list_filters.PAGE, params)


def _count(params: Mapping[str, str]) -> ListTotal:
    return view().queries.total(list_filters.read_query(view(), params))


def _stopped(counts: StoppedCounts) -> Tile:
    spared = i18n.plural("{n} recipient not reached", "{n} recipients not reached", counts.spared)
    if counts.unsized:
        spared += f" · {names.unsized(counts.unsized)}"
    if counts.uncounted:
        spared += f" · {names.uncounted(counts.uncounted)}"
    params, detail = {"outcome": "stopped", "time": "today"}, spared
    if waiting := _count({"outlook": Outlook.WAITING.value}).configurations:
        unconfirmed = i18n.plural(
            "{n} waits for confirmation", "{n} wait for confirmation", waiting
        )
        detail = f"{spared} · {unconfirmed}" if counts.confirmed else unconfirmed
    count = i18n.number(counts.confirmed)
    return Tile(_("Stopped here today"), count, detail, Outlook.STOPPED, "aborts", params)


def _attention(attention: Attention) -> Tile:
    count, detail, outlook = len(attention.ids), _("nothing unusual"), Outlook.FINISHED
    if count:
        # The tile already shows the number.
        detail = i18n.plural("send; show it", "sends; show all", count)
        outlook = Outlook.UNCERTAIN
    shown = i18n.number(count) + ("+" if attention.is_cut else "")
    return Tile(_("Needs attention"), shown, detail, outlook, "./", ALL)


def _html(tile: Tile, is_link: bool) -> str:
    doubtful = ""
    if tile.outlook in CAN_BE_STOPPED:
        doubtful = f" data-doubtful='{palette.SIGNS[Outlook.UNCERTAIN]}'"
    href = escape(f"{tile.page}?{urlencode(tile.params)}", quote=True)
    start, end = (f"a href='{href}' data-within", "a") if is_link else ("div", "div")
    return (
        f"<{start} class='tile' {live_text.tone_attributes(tile.outlook)}><span class='label'>"
        f"<span class='sign' aria-hidden='true'{doubtful}>"
        f"{palette.SIGNS[tile.outlook]}</span> {escape(tile.label)}</span>"
        f"<span class='value'>{tile.value}</span>"
        f"<span class='detail'>{escape(tile.detail)}</span></{end}>"
    )
