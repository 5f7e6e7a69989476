"""The recipients since midnight, sent and planned, compared with a usual day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from core.domain.list_query import HourVolume
from core.domain.states import GOES_OUT, MAY_BE_STOPPED, Outlook
from core.forecasting.usual_volume import UsualHour
from pages.charts.chart_parts import TABLE, axes, colour, heading, now_and_amounts, scale_of
from pages.charts.hourly_chart import (
    hour_line,
    usual_cells,
    usual_heads,
    usual_names,
    usual_series,
)
from pages.charts.overview_data import OverviewData, hours_of_day
from pages.shell.page_run import shared
from pages.text import i18n, names
from pages.text.i18n import _
from pages.text.tables import draw_table

_HOUR = timedelta(hours=1)
#: Sends with these outlooks reach all recipients.
_GOES = tuple(outlook for outlook in GOES_OUT if outlook not in MAY_BE_STOPPED)
#: Sends with these outlooks can still reach recipients. An abort that is not confirmed proves
#: nothing.
_MAY_GO = (*GOES_OUT, Outlook.WAITING)


@dataclass(frozen=True, slots=True)
class Today:
    """The recipients of a day, added up from midnight to the end of each hour.

    - `sent`: the sums until the current hour. If nobody can stop a send any more, all its
      recipients count. Of all other sends, only the sent messages count.
    - `planned`: the sums until the end of the day, with the recipients of planned sends and of
      sends whose abort is not confirmed.
    - `usual`: the sums of a usual day, or () if these are unknown.
    - `unsized`: how many sends of unknown size are not in the sums.
    """

    hours: Sequence[datetime]
    sent: Sequence[int]
    planned: Sequence[int]
    usual: Sequence[UsualHour]
    now: datetime
    unsized: int

    def usual_until_now(self) -> int:
        """Return the usual number of recipients from midnight to `now`."""
        place = len(self.sent) - 1
        before = self.usual[place - 1].median if place else 0
        share = (self.now - self.hours[place]) / _HOUR
        return round(before + share * (self.usual[place].median - before))


def today(
    volume: Sequence[HourVolume],
    usual: Sequence[UsualHour],
    hours: Sequence[datetime],
    now: datetime,
) -> Today:
    """Return the sums from midnight to the end of each hour."""
    sent, planned = [], []
    all_, begun, unsized = 0, 0, 0
    for hour in hours:
        here = [v for v in volume if v.hour == hour]
        all_ += sum(v.recipients if v.outlook in _MAY_GO else v.sent for v in here)
        unsized += sum(v.unsized for v in here if v.outlook in _MAY_GO)
        begun += sum(v.recipients if v.outlook in _GOES else v.sent for v in here)
        planned.append(all_)
        if hour <= now:
            sent.append(begun)
    return Today(hours, sent, planned, usual, now, unsized)


def draw_today(data: OverviewData) -> None:
    """Draw the chart or the table."""
    found = shared(_today, data)
    if heading("today", _("Today against a usual day") if found.usual else _("Today")) == TABLE:
        _table(found)
        return
    st.caption(" ".join(filter(None, [sentence(found), names.left_out(found.unsized)])))
    if found.planned[-1] or found.usual:
        st.echarts_chart(shared(_spec, data), height=220, key="chart_today", alt=sentence(found))


def _today(data: OverviewData) -> Today:
    now = data.seen.now
    return today(data.seen.volume, data.usual_day, hours_of_day(i18n.midnight(now)), now)


def sentence(found: Today) -> str:
    """Return a sentence that compares today with a usual day."""
    sent, planned = found.sent[-1], found.planned[-1]
    people = {"sent": i18n.number(sent), "planned": i18n.number(planned)}
    if not found.usual:
        return _("Sent until now: {sent} recipients. With what is planned: {planned}.", **people)
    return _(
        "Sent until now: {sent} recipients ({now}). With what is planned: {planned} ({day}).",
        **people,
        now=_compared(sent, found.usual_until_now()),
        day=_compared(planned, found.usual[-1].median),
    )


def _compared(amount: int, usual: int) -> str:
    if not usual:
        return _("usually none")
    ratio = amount / usual
    if ratio >= 2:
        return _("{times} times the usual", times=i18n.times(ratio))
    if abs(ratio - 1) < 0.05:
        return _("as usual")
    # Add half a percent, because `percent` rounds down.
    share = i18n.percent(abs(ratio - 1) + 0.005)
    if ratio > 1:
        return _("{share} more than usual", share=share)
    return _("{share} less than usual", share=share)


def _spec(data: OverviewData) -> dict[str, Any]:
    return spec(_today(data))


def spec(found: Today) -> dict[str, Any]:
    """Return the ECharts options: the lines of a day and the usual range."""
    top = max([*found.planned, *(u.high for u in found.usual)])
    scale = scale_of(top)

    def line(name: str, data: Sequence[int], outlook: Outlook, **more: Any) -> dict[str, Any]:
        tone = colour(outlook)
        return {
            "type": "line",
            "name": name,
            "symbol": "none",
            "data": list(data),
            "itemStyle": {"color": tone},
            "lineStyle": {"color": tone, "width": 2.5} | more,
            "z": 5,
        }

    lines = [
        line(_("Sent and planned"), found.planned, Outlook.STOPPABLE, type="dotted"),
        line(_("Sent"), found.sent, Outlook.FINISHED),
    ]
    usual = usual_series(found.usual, found.hours, is_stepped=False)
    legend = [each["name"] for each in lines] + (list(usual_names()) if usual else [])
    marks = now_and_amounts(len(found.sent) - 1, scale)
    return axes([i18n.hour(hour + _HOUR) for hour in found.hours], 3, legend, 16, scale) | {
        "tooltip": {"trigger": "axis", "valueFormatter": "localized"},
        "series": [
            *usual,
            *lines,
            {"type": "line", "name": "_scale", "data": [], "markLine": marks},
        ],
    }


def _table(found: Today) -> None:
    heads = [_("Until"), _("Sent"), _("Sent and planned")]
    rows = []
    for n, hour in enumerate(found.hours):
        sent = i18n.number(found.sent[n]) if n < len(found.sent) else "–"
        cells = [i18n.hour(hour + _HOUR), sent, i18n.number(found.planned[n])]
        if found.usual:
            cells += usual_cells(found.usual[n])
        rows.append(hour_line(hour, cells))
    draw_table([*heads, *usual_heads()] if found.usual else heads, rows, numbers_from=1, empty="")
