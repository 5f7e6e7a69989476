"""Shared parts of charts: heading, axes and colours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.domain.states import Outlook
from pages.text import i18n, palette
from pages.text.i18n import _

CHART, TABLE = "chart", "table"


def is_dark() -> bool:
    """Return whether the theme is dark."""
    return st.context.theme.type == "dark"


def colour(outlook: Outlook) -> str:
    """Return the colour of an outlook."""
    light, dark = palette.COLOURS[outlook]
    return dark if is_dark() else light


def heading(
    name: str, title: str, label: str = "", options: Mapping[str, str] | None = None
) -> str:
    """Draw the title of a chart and buttons for `options`. Return the chosen option.

    `label` describes the buttons to screen readers. By default, the options are CHART and TABLE.
    """
    texts = options or {CHART: _("Chart"), TABLE: _("Table")}
    values = tuple(texts)
    with st.container(horizontal=True, vertical_alignment="center", key=f"heading_{name}"):
        st.header(title, width="content")
        choice = st.segmented_control(
            label or _("Show {title} as", title=title),
            values,
            default=values[0],
            required=True,
            format_func=texts.__getitem__,
            key=f"show_{name}",
            label_visibility="collapsed",
            width="content",
        )
    return choice or values[0]


def scale_of(top: int) -> list[int]:
    """Return round amounts in equal steps, from 0 to at least `top`."""
    rough = max(1, top) / 4
    unit = 10 ** math.floor(math.log10(rough))
    step = max(1, round(next(unit * n for n in (1, 2, 5, 10) if unit * n >= rough)))
    return list(range(0, max(1, top) + step, step))


def axes(
    labels: Sequence[str], label_every: int, legend: Sequence[str], sign: int, scale: Sequence[int]
) -> dict[str, Any]:
    """Return the ECharts options for recipients by hour, without the series.

    - `labels`: the texts of the hours. If `label_every` is 3, the axis shows every third text.
    - `sign`: the width of a sign in the legend, in pixels.
    - `scale`: the amounts of the grid lines. `now_and_amounts` adds the texts.
    """
    return {
        "animation": False,
        "grid": {"left": 52, "right": 36, "top": 44, "bottom": 4, "containLabel": True},
        "legend": {
            "top": 0,
            "left": 0,
            "itemWidth": sign,
            "itemHeight": 12,
            "type": "scroll",
            "data": legend,
        },
        "xAxis": {
            "type": "category",
            "data": labels,
            "axisLabel": {"interval": label_every - 1, "hideOverlap": True},
        },
        "yAxis": {
            "type": "value",
            "max": scale[-1],
            "interval": scale[-1] / (len(scale) - 1),
            "axisLabel": {"show": False},
        },
    }


def now_and_amounts(now: int, scale: Sequence[int]) -> dict[str, Any]:
    """Return an ECharts markLine: a line at the hour with the index `now`, and amounts.

    The amounts of `scale` are labels of invisible lines, because the axis of ECharts can write
    amounts in English format only (apache/echarts #18707).
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


def paper() -> str:
    """Return the colour of the background."""
    return "#15181B" if is_dark() else "#FFFFFF"


def ink() -> str:
    """Return the colour of lines and text."""
    return "#FAFAFA" if is_dark() else "#1F2933"
