"""The chart of recipients by hour: the past day, the next day, and what is usual for each hour."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from core.domain.list_query import HourVolume
from core.domain.states import MAY_BE_STOPPED, Outlook
from core.forecasting.attention import NamedSend
from core.forecasting.usual_volume import UsualHour
from pages.charts.chart_frame import LIST, TABLE, chart, colour, heading, ink, paper, to_click
from pages.charts.overview_data import OverviewData, hours_around
from pages.sends import list_filters
from pages.shell.page_run import shared
from pages.text import i18n, names
from pages.text.i18n import _
from pages.text.tables import Line, draw_table

#: The order of the parts of a bar, from the bottom.
_STACK = (
    Outlook.FINISHED,
    Outlook.TOO_LATE,
    Outlook.STOPPED,
    Outlook.WAITING,
    Outlook.REST_STOPPABLE,
    Outlook.STOPPABLE,
    Outlook.UNCERTAIN,
    Outlook.NOT_RUNNING,
)


def draw_volume(data: OverviewData) -> None:
    """Draw the recipients by hour, as a chart or as a table."""
    volume, usual, now = data.seen.volume, data.usual, data.seen.now
    hours = hours_around(now)
    if heading("volume", _("Recipients per hour")) == TABLE:
        _volume_table(volume, usual, hours, now)
        return
    if not any(v.configurations for v in volume):
        st.caption(_("Nothing is scheduled in the past day or the next."))
        return
    spec, alt = shared(_chart, data)
    chart(
        spec,
        name="volume",
        height=280,
        alt=alt,
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
    unsized = names.left_out(sum(v.unsized for v in volume if v.hour in hours))
    st.caption(" ".join(filter(None, [unsized, caption])))


def _chart(data: OverviewData) -> tuple[dict[str, Any], str]:
    seen, hours = data.seen, hours_around(data.seen.now)
    amounts = {(v.hour, v.outlook): v.recipients for v in seen.volume}
    spec = volume_spec(amounts, data.usual, hours, seen.now, seen.unusual.largest)
    return spec, _volume_alt(amounts, hours, seen.now)


def volume_spec(
    amounts: dict[tuple[datetime, Outlook], int],
    usual: Sequence[UsualHour],
    hours: Sequence[datetime],
    now: datetime,
    largest: Mapping[datetime, NamedSend],
) -> dict[str, Any]:
    """Return the ECharts options: a stacked bar for each hour, and the usual range over bars."""
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
    scale = scale_of(top)
    known = {u.hour: u for u in usual}
    click = to_click(
        [
            {"value": top, "name": _hour_text(hour, total, known.get(hour), largest.get(hour), now)}
            for hour, total in zip(hours, totals, strict=True)
        ]
    )
    return {
        "animation": False,
        "grid": {"left": 52, "right": 36, "top": 44, "bottom": 4, "containLabel": True},
        "legend": {
            "top": 0,
            "left": 0,
            "itemWidth": 12,
            "itemHeight": 12,
            "type": "scroll",
            "data": [bar["name"] for bar in bars] + (list(usual_names()) if usual else []),
        },
        "tooltip": {
            "trigger": "item",
            "formatter": "{b}",
            "extraCssText": "white-space: pre-line; max-width: 22rem;",
        },
        "xAxis": {
            "type": "category",
            "data": [i18n.moment(h, now) for h in hours],
            "axisLabel": {"interval": 5, "hideOverlap": True},
        },
        "yAxis": recipients_axis(scale),
        "series": [
            *bars,
            *usual_series(usual, hours),
            click | {"markLine": _lines(list(hours).index(_hour(now)), scale)},
        ],
    }


def usual_names() -> tuple[str, str]:
    """Return the names of the line with the median and of the band with the usual range."""
    return _("Usual: median"), _("Usual: middle half")


def _hour_text(
    hour: datetime,
    total: int,
    usual: UsualHour | None,
    largest: NamedSend | None,
    now: datetime,
) -> str:
    """Return the tooltip of an hour: the total, its ratio to the usual total, the largest send."""
    lines = [list_filters.hour_name(hour, now), names.recipients(total)]
    if usual is not None and usual.median:
        times, median = i18n.times(total / usual.median), i18n.number(usual.median)
        lines.append(_("{times} times the usual ({median})", times=times, median=median))
    if largest is not None and total:
        people = names.recipients(largest.recipients)
        lines.append(_("Largest: {name}, {people}", name=largest.name, people=people))
    return "\n".join(lines)


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def usual_series(
    usual: Sequence[UsualHour], hours: Sequence[datetime], *, is_stepped: bool = True
) -> list[dict[str, Any]]:
    """Return the ECharts series: the usual median as a line, the usual range as a filled area."""
    if not usual:
        return []
    known = {u.hour: u for u in usual}

    def line(name: str, value: Callable[[UsualHour], int], **style: Any) -> dict[str, Any]:
        return {
            "type": "line",
            "step": "middle" if is_stepped else False,
            "name": name,
            "symbol": "none",
            "silent": True,
            "z": 4,
            "data": [value(known[h]) if h in known else None for h in hours],
            **style,
        }

    invisible = {"opacity": 0}
    quiet = {"show": False}
    return [
        line("_low", lambda u: u.low, stack="band", lineStyle=invisible, tooltip=quiet),
        line(
            usual_names()[1],
            lambda u: u.high - u.low,
            stack="band",
            lineStyle=invisible,
            tooltip=quiet,
            areaStyle={"color": ink(), "opacity": 0.16},
            itemStyle={"color": ink(), "opacity": 0.3},
        ),
        line(
            usual_names()[0],
            lambda u: u.median,
            # A shadow in the background's colour makes the line visible over the bars.
            lineStyle={
                "color": ink(),
                "width": 2,
                "type": "dashed",
                "shadowColor": paper(),
                "shadowBlur": 4,
            },
            itemStyle={"color": ink()},
        ),
    ]


def scale_of(top: int) -> list[int]:
    """Return round amounts in equal steps, from zero to at least `top`."""
    rough = max(1, top) / 4
    unit = 10 ** math.floor(math.log10(rough))
    step = max(1, round(next(unit * n for n in (1, 2, 5, 10) if unit * n >= rough)))
    return list(range(0, max(1, top) + step, step))


def _lines(now: int, scale: Sequence[int]) -> dict[str, Any]:
    """Return the line at the current time, and the amounts on the scale."""
    return {
        "symbol": "none",
        "silent": True,
        "lineStyle": {"color": ink(), "type": "solid", "width": 2},
        "label": {"formatter": _("now"), "color": ink(), "position": "end"},
        "data": [{"xAxis": now}, *amounts_on_scale(scale)],
    }


def recipients_axis(scale: Sequence[int]) -> dict[str, Any]:
    """Return the axis without labels. `amounts_on_scale` returns the labels."""
    return {
        "type": "value",
        "max": scale[-1],
        "interval": scale[-1] / (len(scale) - 1),
        "axisLabel": {"show": False},
    }


def amounts_on_scale(scale: Sequence[int]) -> list[dict[str, Any]]:
    """Return the amounts on the scale as lines of an ECharts markLine.

    ECharts can write amounts in English format only (apache/echarts #18707, "Can we freely decide
    between thousandSeparator and decimalSeparator?"). Each amount is therefore the label of an
    invisible line.
    """
    return [
        {
            "yAxis": amount,
            "lineStyle": {"color": "transparent"},
            "label": {"formatter": i18n.compact(amount), "position": "start", "color": ink()},
        }
        for amount in scale
    ]


def _volume_alt(
    amounts: dict[tuple[datetime, Outlook], int], hours: Sequence[datetime], now: datetime
) -> str:
    totals = {h: sum(amounts.get((h, o), 0) for o in Outlook) for h in hours}
    most = max(hours, key=totals.__getitem__)
    return _(
        "Recipients by hour of their scheduled time. Past day: {past}. Next day: {next}. Most at "
        "{time}: {most}. The table has every hour.",
        past=sum(n for h, n in totals.items() if h < _hour(now)),
        next=sum(n for h, n in totals.items() if h >= _hour(now)),
        time=i18n.moment(most, now),
        most=totals[most],
    )


def _volume_table(
    volume: Sequence[HourVolume],
    usual: Sequence[UsualHour],
    hours: Sequence[datetime],
    now: datetime,
) -> None:
    sends = {h: sum(v.configurations for v in volume if v.hour == h) for h in hours}
    people = {h: sum(v.recipients for v in volume if v.hour == h) for h in hours}
    unsized = {h: sum(v.unsized for v in volume if v.hour == h) for h in hours}
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
                    names.amount(people[h], unsized[h]),
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
