"""Messages about a person's last action, and errors in a part of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from core.errors import FreioError
from pages.text import i18n
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

_T = TypeVar("_T")


def set_message(key: str, kind: str, text: str) -> None:
    """Store the message `key`. `kind` is "success", "info", "warning" or "error"."""
    st.session_state[key] = (kind, text)


@contextmanager
def reporting_errors(key: str) -> Iterator[None]:
    """If the block raises FreioError, catch the error and store it as the message `key`."""
    try:
        yield
    except FreioError as trouble:
        set_message(key, "error", escape_markdown(i18n.error(trouble)))


def draw_alert(kind: str, text: str) -> None:
    """Draw a text as a Streamlit alert."""
    draw = {"success": st.success, "info": st.info, "warning": st.warning, "error": st.error}
    draw[kind](text)


def draw_message(key: str) -> None:
    """Draw the message `key` with a button to close the message."""
    if (message := st.session_state.get(key)) is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_bar"):
        draw_alert(*message)
        ok = _("OK")
        st.button(ok, key=f"{key}_ok", on_click=close_message, args=(key,), type="tertiary")


def close_message(key: str) -> None:
    """Remove the message `key`."""
    st.session_state[key] = None


def or_default(read: Callable[[], _T], default: _T) -> _T:
    """Return the result of `read`. If `read` raises FreioError, return `default`.

    Use this only if another part of the page reports the error.
    """
    try:
        return read()
    except FreioError:
        return default
