"""HTML links to pages of Freio. A click on a link keeps the session (scripts/links.js)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import quote, urlencode

from core.domain.model import ConfigurationId
from pages.text.markdown import without_direction_controls


def link(text: str, page: str, params: Mapping[str, str]) -> str:
    """Return a link to a page with the URL parameters `params`."""
    href = escape(f"{page}?{urlencode(params)}")
    return f'<a href="{href}" data-within>{escape(without_direction_controls(text))}</a>'


def address_of_send(id: ConfigurationId) -> str:
    """Return the address of a send's page."""
    return f"configuration?id={quote(id, safe='')}"


def link_to_send(id: ConfigurationId, text: str) -> str:
    """Return a link to a send's page."""
    return link(text, "configuration", {"id": id})
