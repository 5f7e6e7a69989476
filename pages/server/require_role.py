"""Middleware that starts a Streamlit session only for people with a role.

Without this check, Streamlit would start a session for every WebSocket. A session needs memory, and
Streamlit reads the messages of the browser before Freio's code runs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from cachetools import TTLCache
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from core.access.identity import Identity
from core.infrastructure.metrics import REFUSED_LOGINS
from pages.server.login_page import login_page
from pages.viewer import current_user

log = logging.getLogger("core.require_role")

#: The logged refusals of the last minute: name and address.
_logged: TTLCache[tuple[str, str], bool] = TTLCache(256, 60.0)

#: Freio removes these headers. With such a header, Streamlit may answer 304 (not modified). The
#: browser would then show a stored front end instead of the login page.
_CONDITIONS = (b"if-none-match", b"if-modified-since")


class RequireRole:
    """The middleware. People without a role get the login page and no WebSocket."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            await self._get(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = await asyncio.to_thread(current_user.identity_of, scope)
        if found.why is None:
            await self._app(scope, receive, send)
        else:
            # The login page opens no WebSocket, so this request is unexpected.
            _log_refused(found, is_unexpected=True)
            await WebSocket(scope, receive, send).close()

    async def _get(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def refusal() -> Response | None:
            found = await asyncio.to_thread(current_user.identity_of, scope)
            if found.why is None:
                return None
            _log_refused(found)
            page = login_page(HTTPConnection(scope), found)
            return HTMLResponse(page, 403, {"Cache-Control": "no-store"})

        asked = _unconditional(scope)
        await self._app(asked, receive, replacing_front_end(asked, receive, send, refusal))


def _log_refused(found: Identity, *, is_unexpected: bool = False) -> None:
    """Log a refusal, at most once a minute for each name and address.

    If the person has no name, log only an unexpected request.
    """
    who_from = (found.actor.name, found.actor.address)
    if who_from in _logged or not (found.actor.name or is_unexpected):
        return
    _logged[who_from] = True
    REFUSED_LOGINS.labels("person").inc()
    log.warning("refused %s from %s: %s", who_from[0] or "a WebSocket", who_from[1], found.why)


def replacing_front_end(
    scope: Scope,
    receive: Receive,
    send: Send,
    replacement: Callable[[], Awaitable[Response | None]],
) -> Send:
    """Return a `send` that can send another answer instead of the front end, Streamlit's HTML page.

    `replacement` returns the other answer, or None to send the front end.
    """
    is_replaced = False

    async def send_or_replace(message: Message) -> None:
        nonlocal is_replaced
        if is_replaced:
            return
        if message["type"] == "http.response.start" and _is_front_end(message):
            answer = await replacement()
            if answer is not None:
                is_replaced = True
                await answer(scope, receive, send)
                return
        await send(message)

    return send_or_replace


def _is_front_end(start: Message) -> bool:
    """Return whether an answer is Streamlit's HTML page. Freio's own HTML has no ETag."""
    headers = Headers(raw=start["headers"])
    is_html = headers.get("content-type", "").startswith("text/html")
    return start["status"] == 200 and is_html and "etag" in headers


def _unconditional(scope: Scope) -> Scope:
    if not Headers(scope=scope).get("accept", "").startswith("text/html"):
        return scope
    kept = [(name, value) for name, value in scope["headers"] if name not in _CONDITIONS]
    return {**scope, "headers": kept}
