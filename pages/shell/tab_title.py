"""The title of the browser's tab: the number of open concerns, and the name of page or send."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.domain.model import ConfigurationId
from core.errors import FreioError
from pages.shell.page_run import view
from pages.text import i18n
from pages.text.i18n import _


def draw_tab_title(page: StreamlitPage) -> None:
    """Set the title of the browser's tab, such as "(3) Sends – Freio"."""
    count, name = _count(), _name(page)
    st.set_page_config(
        page_title=_("({n}) {page} – Freio", n=i18n.number(count), page=name)
        if count
        else _("{page} – Freio", page=name)
    )


def _count() -> int:
    try:
        return view().concerns.count()
    except FreioError:
        return 0  # the page reports the error


def _name(page: StreamlitPage) -> str:
    if page.url_path != "configuration":
        return page.title
    try:
        found = view().queries.configuration(ConfigurationId(st.query_params.get("id", "")))
    except FreioError:
        return page.title
    return page.title if found is None else found.name
