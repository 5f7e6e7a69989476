"""The link back from the page of a send to the previous page."""

from __future__ import annotations

import streamlit as st

from pages.shell.url_filters import latest
from pages.text.i18n import _

_KEY = "came_from"
_SEND = "configuration"
#: The pages with filters in the URL.
_FILTERED = ("configurations", "aborts")


def note(left: str | None, opened: str) -> None:
    """If the opened page is the page of a send, remember `left`, the previous page."""
    if opened == _SEND and left is not None:
        st.session_state[_KEY] = (left, latest() if left in _FILTERED else {})


def draw_way_back() -> None:
    """Draw a link to the previous page, or to the list of sends."""
    left, params = st.session_state.get(_KEY, ("configurations", {}))
    names = {"": _("Overview"), "configurations": _("Sends"), "aborts": _("Aborts")}
    if left not in names:
        left, params = "configurations", {}
    st.page_link(
        f"{left or 'overview'}.py",
        label=_("Back: {page}", page=names[left]),
        icon=":material/arrow_back:",
        query_params=params,
    )
