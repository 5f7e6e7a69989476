"""Show how a file's columns are matched, and let a person change that."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from core.errors import FreioError
from core.feed.interpreting.headings import CANONICAL, ColumnMap, FieldSource, match_headings
from core.feed.load_options import LoadOptions
from core.feed.mapping import FeedMapping
from pages.files import decisions, load_result
from pages.files.column_labels import column_label, option_label
from pages.shell.session import view
from pages.text import i18n
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

if TYPE_CHECKING:
    from pages.files.file_upload import Chosen

_NAME = "feed_mapping_name"
_KEYS = "feed_column_"
_UNSIZED = "feed_unsized_"


def draw_columns(chosen: Chosen) -> LoadOptions | None:
    """Draw how the columns are matched; return the options, None if a column is still missing."""
    headings = chosen.first_rows.headings
    saved = view().app.loader.mapping_for(headings, chosen.first_rows.layout)
    mapping = _changed(chosen, saved)
    found = match_headings(headings, mapping)
    st.markdown(_summary(found, saved.name))
    with st.expander(_("Columns, zone and age"), expanded=not found.is_complete):
        _draw_table(chosen, found)
        zone, as_of, is_full = _draw_options(chosen, saved.zone)
        _draw_saved(chosen, replace(mapping, zone=zone))
    if not found.is_complete:
        return None
    return LoadOptions(mapping=mapping, zone=zone, as_of=as_of, is_full=is_full)


def _summary(found: ColumnMap, name: str) -> str:
    if found.duplicates:
        a, b, column = found.duplicates[0]
        return _(
            "**Two columns both mean {column}:** “{a}” and “{b}”. Leave one of them out.",
            column=column_label(column),
            a=escape_markdown(a),
            b=escape_markdown(b),
        )
    if found.missing:
        return _(
            "**Missing: {missing}.** Choose below which column of the file that is.",
            missing=", ".join(column_label(each) for each in found.missing),
        )
    known = i18n.plural("{n} column is recognised", "{n} columns are recognised", len(found.places))
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
    """Draw a select box for each column of the file, with examples of its cells."""
    by_place = {place: name for name, place in found.places.items()}
    all_examples = chosen.first_rows.examples
    with st.container(horizontal=True, gap="small", key="feed_columns"):
        for place, heading in enumerate(chosen.first_rows.headings):
            examples = ", ".join(all_examples[place]) if all_examples else ""
            label = escape_markdown(heading) or _("(no heading)")
            key = f"{_KEYS}{chosen.key[:12]}_{place}"
            st.session_state.setdefault(key, by_place.get(place, ""))
            st.selectbox(
                label,
                ("", *CANONICAL),
                key=key,
                format_func=lambda column: option_label(column) if column else _("– left out –"),
                help=_("In the file: {examples}", examples=escape_markdown(examples[:120]))
                if examples
                else None,
                width=280,
            )
    if "total_records" not in found.places:
        st.checkbox(
            _("The file does not report the number of recipients"),
            key=f"{_UNSIZED}{chosen.key[:12]}",
            help=_("They are then shown as not reported, and sums leave these sends out."),
        )


def _changed(chosen: Chosen, saved: FeedMapping) -> FeedMapping:
    """Return the mapping with the choices in the select boxes that differ from it."""
    headings = chosen.first_rows.headings
    known = match_headings(headings, saved)
    by_place = {place: name for name, place in known.places.items()}
    fields, ignored = dict(saved.fields), list(saved.ignored)
    for place, heading in enumerate(headings):
        value = st.session_state.get(f"{_KEYS}{chosen.key[:12]}_{place}")
        before = by_place.get(place, "")
        if value is None or value == before:
            continue
        column = heading if heading and headings.count(heading) == 1 else place + 1
        if value:
            fields[str(value)] = FieldSource((column,))
        elif before:
            fields.pop(before, None)
            ignored.append(column)
    if st.session_state.get(f"{_UNSIZED}{chosen.key[:12]}"):
        fields["total_records"] = FieldSource()
    changed = replace(saved, fields=fields, ignored=tuple(ignored))
    return decisions.apply(changed, chosen.key)


def _draw_saved(chosen: Chosen, mapping: FeedMapping) -> None:
    names = [each.name for each in view().app.loader.mappings.all()]
    with st.container(horizontal=True, vertical_alignment="bottom", key="feed_saved"):
        # In a form, Enter submits the name, and a click on the button sends the name with it.
        with (
            st.form("feed_saved_form", border=False, width="content"),
            st.container(horizontal=True, vertical_alignment="bottom"),
        ):
            st.text_input(_("Save columns and zone as"), key=_NAME, width=260, max_chars=80)
            st.form_submit_button(
                _("Save"),
                key="feed_save",
                on_click=_save,
                args=(chosen, mapping),
                disabled=replace(mapping, zone=None) == FeedMapping(name=mapping.name),
            )
        if names:
            st.selectbox(_("Saved mappings"), names, key="feed_known", width=220)
            st.button(_("Delete"), key="feed_delete", on_click=_delete, type="tertiary")


def _save(chosen: Chosen, mapping: FeedMapping) -> None:
    name = str(st.session_state.get(_NAME) or "")
    first_rows = chosen.first_rows
    made = mapping.made_for(first_rows.headings, first_rows.layout.list)
    try:
        view().app.loader.mappings.save(replace(made, name=name))
    except FreioError as trouble:
        load_result.set_message("error", i18n.error(trouble))
        return
    load_result.set_message(
        "success", _("The mapping “{name}” is saved.", name=escape_markdown(name))
    )


def _delete() -> None:
    name = st.session_state.get("feed_known")
    if name:
        view().app.loader.mappings.delete(str(name))


def _draw_options(chosen: Chosen, saved: ZoneInfo | None) -> tuple[ZoneInfo, datetime | None, bool]:
    default = (saved or view().app.settings.feed_zone).key
    zones = sorted(available_timezones())
    with st.container(horizontal=True, vertical_alignment="bottom", key="feed_options"):
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
            _("It holds all sends"),
            key="feed_full",
            help=_(
                "A send that is not in the file is then marked as no longer reported. Nothing is "
                "deleted."
            ),
        )
    as_of = None if made is None else made.replace(tzinfo=made.tzinfo or i18n.zone())
    return ZoneInfo(zone), as_of, bool(is_full)
