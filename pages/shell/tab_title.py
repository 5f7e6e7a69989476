"""The title of the browser's tab."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.domain.model import ConfigurationId
from pages.shell import concern_lines
from pages.shell.messages import or_default
from pages.shell.page_run import view
from pages.text import i18n
from pages.text.i18n import _


def draw_tab_title(page: StreamlitPage) -> None:
    """Set the title. Example with 3 open concerns: (3) Sends – Freio."""
    count, name = concern_lines.count(), _name(page)
    st.set_page_config(
        page_title=_("({n}) {page} – Freio", n=i18n.number(count), page=name)
        if count
        else _("{page} – Freio", page=name)
    )


def _name(page: StreamlitPage) -> str:
    if page.url_path != "configuration":
        return page.title
    id = ConfigurationId(st.query_params.get("id", ""))
    found = or_default(lambda: view().queries.configuration(id), None)
    return page.title if found is None else found.name
