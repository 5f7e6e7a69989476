"""The chart of recipients by hour: the past day, the next day, and what is usual for each hour."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from core.domain.list_query import HourVolume
from core.domain.states import MAY_BE_STOPPED, Outlook
from core.forecasting.usual_volume import UsualHour
from pages.charts.chart_frame import LIST, TABLE, chart, colour, heading, ink, to_click
from pages.sends import list_filters
from pages.text import i18n, names
from pages.text.i18n import _
from pages.text.tables import Line, draw_table

#: From the bottom of a bar upwards.
_STACK = (
    Outlook.FINISHED,
    Outlook.TOO_LATE,
    Outlook.STOPPED,
    Outlook.WAITING,
    Outlook.STOPPABLE,
    Outlook.UNCERTAIN,
    Outlook.NOT_RUNNING,
)


def draw_volume(
    volume: Sequence[HourVolume],
    usual: Sequence[UsualHour],
    hours: Sequence[datetime],
    now: datetime,
) -> None:
    """Draw recipients by hour, with a line at now, and what is usual for the weekday and hour."""
    amounts = {(v.hour, v.outlook): v.recipients for v in volume}
    if heading("volume", _("Recipients per hour")) == TABLE:
        _volume_table(volume, usual, hours, now)
        return
    if not any(amounts.values()):
        st.caption(_("Nothing is scheduled in the past day or the next."))
        return
    chart(
        volume_spec(amounts, usual, hours, now),
        name="volume",
        height=280,
        alt=_volume_alt(amounts, hours, now),
        targets=[{"time": list_filters.hour_code(hour)} for hour in hours],
    )
    caption = _("Click an hour to see its sends.")
    if usual:
        caption = (
            _(
                "The line is the median of past weeks for the same weekday and hour; the "
                "band is the middle half of them."
            )
            + " "
            + caption
        )
    st.caption(caption)


def hours_around(now: datetime) -> list[datetime]:
    """Return the hours that the volume shows: the past day, this one, and the next day."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return [hour + timedelta(hours=n) for n in range(-24, 25)]


def volume_spec(
    amounts: dict[tuple[datetime, Outlook], int],
    usual: Sequence[UsualHour],
    hours: Sequence[datetime],
    now: datetime,
) -> dict[str, Any]:
    """Return the chart of recipients per hour: stacked bars, a band and a line behind them."""
    present = [o for o in _STACK if any(amounts.get((h, o)) for h in hours)]
    bars = [
        {
            "type": "bar",
            "stack": "all",
            "name": names.outlook_name(outlook),
            "itemStyle": {"color": colour(outlook)},
            "data": [amounts.get((h, outlook), 0) for h in hours],
        }
        for outlook in present
    ]
    totals = [sum(amounts.get((h, o), 0) for o in present) for h in hours]
    top = max([*totals, *(u.high for u in usual)])
    scale = _scale(top)
    click = to_click([top] * len(hours), tooltip={"show": False})
    return {
        "animation": False,
        "grid": {"left": 52, "right": 36, "top": 44, "bottom": 4, "containLabel": True},
        "legend": {
            "top": 0,
            "left": 0,
            "itemWidth": 12,
            "itemHeight": 12,
            "type": "scroll",
            "data": [bar["name"] for bar in bars] + ([_("Usual")] if usual else []),
        },
        "tooltip": {
            "trigger": "axis",
            "axisPointer": {"type": "shadow"},
            "valueFormatter": "localized",
        },
        "xAxis": {
            "type": "category",
            "data": [i18n.moment(h, now) for h in hours],
            "axisLabel": {"interval": 5, "hideOverlap": True},
        },
        "yAxis": {
            "type": "value",
            "max": scale[-1],
            "interval": scale[-1] / (len(scale) - 1),
            "axisLabel": {"show": False},
        },
        "series": [
            *bars,
            *_usual_series(usual, hours),
            click | {"markLine": _lines(list(hours).index(_hour(now)), scale)},
        ],
    }


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _usual_series(usual: Sequence[UsualHour], hours: Sequence[datetime]) -> list[dict[str, Any]]:
    """Return the band (an invisible line with a filled area above it) and the median."""
    if not usual:
        return []
    known = {u.hour: u for u in usual}

    def line(name: str, value: Callable[[UsualHour], int], **style: Any) -> dict[str, Any]:
        return {
            "type": "line",
            "step": "middle",
            "name": name,
            "symbol": "none",
            "silent": True,
            "data": [value(known[h]) if h in known else None for h in hours],
            **style,
        }

    invisible = {"opacity": 0}
    quiet = {"show": False}
    return [
        line("_low", lambda u: u.low, stack="band", lineStyle=invisible, tooltip=quiet),
        line(
            "_band",
            lambda u: u.high - u.low,
            stack="band",
            lineStyle=invisible,
            tooltip=quiet,
            areaStyle={"color": ink(), "opacity": 0.16},
        ),
        line(
            _("Usual"),
            lambda u: u.median,
            lineStyle={"color": ink(), "width": 1.5, "type": "dashed"},
            itemStyle={"color": ink()},
        ),
    ]


