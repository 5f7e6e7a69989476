"""The overview's charts, as ECharts options. Colours mean what can still be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from core.listing import HourVolume, StateCount
from core.states import Outlook, State
from pages.parts import palette, say, words
from pages.parts.say import _

#: From the bottom of a pile upwards.
_PILE = (
    Outlook.FINISHED,
    Outlook.TOO_LATE,
    Outlook.STOPPED,
    Outlook.STOPPABLE,
    Outlook.UNCERTAIN,
    Outlook.NOT_RUNNING,
)


def _dark() -> bool:
    return st.context.theme.type == "dark"


def colour(outlook: Outlook) -> str:
    """Return an outlook's colour in the reader's theme."""
    return (palette.DARK if _dark() else palette.LIGHT)[outlook]


def draw_states(counts: Sequence[StateCount]) -> None:
    """Draw how many sends are in each state, in the order of life."""
    order = {state: place for place, state in enumerate(State)}
    rows = sorted(counts, key=lambda c: (order[c.state], list(Outlook).index(c.outlook)))
    split = {c.state for c in rows if sum(1 for o in rows if o.state is c.state) > 1}
    spec: dict[str, Any] = {
        "animation": False,
        "grid": {"left": 8, "right": 56, "top": 4, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "item"},
        # Finished sends outnumber those in motion a thousand times: only a logarithm shows both.
        "xAxis": {"type": "log", "min": 0.5, "show": False},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [_state_label(c, c.state in split) for c in rows],
            "axisTick": {"show": False},
            "axisLine": {"show": False},
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 16,
                "data": [
                    {"value": c.configurations, "itemStyle": {"color": colour(c.outlook)}}
                    for c in rows
                ],
                "label": {"show": True, "position": "right"},
            }
        ],
    }
    st.echarts_chart(
        spec,
        height=max(160, 26 * len(rows)),
        key="chart_states",
        alt=_("Number of sends by state: {list}", list=_spoken(rows)),
    )


def _state_label(count: StateCount, split: bool) -> str:
    if not split:
        return count.state.value
    return f"{count.state.value} · {words.outlook_name(count.outlook).lower()}"


def _spoken(rows: Sequence[StateCount]) -> str:
    return ", ".join(f"{c.state.value} {c.configurations}" for c in rows)


def draw_volume(volume: Sequence[HourVolume], now: datetime) -> None:
    """Draw recipients by hour, the past day and the next, with a line at now."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [hour + timedelta(hours=n) for n in range(-24, 25)]
    amounts = {(v.hour, v.outlook): v.recipients for v in volume}
    present = [o for o in _PILE if any(v.outlook is o and v.recipients for v in volume)]
    spec: dict[str, Any] = {
        "animation": False,
        "grid": {"left": 8, "right": 16, "top": 44, "bottom": 4, "containLabel": True},
        "legend": {"top": 0, "left": 0, "itemWidth": 12, "itemHeight": 12, "type": "scroll"},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {
            "type": "category",
            "data": [say.moment(h, now) for h in hours],
            "axisLabel": {"interval": 5, "hideOverlap": True},
        },
        "yAxis": {"type": "value", "splitNumber": 3},
        "series": [
            {
                "type": "bar",
                "stack": "all",
                "name": words.outlook_name(outlook),
                "itemStyle": {"color": colour(outlook)},
                "data": [amounts.get((h, outlook), 0) for h in hours],
            }
            for outlook in present
        ],
    }
    if spec["series"]:
        spec["series"][-1]["markLine"] = _now_line()
    st.echarts_chart(
        spec,
        height=260,
        key="chart_volume",
        alt=_("Recipients by hour of their scheduled time, the past day and the next"),
    )


def _now_line() -> dict[str, Any]:
    ink = "#FAFAFA" if _dark() else "#1F2933"
    return {
        "symbol": "none",
        "silent": True,
        "lineStyle": {"color": ink, "type": "solid", "width": 2},
        "label": {"formatter": _("now"), "color": ink, "position": "end"},
        "data": [{"xAxis": 24}],
    }
