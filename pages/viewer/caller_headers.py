"""Middleware that adds the caller to the headers of each request.

Pages see only the headers of a request. The middleware removes the headers `x-freio-…` from the
client's request, and then adds its own. Pages can therefore trust these headers. Routes find the
caller in `scope["freio.caller"]`.
"""

from functools import cache
from typing import Final

import streamlit as st
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from core.access.identity import Caller, caller_of
from core.errors import SettingsError
from core.runtime import instance

ADDRESS: Final = "x-freio-address"
LOCAL: Final = "x-freio-local"
USER: Final = "x-freio-user"
ACCESS: Final = "x-freio-access"
CALLER: Final = "freio.caller"
_OURS: Final = b"x-freio-"


class CallerHeaders:
    """Adds the caller to each request and each WebSocket."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the caller to a request, and pass the request on."""
        if scope["type"] in ("http", "websocket"):
            caller = _caller(scope)
            given = [(k, v) for k, v in scope["headers"] if not k.lower().startswith(_OURS)]
            scope = {**scope, "headers": [*given, *_headers(caller)], CALLER: caller}
        await self._app(scope, receive, send)


def client_address(request: Request) -> str:
    """Return the client's address. If a trusted proxy reports an address, return that address."""
    reported = request.headers.get(ADDRESS)
    if reported is not None:
        return reported
    return request.client.host if request.client else "unknown"


def _caller(scope: Scope) -> Caller:
    try:
        settings = instance.settings()
        access = None if asks_for_login() else instance.access()
    except SettingsError:
        # With wrong settings, nobody can be identified.
        return Caller()
    return caller_of(
        scope.get("client"),
        scope["headers"],
        access=access,
        user_header=settings.user_header,
        proxies=settings.trusted_proxies,
    )


def asks_for_login() -> bool:
    """Return whether a login or a proxy identifies people. Raises SettingsError."""
    return bool(instance.settings().user_header) or has_login()


@cache
def has_login() -> bool:
    """Return whether a login is configured, by settings or in .streamlit/secrets.toml."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def _headers(caller: Caller) -> list[tuple[bytes, bytes]]:
    return [
        (ADDRESS.encode(), caller.address.encode("latin-1", "replace")),
        (LOCAL.encode(), b"yes" if caller.is_local else b"no"),
        (USER.encode(), caller.user.encode("unicode_escape")),
        (ACCESS.encode(), b"yes" if caller.has_access else b"no"),
    ]
