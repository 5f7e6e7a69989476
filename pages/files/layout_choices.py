"""Choose the place of the sends in a file, and the formats of times and numbers."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from core.feed.formats.heading_line import SEARCHED
from core.feed.formats.rows import Layout
from core.feed.interpreting.zones import zone_by_key, zone_said_in
from pages.files.chosen_file import Chosen
from pages.files.load_result import MESSAGE
from pages.shell.messages import reporting_errors
from pages.shell.page_run import view
from pages.shell.url_filters import bound
from pages.text.i18n import _

_WIDTH = 260


def draw_layout(chosen: Chosen) -> None:
    """Draw the choices of sheet, list and heading line."""
    layout = chosen.first_rows.layout
    with st.container(horizontal=True, key="feed_layout"):
        if len(layout.sheets) > 1:
            _draw(chosen, "sheet", _("Sheet"), layout.sheets, layout.sheet)
        if len(layout.lists) > 1:
            _draw(chosen, "list", _("List with the sends"), layout.lists, layout.list)
        if layout.heading_line:
            key = f"feed_heading_line_{chosen.key}"
            st.number_input(
                _("Line with the headings"),
                min_value=1,
                max_value=max(SEARCHED, layout.heading_line),
                key=bound(key, layout.heading_line),
                on_change=_set_heading_line,
                args=(chosen, key),
                width=_WIDTH,
            )


def draw_formats(chosen: Chosen) -> None:
    """Draw the choices of the zone, the order of day and month, and the decimal sign."""
    mapping = chosen.mapping
    zone = zone_of(chosen).key
    zones = sorted({*available_timezones(), zone})
    orders = {
        "": _("as the file shows it"),
        "day": _("day first: 31/12"),
        "month": _("month first: 12/31"),
        "year": _("year first: 26/12/31"),
    }
    signs = {"": _("as the file shows it"), ".": "1,234.5", ",": "1.234,5"}
    with st.container(horizontal=True, key="feed_formats"):
        _draw(chosen, "zone", _("Zone of times without one"), zones, zone)
        _draw(chosen, "day_order", _("Day and month"), orders, mapping.order or "")
        _draw(chosen, "decimal", _("Numbers"), signs, mapping.decimal)


def zone_of(chosen: Chosen) -> ZoneInfo:
    """Return the time zone for times without a zone."""
    said = zone_said_in(chosen.first_rows.layout.skipped)
    return chosen.mapping.zone or (said[1] if said else view().app.settings.feed_zone)


def _draw(
    chosen: Chosen,
    what: str,
    label: str,
    options: tuple[str, ...] | list[str] | dict[str, str],
    value: str,
) -> None:
    key = f"feed_{what}_{chosen.key}"
    names = options if isinstance(options, dict) else dict(zip(options, options, strict=True))
    st.selectbox(
        label,
        list(names),
        key=bound(key, value),
        format_func=names.__getitem__,
        on_change=choose,
        args=(chosen, what, key),
        width=_WIDTH,
    )


def choose(chosen: Chosen, what: str, key: str) -> None:
    """Change how the file is read: use the choice in the widget `key`. Call only from callbacks.

    `what` is "zone", "day_order", "decimal", "list" or "sheet".
    """
    choice = str(st.session_state[key])
    if what == "zone":
        chosen.mapping = replace(chosen.mapping, zone=zone_by_key(choice))
    elif what == "day_order":
        chosen.mapping = chosen.mapping.with_order(choice)
    elif what == "decimal":
        chosen.mapping = replace(chosen.mapping, decimal=choice)
    else:
        _set_layout(chosen, Layout(list=choice) if what == "list" else Layout(sheet=choice))


def _set_heading_line(chosen: Chosen, key: str) -> None:
    _set_layout(chosen, replace(chosen.mapping.layout, heading_line=st.session_state[key]))


def _set_layout(chosen: Chosen, layout: Layout) -> None:
    with reporting_errors(MESSAGE):
        chosen.set_layout(layout)