def _scale(top: int) -> list[int]:
    """Return round amounts in equal steps, from zero to at least `top`."""
    rough = max(1, top) / 4
    unit = 10 ** math.floor(math.log10(rough))
    step = max(1, round(next(unit * n for n in (1, 2, 5, 10) if unit * n >= rough)))
    return list(range(0, max(1, top) + step, step))


def _lines(now: int, scale: Sequence[int]) -> dict[str, Any]:
    """Return the line at now, and the amounts on the scale.

    ECharts writes amounts in English format (apache/echarts #18707, "Can we freely decide between
    thousandSeparator and decimalSeparator?"), so each amount is the label of an invisible line.
    """
    amounts = [
        {
            "yAxis": amount,
            "lineStyle": {"color": "transparent"},
            "label": {"formatter": i18n.compact(amount), "position": "start", "color": ink()},
        }
        for amount in scale
    ]
    return {
        "symbol": "none",
        "silent": True,
        "lineStyle": {"color": ink(), "type": "solid", "width": 2},
        "label": {"formatter": _("now"), "color": ink(), "position": "end"},
        "data": [{"xAxis": now}, *amounts],
    }


def _volume_alt(
    amounts: dict[tuple[datetime, Outlook], int], hours: Sequence[datetime], now: datetime
) -> str:
    totals = {h: sum(amounts.get((h, o), 0) for o in Outlook) for h in hours}
    most = max(hours, key=totals.__getitem__)
    return _(
        "Recipients by hour of their scheduled time. Past day: {past}. Next day: {next}. Most at "
        "{time}: {most}. The table has every hour.",
        past=i18n.number(sum(n for h, n in totals.items() if h < _hour(now))),
        next=i18n.number(sum(n for h, n in totals.items() if h >= _hour(now))),
        time=i18n.moment(most, now),
        most=i18n.number(totals[most]),
    )


def _volume_table(
    volume: Sequence[HourVolume],
    usual: Sequence[UsualHour],
    hours: Sequence[datetime],
    now: datetime,
) -> None:
    sends = {h: sum(v.configurations for v in volume if v.hour == h) for h in hours}
    people = {h: sum(v.recipients for v in volume if v.hour == h) for h in hours}
    open_ = {
        h: sum(v.recipients for v in volume if v.hour == h and v.outlook in MAY_BE_STOPPED)
        for h in hours
    }
    known = {u.hour: u for u in usual}
    heads = [_("Hour"), _("Sends"), _("Recipients"), _("Can be stopped, of these")]
    draw_table(
        [*heads, _("Usual: median"), _("Usual: from–to")] if usual else heads,
        [
            Line(
                (
                    list_filters.hour_name(h, now),
                    i18n.number(sends[h]),
                    i18n.number(people[h]),
                    i18n.number(open_[h]),
                    *(_usual_cells(known.get(h)) if usual else ()),
                ),
                page=LIST,
                params={"time": list_filters.hour_code(h)},
            )
            for h in hours
            if people[h] or sends[h]
        ],
        numbers_from=1,
        empty=_("Nothing is scheduled in the past day or the next."),
    )


def _usual_cells(usual: UsualHour | None) -> tuple[str, str]:
    if usual is None:
        return "–", "–"
    return i18n.number(usual.median), f"{i18n.number(usual.low)}–{i18n.number(usual.high)}"
