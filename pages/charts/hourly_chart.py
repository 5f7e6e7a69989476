"""The recipients by hour, from the past day to the next day, compared with usual hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from core.domain.list_query import HourVolume
from core.domain.states import MAY_BE_STOPPED, Outlook
from core.forecasting.attention import NamedSend
from core.forecasting.usual_volume import UsualHour
from pages.charts.chart_parts import (
    TABLE,
    axes,
    colour,
    heading,
    ink,
    now_and_amounts,
    paper,
    scale_of,
)
from pages.charts.overview_data import OverviewData, hours_around
from pages.sends import list_filters
from pages.shell.auto_refresh import go
from pages.shell.page_run import shared
from pages.text import i18n, names
from pages.text.i18n import _
from pages.text.tables import Line, draw_table

#: The parts of a bar, from the bottom.
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
    _draw_chart(data, hours)
    captions = [names.left_out(sum(v.unsized for v in volume if v.hour in hours))]
    if usual:
        captions.append(
            _(
                "The line is the median of past weeks for the same weekday and hour; the "
                "band is the middle half of them."
            )
        )
    captions.append(_("Click an hour to see its sends."))
    st.caption(" ".join(filter(None, captions)))


def _draw_chart(data: OverviewData, hours: Sequence[datetime]) -> None:
    spec, alt = shared(_chart, data)
    # After a click, the chart has a new key. With the old key, a second click would only deselect
    # the bar.
    turn = int(st.session_state.get("turn_volume", 0))
    key = f"chart_volume_{turn}"

    def clicked() -> None:
        groups = st.session_state[key].selection.selected
        found = [index for group in groups for index in group["data_indices"]]
        if found and found[0] < len(hours):
            st.session_state["turn_volume"] = turn + 1
            go(list_filters.PAGE, time=list_filters.hour_code(hours[found[0]]))

    st.echarts_chart(spec, height=280, key=key, alt=alt, on_select=clicked)


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
    """Return the ECharts options: stacked bars, and in front of them the usual range."""
    present = [o for o in _STACK if any(amounts.get((h, o)) for h in hours)]
    bars: list[dict[str, Any]] = [
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
    invisible = {"color": "transparent", "borderWidth": 0}
    # Invisible bars of full height get the clicks. Short bars are hard to click.
    click = {
        "type": "bar",
        "name": "_hit",
        "barGap": "-100%",
        "barCategoryGap": "0%",
        "z": 5,
        "selectedMode": "single",
        "cursor": "pointer",
        "itemStyle": invisible,
        "select": {"itemStyle": invisible},
        "emphasis": {"itemStyle": {"color": ink(), "opacity": 0.08}},
        "data": [
            {"value": top, "name": _hour_text(hour, total, known.get(hour), largest.get(hour), now)}
            for hour, total in zip(hours, totals, strict=True)
        ],
        "markLine": now_and_amounts(list(hours).index(_hour(now)), scale),
    }
    legend = [bar["name"] for bar in bars] + (list(usual_names()) if usual else [])
    return axes([i18n.moment(h, now) for h in hours], 6, legend, 12, scale) | {
        "tooltip": {
            "trigger": "item",
            "formatter": "{b}",
            "extraCssText": "white-space: pre-line; max-width: 22rem;",
        },
        "series": [*bars, *usual_series(usual, hours), click],
    }


def usual_names() -> tuple[str, str]:
    """Return the names of the usual median and the usual range."""
    return _("Usual: median"), _("Usual: middle half")


def _hour_text(
    hour: datetime,
    total: int,
    usual: UsualHour | None,
    largest: NamedSend | None,
    now: datetime,
) -> str:
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
    """Return the ECharts series: the usual median as a line, and the usual range as an area."""
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
            # A shadow makes the line visible over the bars.
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
    known = {u.hour: u for u in usual}
    lines = []
    for hour in hours:
        here = [v for v in volume if v.hour == hour and (v.recipients or v.configurations)]
        if not here:
            continue
        people, unsized = sum(v.recipients for v in here), sum(v.unsized for v in here)
        cells = [
            list_filters.hour_name(hour, now),
            i18n.number(sum(v.configurations for v in here)),
            names.amount(people, unsized),
            i18n.number(sum(v.recipients for v in here if v.outlook in MAY_BE_STOPPED)),
        ]
        if usual:
            cells += usual_cells(known.get(hour))
        lines.append(hour_line(hour, cells))
    heads = [_("Hour"), _("Sends"), _("Recipients"), _("Can be stopped, of these")]
    draw_table(
        [*heads, *usual_heads()] if usual else heads,
        lines,
        numbers_from=1,
        empty=_("Nothing is scheduled in the past day or the next."),
    )


def hour_line(hour: datetime, cells: Sequence[str]) -> Line:
    """Return a table line with a link to the sends of an hour."""
    return Line(tuple(cells), list_filters.PAGE, {"time": list_filters.hour_code(hour)})


def usual_heads() -> tuple[str, str]:
    """Return the headings of `usual_cells`."""
    return _("Usual: median"), _("Usual: from–to")


def usual_cells(usual: UsualHour | None) -> tuple[str, str]:
    """Return the usual median and the usual range of an hour."""
    if usual is None:
        return "–", "–"
    return i18n.number(usual.median), f"{i18n.number(usual.low)}–{i18n.number(usual.high)}"
