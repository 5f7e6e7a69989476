"""Links in HTML that open a page of Freio in the same session (scripts/links.js)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import quote, urlencode

from core.domain.model import ConfigurationId
from pages.text.markdown import without_direction_controls


def link(text: str, page: str, params: Mapping[str, str]) -> str:
    """Return a link to a page with these parameters of the URL."""
    href = escape(f"{page}?{urlencode(params)}")
    return f'<a href="{href}" data-within>{escape(without_direction_controls(text))}</a>'


def address_of_send(id: ConfigurationId) -> str:
    """Return the address of the page of a send."""
    return f"configuration?id={quote(id, safe='')}"


def link_to_send(id: ConfigurationId, text: str) -> str:
    """Return a link to the page of a send."""
    return link(text, "configuration", {"id": id})
