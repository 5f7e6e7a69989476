"""How many sends are in each state, from the first state to the last."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from typing import Any

import streamlit as st

from core.domain.list_query import StateCount
from core.domain.states import Outlook, State
from pages.charts.chart_frame import LIST, TABLE, chart, colour, heading, to_click
from pages.text import i18n, names
from pages.text.i18n import _
from pages.text.tables import Line, draw_table


def draw_states(counts: Sequence[StateCount]) -> None:
    """Draw how many sends are in each state, from the first state to the last."""
    order = {state: place for place, state in enumerate(State)}
    rows = sorted(counts, key=lambda c: (order[c.state], list(Outlook).index(c.outlook)))
    rows = [c for c in rows if c.configurations]
    if heading("states", _("Sends by state")) == TABLE:
        _state_table(rows)
        return
    if not rows:
        st.caption(_("There are no sends yet."))
        return
    split = {c.state for c in rows if sum(1 for o in rows if o.state is c.state) > 1}
    chart(
        _states_spec(rows, split),
        name="states",
        height=max(160, 26 * len(rows)),
        alt=_("Number of sends by state: {list}", list=_spoken(rows)),
        targets=[_state_target(c) for c in rows],
    )
    st.caption(
        _("Bar lengths are logarithmic; the numbers are exact. Click a bar to see its sends.")
    )


def _states_spec(rows: Sequence[StateCount], split: set[State]) -> dict[str, Any]:
    lengths = [_length(c.configurations) for c in rows]
    labels = [_state_label(c, c.state in split) for c in rows]
    numbers = [i18n.number(c.configurations) for c in rows]
    return {
        "animation": False,
        "grid": {"left": 8, "right": 56, "top": 4, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "xAxis": {"type": "value", "min": 0, "max": max(lengths), "show": False},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": labels,
            "axisTick": {"show": False},
            "axisLine": {"show": False},
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 16,
                "data": [
                    {
                        "value": length,
                        "itemStyle": {"color": colour(c.outlook)},
                        "label": {"formatter": number},
                    }
                    for c, length, number in zip(rows, lengths, numbers, strict=True)
                ],
                "label": {"show": True, "position": "right"},
            },
            to_click(
                [
                    {"value": max(lengths), "name": f"{label}: {number}"}
                    for label, number in zip(labels, numbers, strict=True)
                ]
            ),
        ],
    }


def _length(count: int) -> float:
    # There are a thousand times more finished sends than active ones: only a logarithmic scale
    # shows both. One
    # send is a bar too.
    return round(0.3 + log10(max(1, count)), 3)


def _state_label(count: StateCount, split: bool) -> str:
    if not split:
        return count.state.value
    return f"{count.state.value} · {names.outlook_name(count.outlook).lower()}"


def _state_target(count: StateCount) -> dict[str, str]:
    return {"state": count.state.value, "outlook": count.outlook.value}


def _spoken(rows: Sequence[StateCount]) -> str:
    return ", ".join(f"{c.state.value} {c.configurations}" for c in rows)


def _state_table(rows: Sequence[StateCount]) -> None:
    draw_table(
        [_("State"), _("What can be done"), _("Sends"), _("Recipients")],
        [
            Line(
                (
                    c.state.value,
                    names.outlook_name(c.outlook),
                    i18n.number(c.configurations),
                    i18n.number(c.recipients),
                ),
                page=LIST,
                params=_state_target(c),
            )
            for c in rows
        ],
        numbers_from=2,
        empty=_("There are no sends yet."),
    )
