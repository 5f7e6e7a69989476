"""Middleware around Streamlit's login: it begins one, and says on a page where one failed."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import encode_provider_token

from pages.parts import who

#: Where a login begins, and where it ends.
LOGIN: Final = "/auth/login"
LOGOUT: Final = "/auth/logout"

_CALLBACK: Final = "/oauth2callback"
_COOKIE: Final = "_streamlit_user="


class LoginAnswers:
    """Leads people whose login failed back to Freio, where the page tells it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; change what the login's own routes answer where they failed."""
        path = scope.get("path", "")
        if scope["type"] == "http" and path.endswith(LOGIN):
            await self._begin(scope, receive, send)
        elif scope["type"] == "http" and path.endswith(_CALLBACK) and _is_answer(scope):
            await self._app(scope, receive, _noting_failure(send))
        else:
            await self._app(scope, receive, send)

    async def _begin(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin a login; where the provider cannot be asked, go back and say so.

        Streamlit wants to be told, in a signed token, at which provider. A page hands it out to
        anybody and for two minutes. Here it is made when it is needed, so that the sign-in page
        can be a plain page and stay open for as long as somebody likes.
        """
        if who.has_login():
            token = urlencode({"provider": encode_provider_token("default")})
            scope = {**scope, "query_string": token.encode()}
        is_away = False

        async def or_back(message: Message) -> None:
            nonlocal is_away
            if message["type"] == "http.response.start":
                is_away = message["status"] >= 400
            if not is_away:
                await send(message)

        await self._app(scope, receive, or_back)
        if is_away:
            await RedirectResponse("../?login=away", 302)(scope, receive, send)


def _is_answer(scope: Scope) -> bool:
    """Tell whether the provider answers a login; after a logout it sends people here too."""
    return bool({"state", "error"} & parse_qs(scope["query_string"].decode("latin-1")).keys())


def _noting_failure(send: Send) -> Send:
    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = Headers(raw=message["headers"]).getlist("set-cookie")
            logged_in = any(c.startswith(_COOKIE) and "max-age=0" not in c.lower() for c in given)
            if not logged_in:
                MutableHeaders(scope=message)["location"] = "./?login=failed"
        await send(message)

    return noted
