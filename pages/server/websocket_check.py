"""Checks of the WebSocket between page and server.

Without a WebSocket, Streamlit shows an empty page (no upstream issue found). The script
websocket_check.js then opens `/connection`, a page with the reason.
"""

import logging
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

import streamlit as st
from cachetools import TTLCache
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from core.access.identity import is_cross_origin, netloc
from pages.server import plain_page
from pages.text.i18n import _
from pages.viewer.language import language_of, using_language

log = logging.getLogger("core.connection")

_STREAM: Final = "/_stcore/stream"
_SCRIPT: Final = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
#: The nginx directives: for the header Host, and for WebSockets.
_HOST: Final = ("proxy_set_header Host $http_host;",)
_UPGRADE: Final = (
    "proxy_http_version 1.1;",
    "proxy_set_header Upgrade $http_upgrade;",
    'proxy_set_header Connection "upgrade";',
)

#: The maximum number of characters of a header in the log.
_MAX_HEADER: Final = 200
#: The refusals of the last minute. Freio logs each refusal only once. `/connection` also reads the
#: refusals.
_refused: TTLCache[object, bool] = TTLCache(256, 60.0)


class WebSocketCheck:
    """Middleware that refuses two kinds of requests for a WebSocket.

    - Requests from a page of another site or port. Browsers can send Freio's cookies with them.
    - Requests from which a proxy has removed the headers for a WebSocket, such as `Upgrade`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        is_stream = scope.get("path", "").endswith(_STREAM)
        if scope["type"] == "websocket" and is_cross_origin(scope["headers"], _allowed()):
            _log_origin(scope)
            await WebSocketClose(code=1008)(scope, receive, send)
        elif scope["type"] == "http" and is_stream:
            _log_upgrade(scope)
            lacks = Response(status_code=426, headers={"Upgrade": "websocket"})
            await lacks(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _allowed() -> list[str]:
    allowed: list[str] = st.get_option("server.corsAllowedOrigins")
    return allowed


def _is_new(*what: object) -> bool:
    """Store a refusal. Return whether to log the refusal. A client must not fill the log."""
    is_new = what not in _refused and _refused.currsize < _refused.maxsize
    _refused[what] = True
    return is_new


def _log_origin(scope: Scope) -> None:
    headers = Headers(scope=scope)
    origin, host = (headers.get(name, "")[:_MAX_HEADER] for name in ("origin", "host"))
    if _is_new(origin, host):
        log.warning(
            "refused a WebSocket: its page comes from %r, but it asks for the host %r. A proxy in "
            "front of Freio must pass on the Host header as the browser sends it",
            origin,
            host,
        )


def _log_upgrade(scope: Scope) -> None:
    if _is_new(peer := _peer(scope)):
        log.warning(
            "a WebSocket came from %s as an ordinary request. A proxy in front of Freio must use "
            "HTTP/1.1 and pass on the headers Upgrade and Connection",
            peer,
        )


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


async def script(_request: Request) -> Response:
    """Answer with websocket_check.js."""
    headers = {"Cache-Control": "max-age=3600"}
    return Response(_SCRIPT, media_type="text/javascript", headers=headers)


async def proxy_help(request: Request) -> Response:
    """Answer with a page about the proxy. If nothing is wrong, answer with 204."""
    origin, host = request.query_params.get("origin", ""), request.headers.get("host", "")
    lacks_host = bool(origin) and origin not in _allowed() and netloc(origin) != host
    lacks_upgrade = (_peer(request.scope),) in _refused
    if not lacks_host and not lacks_upgrade:
        return Response(status_code=204)
    what = []
    with using_language(language_of(request)):
        if lacks_host:
            what.append(
                _(
                    "The address in your browser is {origin}, but the proxy in front of Freio "
                    "requests {host}. Freio refuses this, because it looks the same as a request "
                    "from another site.",
                    origin=origin,
                    host=host,
                )
            )
        if lacks_upgrade:
            what.append(
                _(
                    "The proxy in front of Freio does not forward the WebSocket that a page "
                    "needs: it drops the headers Upgrade and Connection, or uses HTTP/1.0."
                )
            )
        nginx = (_HOST if lacks_host else ()) + (_UPGRADE if lacks_upgrade else ())
        return _page(request, what, nginx)


def _page(request: Request, what: Sequence[str], nginx: Sequence[str]) -> Response:
    title = _("Freio cannot be reached through this proxy")
    means = _(
        "Until this is corrected, you cannot abort a send here; sends go on as planned. If "
        "a send cannot wait, abort it in the platform."
    )
    todo = _("Ask the administrator of the proxy to forward these headers. For nginx:")
    again = _("Try again")
    said = [f"<p>{escape(each)}</p>" for each in [*what, means, todo]]
    code, link = escape("\n".join(nginx)), f'<p><a href="./">{escape(again)}</a></p>'
    # With `tabindex`, people can scroll the box with the keyboard.
    said += [f'<pre tabindex="0"><code>{code}</code></pre>', link]
    page = plain_page.page(request, title, "\n".join(said))
    return HTMLResponse(page, headers={"Cache-Control": "no-store"})
