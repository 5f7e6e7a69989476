"""Parts that charts share: the switch between chart and table, clicks on bars, and colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.domain.states import Outlook
from pages.sends.list_filters import PAGE
from pages.shell.auto_refresh import go
from pages.text import palette
from pages.text.i18n import _

CHART, TABLE = "chart", "table"
#: The path of the page that a click opens.
LIST = PAGE


def is_dark() -> bool:
    """Return whether the reader's theme is dark."""
    return st.context.theme.type == "dark"


def colour(outlook: Outlook) -> str:
    """Return an outlook's colour in the reader's theme."""
    return (palette.DARK if is_dark() else palette.LIGHT)[outlook]


def heading(name: str, title: str) -> str:
    """Draw a chart's title with a switch between chart and table. Return the choice."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"heading_{name}"):
        st.header(title, width="content")
        choice = st.segmented_control(
            _("Show {title} as", title=title),
            (CHART, TABLE),
            default=CHART,
            required=True,
            format_func={CHART: _("Chart"), TABLE: _("Table")}.__getitem__,
            key=f"show_{name}",
            label_visibility="collapsed",
            width="content",
        )
    return str(choice or CHART)


def chart(
    spec: dict[str, Any],
    *,
    name: str,
    height: int,
    alt: str,
    targets: Sequence[dict[str, str]],
) -> None:
    """Draw a chart from ECharts options. `targets` has the filters of the list for each bar."""
    # Use a new key after each click. Otherwise a second click on a bar would only deselect the bar.
    turn = int(st.session_state.get(f"turn_{name}", 0))
    key = f"chart_{name}_{turn}"

    def clicked() -> None:
        found = [
            index
            for group in st.session_state[key].selection.selected
            for index in group["data_indices"]
        ]
        if found and found[0] < len(targets):
            st.session_state[f"turn_{name}"] = turn + 1
            go(LIST, **targets[found[0]])

    st.echarts_chart(spec, height=height, key=key, alt=alt, on_select=clicked)


def to_click(data: Sequence[Any], **more: Any) -> dict[str, Any]:
    """Return invisible bars of full length, so that short bars can be clicked too."""
    invisible = {"color": "transparent", "borderWidth": 0}
    return {
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
        "data": data,
        **more,
    }


def paper() -> str:
    """Return the colour of the background."""
    return "#15181B" if is_dark() else "#FFFFFF"


def ink() -> str:
    """Return the colour of lines and text."""
    return "#FAFAFA" if is_dark() else "#1F2933"
