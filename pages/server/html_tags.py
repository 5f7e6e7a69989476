"""Middleware that adds Freio's scripts and style to HTML pages."""

import gzip
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.server import cached_files

#: This script runs before Streamlit's scripts. Streamlit's scripts are modules, and browsers run
#: modules only after they have read the whole HTML.
_FIRST: Final = '<script src="./websocket.js"></script>'


class PageTags:
    """The middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        is_get = scope["type"] == "http" and scope["method"] == "GET"
        await self._app(scope, receive, _with_tags(send) if is_get else send)


def _with_tags(send: Send) -> Send:
    start: Message | None = None
    body = b""

    async def sent(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start" and _is_page(message):
            start = message
        elif start is None:
            await send(message)
        else:
            body += message.get("body", b"")
            if not message.get("more_body", False):
                headers = MutableHeaders(scope=start)
                whole = _added(body, is_packed=headers.get("Content-Encoding") == "gzip")
                headers["Content-Length"] = str(len(whole))
                await send(start)
                await send({"type": "http.response.body", "body": whole})

    return sent


def _is_page(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    is_html = headers.get("content-type", "").startswith("text/html")
    is_read = headers.get("content-encoding", "gzip") == "gzip"
    return is_html and is_read and message["status"] == 200


def _added(body: bytes, *, is_packed: bool) -> bytes:
    if is_packed:
        return gzip.compress(_added(gzip.decompress(body), is_packed=False), 6)
    for mark, tags in (
        ("<head>", f"<head>{_FIRST}"),
        ("</head>", f"{cached_files.preloads()}</head>"),
        ("<body>", f"<body>{cached_files.style()}"),
    ):
        body = body.replace(mark.encode(), tags.encode(), 1)
    return body
