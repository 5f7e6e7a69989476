"""Middleware around Streamlit's login routes. A failed login ends at the login page."""

import json
import logging
import time
from base64 import b64decode
from typing import Final
from urllib.parse import parse_qs, urlencode

from itsdangerous import BadSignature, TimestampSigner
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import encode_provider_token
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_server_config import SESSION_COOKIE_NAME

from core.infrastructure.metrics import REFUSED_LOGINS
from pages.viewer import current_user
from pages.viewer.caller_headers import caller_in
from pages.viewer.login_cookie import claims_of

log = logging.getLogger("core.login")

LOGIN: Final = "/auth/login"
LOGOUT: Final = "/auth/logout"

_CALLBACK: Final = "/oauth2callback"
_COOKIE: Final = "_streamlit_user="


class LoginRoutes:
    """The middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        path = scope.get("path", "")
        if scope["type"] == "http" and path.endswith(LOGIN):
            await self._start(scope, receive, send)
        elif scope["type"] == "http" and path.endswith(_CALLBACK) and _is_answer(scope):
            await self._app(scope, receive, _noting(send, scope))
        else:
            await self._app(scope, receive, send)

    async def _start(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start a login. If the provider does not answer, redirect to the login page.

        Streamlit needs a signed token (no upstream issue found). A token is valid for only two
        minutes, so each login needs a new token. The token is not secret.
        """
        if current_user.has_login():
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
    """Return whether the request ends a login. After a logout, browsers request this path too."""
    return bool({"state", "error"} & parse_qs(scope["query_string"].decode("latin-1")).keys())


def _is_known(connection: HTTPConnection) -> bool:
    """Return whether the login began in this browser and has not expired."""
    cookie = connection.cookies.get(SESSION_COOKIE_NAME, "")
    try:
        signed = TimestampSigner(get_cookie_secret()).unsign(cookie)
        started = json.loads(b64decode(signed)).get(
            f"_state_default_{connection.query_params.get('state')}"
        )
    except (BadSignature, ValueError):
        return False
    return started is not None and started.get("exp", 0) > time.time()


def _noting(send: Send, scope: Scope) -> Send:
    connection, address = HTTPConnection(scope), caller_in(scope).address
    is_refused = "error" in connection.query_params or _is_known(connection)
    reason = "failed" if is_refused else "unknown"

    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = Headers(raw=message["headers"]).getlist("set-cookie")
            if any(c.startswith(_COOKIE) and "max-age=0" not in c.lower() for c in given):
                log.info("%s logged in, from %s", _name(scope, given), address)
            else:
                MutableHeaders(scope=message)["location"] = f"./?login={reason}"
                REFUSED_LOGINS.labels("login").inc()
                if is_refused:
                    log.warning(
                        "a login from %s failed: it was cancelled, or the provider refused it",
                        address,
                    )
                else:
                    log.warning(
                        "a login from %s failed: its answer is not known here. The login is too "
                        "old or was used before, or it began in another dashboard with another "
                        "FREIO_COOKIE_SECRET",
                        address,
                    )
        await send(message)

    return noted


def _name(scope: Scope, given: list[str]) -> str:
    cookies = "; ".join(cookie.partition(";")[0] for cookie in given)
    kept = [(k, v) for k, v in scope["headers"] if k != b"cookie"]
    headers = [*kept, (b"cookie", cookies.encode("latin-1"))]
    claims = claims_of(HTTPConnection({**scope, "headers": headers}))
    if claims.get("email_verified") is True:
        return str(claims.get("email"))
    return f"{claims.get('iss')}#{claims.get('sub')}"
