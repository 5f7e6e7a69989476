"""Choose the source of each field: a column, a fixed value, or several columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.domain.states import State, parse_state
from core.feed.interpreting.headings import CANONICAL, REQUIRED, FieldSource
from pages.files.chosen_file import Chosen
from pages.files.column_labels import FIRST, option_label
from pages.shell.url_filters import bound
from pages.text import names
from pages.text.i18n import _

#: The choices that are not a single column. The choice of a single column is its index.
_NONE, _VALUE, _SEVERAL, _FIRST, _UNREPORTED = "", "value", "several", "first", "unreported"
_Choice = int | str
#: The maximum length of a heading, and of examples, in characters.
_HEADING, _EXAMPLES = 40, 60
#: The width of a choice in pixels. Two choices fit side by side in 1,024 pixels.
_WIDTH = 440


def draw_fields(chosen: Chosen) -> None:
    """Draw the choices for the five main fields, and a switch that shows all other fields."""
    labels = _labels(chosen)
    _draw(chosen, FIRST, labels)
    key = f"feed_optional_{chosen.key}"
    st.toggle(
        _("Optional fields"),
        key=bound(key, chosen.shows_optional),
        on_change=_show_optional,
        args=(chosen, key),
    )
    if chosen.shows_optional:
        _draw(chosen, [name for name in CANONICAL if name not in FIRST], labels)


def _show_optional(chosen: Chosen, key: str) -> None:
    chosen.shows_optional = bool(st.session_state[key])


def _labels(chosen: Chosen) -> Mapping[_Choice, str]:
    """Return a unique label for each choice. Leave out `_NONE` and `_UNREPORTED`."""
    labels: dict[_Choice, str] = {}
    for place, heading in enumerate(chosen.headings):
        label = heading[:_HEADING] or _("no heading")
        if not heading or isinstance(chosen.reference(place), int):
            label = _("{heading} (column {n})", heading=label, n=place + 1)
        elif len(heading) > _HEADING:
            label = f"{label}… ({place + 1})"
        found = chosen.first_rows.examples
        examples = ", ".join(found[place])[:_EXAMPLES] if found else ""
        labels[place] = f"{label} · {examples}" if examples else label
    return labels | {
        _VALUE: _("the same value in all rows"),
        _SEVERAL: _("several columns, joined"),
        _FIRST: _("the first column that is not empty"),
    }


def _draw(chosen: Chosen, fields: Sequence[str], labels: Mapping[_Choice, str]) -> None:
    with st.container(horizontal=True, key=f"feed_fields_{len(fields)}"):
        for name in fields:
            with st.container(width=_WIDTH, gap="small"):
                _draw_field(chosen, name, labels)


def _draw_field(chosen: Chosen, name: str, labels: Mapping[_Choice, str]) -> None:
    key = f"feed_source_{name}_{chosen.key}"
    options: list[_Choice] = [_NONE, *labels]
    if name == "total_records":
        labels = {**labels, _UNREPORTED: _("the file does not report it")}
        options.append(_UNREPORTED)
    none = _("– choose –") if name in REQUIRED else _("– not in the file –")
    choice = _choice(chosen, name)
    st.selectbox(
        option_label(name),
        options,
        key=bound(key, choice),
        format_func=lambda each: none if each == _NONE else labels[each],
        on_change=_choose,
        args=(chosen, name, key),
    )
    if choice == _VALUE:
        _draw_value(chosen, name)
    elif choice in (_SEVERAL, _FIRST):
        _draw_several(chosen, name, labels, takes_first=choice == _FIRST)


def _choice(chosen: Chosen, name: str) -> _Choice:
    if name in chosen.unfinished:
        return chosen.unfinished[name]
    source = chosen.mapping.fields.get(name)
    if source is not None and source.value:
        return _VALUE
    if source is not None and not source.is_reported:
        return _UNREPORTED
    places = chosen.places(name)
    if source is not None and source.takes_first and places:
        return _FIRST
    return _SEVERAL if len(places) > 1 else places[0] if places else _NONE


def _choose(chosen: Chosen, name: str, key: str) -> None:
    choice = st.session_state[key]
    if choice in (_VALUE, _SEVERAL, _FIRST):
        chosen.unfinished[name] = choice
    elif choice == _NONE:
        chosen.set_source(name, None)
    elif choice == _UNREPORTED:
        chosen.set_source(name, FieldSource())
    else:
        chosen.set_source(name, FieldSource((chosen.reference(choice),)))


def _draw_value(chosen: Chosen, name: str) -> None:
    key = f"feed_value_{name}_{chosen.key}"
    source = chosen.mapping.fields.get(name)
    value = "" if source is None or name in chosen.unfinished else source.value
    label = _("Value in all rows")
    if name == "state":
        state = parse_state(value)
        st.selectbox(
            label,
            [each for each in State if each is not State.UNKNOWN],
            key=bound(key, None if state is State.UNKNOWN else state),
            index=None,
            placeholder=_("– choose –"),
            format_func=names.state_words,
            on_change=_set_value,
            args=(chosen, name, key),
        )
        return
    st.text_input(
        label, key=bound(key, value), on_change=_set_value, args=(chosen, name, key), max_chars=80
    )


def _set_value(chosen: Chosen, name: str, key: str) -> None:
    value = str(st.session_state[key] or "").strip()
    if value:
        chosen.set_source(name, FieldSource(value=value))
    else:
        chosen.unfinished[name] = _VALUE


def _draw_several(
    chosen: Chosen, name: str, labels: Mapping[_Choice, str], *, takes_first: bool
) -> None:
    key = f"feed_several_{name}_{chosen.key}"
    st.multiselect(
        _("Columns, in the order in which they are tried")
        if takes_first
        else _("Columns, in the order in which they are joined"),
        list(range(len(chosen.headings))),
        select_all=False,
        placeholder=_("– choose –"),
        key=bound(key, list(chosen.places(name))),
        format_func=labels.__getitem__,
        on_change=_set_several,
        args=(chosen, name, key, takes_first),
    )


def _set_several(chosen: Chosen, name: str, key: str, takes_first: bool) -> None:
    columns = tuple(chosen.reference(place) for place in st.session_state[key])
    if columns:
        chosen.set_source(name, FieldSource(columns, takes_first=takes_first))
    if len(columns) < 2:
        chosen.unfinished[name] = _FIRST if takes_first else _SEVERAL
