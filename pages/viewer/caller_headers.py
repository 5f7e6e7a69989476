"""Middleware that adds the caller (address, user, access) to each request.

Pages see only the headers of a request, so the middleware adds the caller as a header. First, it
removes each header `x-freio-…` that the client sent. For this reason, pages can trust the header.
"""

import json
from dataclasses import asdict
from functools import cache
from typing import Final

import streamlit as st
from starlette.types import ASGIApp, Receive, Scope, Send

from core.access.identity import Caller, caller_of
from core.errors import SettingsError
from core.runtime import instance

HEADER: Final = "x-freio-caller"
CALLER: Final = "freio.caller"
_OURS: Final = b"x-freio-"


class CallerHeaders:
    """Adds the caller to each request and each WebSocket."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the caller, and pass the request on."""
        if scope["type"] in ("http", "websocket"):
            caller = _caller(scope)
            given = [(k, v) for k, v in scope["headers"] if not k.lower().startswith(_OURS)]
            ours = (HEADER.encode(), json.dumps(asdict(caller)).encode())
            scope = {**scope, "headers": [*given, ours], CALLER: caller}
        await self._app(scope, receive, send)


def caller_in(scope: Scope) -> Caller:
    """Return the caller that the middleware added to a request."""
    return scope.get(CALLER) or Caller()


def _caller(scope: Scope) -> Caller:
    try:
        settings = instance.settings()
        access = None if asks_for_login() else instance.access()
    except SettingsError:
        return Caller()  # with wrong settings, nobody can be identified
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
