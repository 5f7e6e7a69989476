"""Filters of a list, stored in the URL. Call `take`, `put`, `clear` and `turn` only from callbacks.

Do not use Streamlit's `bind="query-params"`. It replaces the browser's history entry, so the Back
button would leave the list (streamlit #13853, "Back button doesn't work with elements synced with
query params"). It also writes translated labels into the URL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

import streamlit as st

from pages.text.i18n import _
from pages.viewer.language import LANGUAGE_PARAMETER

#: The session key of the newest parameters. Until the browser has received a new URL, a click
#: still sends the parameters of the old URL.
_LATEST = "url_latest"

#: `put` keeps only one of these filters in the URL. Callers can add a second filter with `also`.
EXCLUSIVE = ("state", "outlook", "alert")
_T = TypeVar("_T", bound=StrEnum)


def read_url() -> None:
    """Store the parameters of the URL for `latest`. Call this at the start of a run of a page."""
    st.session_state[_LATEST] = dict(st.query_params)


def latest() -> dict[str, str]:
    """Return the newest parameters, even if the browser has not received the new URL yet."""
    found: Mapping[str, str] = st.session_state.get(_LATEST, st.query_params)
    return dict(found)


def write_url(params: Mapping[str, str]) -> None:
    """Set the parameters of the URL."""
    st.session_state[_LATEST] = dict(params)
    st.query_params.from_dict(params)


def whole(text: str) -> int:
    """Return a text as a whole number, or 0 if the text is not 1 to 9 digits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def member(kind: type[_T], text: str) -> _T | None:
    """Return the member of `kind` with the value `text`, or None."""
    return next((each for each in kind if each == text), None)


def bound(key: str, value: object) -> str:
    """Set the value of the widget `key`. Call this before drawing the widget. Return the key."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key


def options_of(name: str, values: Iterable[str], every: str) -> dict[str, str]:
    """Return options for `choice`: `values` and the value in the URL. `every` is shown for ""."""
    return {each: each for each in ("", *values, st.query_params.get(name, ""))} | {"": every}


def choice(
    keys: str,
    name: str,
    label: str,
    options: Mapping[str, str],
    width: int,
    *,
    is_labelled: bool = True,
) -> None:
    """Draw a select box for the parameter `name` of the URL.

    - `keys`: the start of the key of the box.
    - `options`: the text of each value. The default is the first option.
    - `is_labelled`: if this is False, only screen readers get the label.
    """
    key, value_in_url = keys + name, st.query_params.get(name, "")
    known = value_in_url if value_in_url in options else next(iter(options))
    st.selectbox(
        label,
        tuple(options),
        key=bound(key, known),
        format_func=options.__getitem__,
        on_change=take,
        args=(name, key, open_page()),
        width=width,
        label_visibility="visible" if is_labelled else "collapsed",
    )


def open_page() -> str:
    """Return the path of the open page."""
    return str(st.session_state.get("page"))


def take(name: str, key: str, page: str) -> None:
    """Put the value of a widget of `page` into the URL.

    If another page is open now, ignore the value: after a person opens another page, the browser
    can send an old value again, and Streamlit treats it as new (no upstream issue found).
    """
    if page == open_page():
        put(name, str(st.session_state[key] or ""))


def put(name: str, value: str, also: Mapping[str, str] | None = None) -> None:
    """Put a filter and the filters `also` into the URL.

    If `value` is empty, remove the filter.
    """
    # The new list starts at page 1.
    params = {k: v for k, v in latest().items() if k not in (name, "page")}
    if name in EXCLUSIVE:
        params = {k: v for k, v in params.items() if k not in EXCLUSIVE}
    if value:
        params[name] = value
    write_url(params | dict(also or {}))


def clear() -> None:
    """Remove all filters."""
    # The language is not a filter, so keep it.
    write_url({k: v for k, v in latest().items() if k == LANGUAGE_PARAMETER})


def draw_pager(key: str, page: int, pages: int, position: str = "") -> None:
    """Draw the position in the list, and buttons to the previous and the next page."""
    position = position or _("Page {a} of {b}", a=page, b=pages)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_pager"):
        st.caption(position, width="content")
        for label, name, to in ((_("Previous"), "back", page - 1), (_("Next"), "on", page + 1)):
            is_off = not 1 <= to <= pages
            st.button(label, key=f"{key}_{name}", disabled=is_off, on_click=turn, args=(to,))


def turn(page: int) -> None:
    """Put the number of a page into the URL."""
    params = latest() | {"page": str(page)}
    if page <= 1:
        del params["page"]
    write_url(params)
