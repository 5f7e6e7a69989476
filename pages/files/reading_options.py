"""Show how Freio reads a file. A person can change the mapping and the options."""

from __future__ import annotations

import streamlit as st

from core.domain.states import State, parse_state
from core.feed.interpreting.headings import looks_like_row
from core.feed.mapping import FeedMapping
from core.feed.profiles import profiles
from pages.files.chosen_file import Chosen
from pages.files.column_labels import column_label
from pages.files.field_choices import draw_fields
from pages.files.layout_choices import draw_formats, draw_layout
from pages.files.load_result import MESSAGE
from pages.files.saved_mappings import draw_save, mapping_names
from pages.shell.messages import reporting_errors
from pages.shell.page_run import view
from pages.shell.url_filters import bound
from pages.text import i18n, names
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

_QUOTED = 200


def draw_how_read(chosen: Chosen) -> None:
    """Draw the mapping of the file, the missing fields, and the choices."""
    # Keep this container even if empty: the choices below then keep the focus.
    with st.container():
        _draw_mapping(chosen)
        if missing := _missing(chosen):
            st.markdown(missing)
            # The expander stays open when no field is missing any more. The page must not move.
            chosen.is_open = True
    with st.expander(_("How the file is read"), expanded=chosen.is_open):
        draw_fields(chosen)
        draw_layout(chosen)
        draw_formats(chosen)
        _draw_file(chosen)
    with st.container():
        if chosen.options is not None and chosen.mapping != chosen.base:
            draw_save(chosen)


def _draw_mapping(chosen: Chosen) -> None:
    mapping = chosen.base
    if not mapping.name:
        return
    name = escape_markdown(mapping.name)
    if mapping in profiles():
        text = _("This file looks like **{name}**, and is read that way.", name=name)
        decline = _("Read it without this profile")
    else:
        text = _("The file is read by the mapping “{name}”.", name=name)
        decline = _("Read it without this mapping")
    state = chosen.mapping.fields.get("state")
    if state is not None and state.value:
        meaning = parse_state(state.value)
        shown = state.value if meaning is State.UNKNOWN else names.state_words(meaning)
        text += " " + _(
            "It has no column with the state: all its sends are read as **{state}**.",
            state=escape_markdown(shown),
        )
    with st.container(horizontal=True, vertical_alignment="center", key="feed_mapping"):
        st.markdown(text, width="content")
        st.button(decline, key="feed_decline", type="tertiary", on_click=_use_none, args=(chosen,))


def _use_none(chosen: Chosen) -> None:
    with reporting_errors(MESSAGE):
        chosen.use(FeedMapping())


def _missing(chosen: Chosen) -> str:
    found = chosen.columns
    if found.duplicates:
        a, b, column = found.duplicates[0]
        return _(
            "**Two columns both mean {column}:** “{a}” (column {a_place}) and “{b}” (column "
            "{b_place}). Choose one of them.",
            column=column_label(column),
            a=escape_markdown(chosen.headings[a]),
            b=escape_markdown(chosen.headings[b]),
            a_place=a + 1,
            b_place=b + 1,
        )
    missing = dict.fromkeys((*found.missing, *chosen.unfinished))
    if not missing:
        return ""
    if looks_like_row(chosen.headings):
        return _(
            "**The file seems to have no line with headings.** Its first line looks like a send: "
            "“{text}”. Add a line with headings above it, and choose the file again.",
            text=escape_markdown(", ".join(chosen.headings)[:_QUOTED]),
        )
    return _(
        "**Missing: {missing}.** Choose below where each comes from.",
        missing=", ".join(column_label(each) for each in missing),
    )


def _draw_file(chosen: Chosen) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="feed_options"):
        known = mapping_names(view().app.loader)
        key = f"feed_use_{chosen.key}"
        st.selectbox(
            _("Mapping"),
            ["", *known],
            key=bound(key, chosen.base.name if chosen.base.name in known else ""),
            format_func=lambda name: name or _("– none –"),
            on_change=_use_named,
            args=(chosen, key),
            width=260,
        )
        key = f"feed_made_{chosen.key}"
        st.datetime_input(
            _("Exported at (empty: just now)"),
            key=bound(key, chosen.as_of and chosen.as_of.replace(tzinfo=None)),
            value=None,
            format=i18n.date_order(),
            on_change=_set_made,
            args=(chosen, key),
            width=260,
        )
        key = f"feed_full_{chosen.key}"
        st.checkbox(
            _("It contains all sends"),
            key=bound(key, chosen.is_full),
            on_change=_set_full,
            args=(chosen, key),
            help=_(
                "A send that is not in the file is then marked as no longer reported. Nothing is "
                "deleted."
            ),
        )


def _use_named(chosen: Chosen, key: str) -> None:
    name = str(st.session_state[key])
    with reporting_errors(MESSAGE):
        chosen.use(view().app.loader.mappings.named(name) if name else FeedMapping())


def _set_made(chosen: Chosen, key: str) -> None:
    made = st.session_state[key]
    chosen.as_of = None if made is None else made.replace(tzinfo=made.tzinfo or i18n.zone())


def _set_full(chosen: Chosen, key: str) -> None:
    chosen.is_full = bool(st.session_state[key])
