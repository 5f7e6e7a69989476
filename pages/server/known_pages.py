"""Middleware that answers with 404 at an unknown path. Streamlit would show the overview."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.url_util import make_url_path

from pages.server import plain_page
from pages.server.require_role import replacing_front_end
from pages.text.i18n import _
from pages.viewer.language import language_of, using_language

#: The last part of the path of each page. "" is the overview.
_PAGES: Final = {"", "index.html"} | {
    file.stem
    for file in Path(__file__).parent.parent.glob("*.py")
    if file.stem not in ("__init__", "main", "overview")
}


class KnownPages:
    """The middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http" or _is_known(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def not_found() -> HTMLResponse:
            return HTMLResponse(_not_found(HTTPConnection(scope)), 404)

        await self._app(scope, receive, replacing_front_end(scope, receive, send, not_found))


def _is_known(path: str) -> bool:
    # If Freio is at `/tools/freio`, the last part of the overview's path is `freio`.
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    last = path.rstrip("/").rpartition("/")[2]
    return last in _PAGES or last == base.rpartition("/")[2]


def _not_found(connection: HTTPConnection) -> str:
    with using_language(language_of(connection)):
        text = _("There is no page at the address {path}.", path=connection.url.path)
        home = make_url_path(st.get_option("server.baseUrlPath") or "", "")
        label = _("To the overview")
        body = (
            f'<p class="notice">{escape(text)}</p>'
            f'<p><a class="button" href="{escape(home)}">{escape(label)}</a></p>'
        )
        return plain_page.page(connection, _("Page not found"), body)
