"""How a file's columns are understood, and what a person can tell about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from core.errors import FreioError
from core.feed.meaning.columns import CANONICAL, ColumnMap, understand_columns
from core.feed.options import LoadOptions
from pages.files import load_result
from pages.files.column_names import column_name, column_word
from pages.shell.session import freio
from pages.text import i18n
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

if TYPE_CHECKING:
    from pages.files.file_upload import Chosen

_NAME = "feed_mapping_name"
_KEYS = "feed_column_"


def draw_columns(chosen: Chosen) -> LoadOptions | None:
    """Draw how each column is understood; return the options, or None where more must be told."""
    headings = chosen.look.headings
    remembered = freio().loader.mappings.fitting(headings)
    mapping = {**remembered.columns, **_told(chosen, remembered.columns)}
    found = understand_columns(headings, mapping)
    st.markdown(_state_of(found, remembered.name))
    with st.expander(_("Columns, zone and age"), expanded=not found.is_complete):
        _draw_table(chosen, found)
        zone, as_of, is_full = _draw_terms(chosen, remembered.zone)
        _draw_memory(mapping, zone)
    if not found.is_complete:
        return None
    return LoadOptions(mapping=mapping, zone=zone, as_of=as_of, is_full=is_full)


def _state_of(found: ColumnMap, name: str) -> str:
    if found.doubled:
        a, b, column = found.doubled[0]
        return _(
            "**Two columns both mean {column}:** “{a}” and “{b}”. Leave one of them out.",
            column=column_word(column),
            a=escape_markdown(a),
            b=escape_markdown(b),
        )
    if found.missing:
        return _(
            "**Not understood yet: {missing}.** Choose below which column of the file that is.",
            missing=", ".join(column_word(each) for each in found.missing),
        )
    known = i18n.plural("{n} column is understood", "{n} columns are understood", len(found.places))
    left = (
        _(", {n} left out: {names}", n=i18n.number(len(found.unknown)), names=_list(found.unknown))
        if found.unknown
        else ""
    )
    by = _(", by the mapping “{name}”", name=escape_markdown(name)) if name else ""
    return known + left + by + "."


def _list(names: tuple[str, ...]) -> str:
    shown = ", ".join(escape_markdown(name) for name in names[:6])
    return shown + (" …" if len(names) > 6 else "")


def _draw_table(chosen: Chosen, found: ColumnMap) -> None:
    """Draw a select box for each column of the file, with what stands in it."""
    by_place = {place: name for name, place in found.places.items()}
    with st.container(horizontal=True, gap="small", key="feed_columns"):
        for place, heading in enumerate(chosen.look.headings):
            examples = ", ".join(chosen.look.examples[place]) if chosen.look.examples else ""
            label = escape_markdown(heading) or _("(no heading)")
            key = f"{_KEYS}{chosen.key[:12]}_{place}"
            st.session_state.setdefault(key, by_place.get(place, ""))
            st.selectbox(
                label,
                ("", *CANONICAL),
                key=key,
                format_func=lambda column: column_name(column) if column else _("– left out –"),
                help=_("In the file: {examples}", examples=escape_markdown(examples[:120]))
                if examples
                else None,
                width=280,
            )


def _told(chosen: Chosen, remembered: Mapping[str, str]) -> dict[str, str]:
    """Return what the select boxes say, where they say another thing than Freio knew."""
    headings = chosen.look.headings
    known = understand_columns(headings, remembered)
    by_place = {place: name for name, place in known.places.items()}
    told = {}
    for place, heading in enumerate(headings):
        value = st.session_state.get(f"{_KEYS}{chosen.key[:12]}_{place}")
        if value is not None and value != by_place.get(place, ""):
            told[heading] = str(value)
    return told


def _draw_memory(mapping: dict[str, str], zone: ZoneInfo) -> None:
    names = [each.name for each in freio().loader.mappings.all()]
    with st.container(horizontal=True, vertical_alignment="bottom", key="feed_memory"):
        # A form: Enter in the name does it too, and a click sends the name along with it.
        with (
            st.form("feed_memory_form", border=False, width="content"),
            st.container(horizontal=True, vertical_alignment="bottom"),
        ):
            st.text_input(_("Remember columns and zone as"), key=_NAME, width=260, max_chars=80)
            st.form_submit_button(
                _("Remember"),
                key="feed_remember",
                on_click=_remember,
                args=(mapping, zone),
                disabled=not mapping,
            )
        if names:
            st.selectbox(_("Remembered mappings"), names, key="feed_known", width=220)
            st.button(_("Forget"), key="feed_forget", on_click=_forget, type="tertiary")


def _remember(mapping: dict[str, str], zone: ZoneInfo) -> None:
    name = str(st.session_state.get(_NAME) or "")
    try:
        freio().loader.mappings.remember(name, mapping, zone)
    except FreioError as trouble:
        load_result.tell("error", i18n.error(trouble))
        return
    load_result.tell(
        "success", _("The mapping “{name}” is remembered.", name=escape_markdown(name))
    )


def _forget() -> None:
    name = st.session_state.get("feed_known")
    if name:
        freio().loader.mappings.forget(str(name))


def _draw_terms(
    chosen: Chosen, remembered: ZoneInfo | None
) -> tuple[ZoneInfo, datetime | None, bool]:
    default = (remembered or freio().settings.feed_zone).key
    zones = sorted(available_timezones())
    with st.container(horizontal=True, vertical_alignment="bottom", key="feed_terms"):
        zone = st.selectbox(
            _("Zone of times without one"),
            zones,
            index=zones.index(default) if default in zones else 0,
            key=f"feed_zone_{chosen.key[:12]}",
            width=260,
        )
        made = st.datetime_input(
            _("Exported at (empty: just now)"),
            value=None,
            key=f"feed_made_{chosen.key[:12]}",
            format=i18n.date_order(),
            width=260,
        )
        is_full = st.checkbox(
            _("It holds every send there is"),
            key="feed_full",
            help=_("What it leaves out is then marked as no longer reported. Nothing is deleted."),
        )
    as_of = None if made is None else made.replace(tzinfo=made.tzinfo or i18n.zone())
    return ZoneInfo(zone), as_of, bool(is_full)
