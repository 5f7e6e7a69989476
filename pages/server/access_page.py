"""`/access`: reads the access token and sets the access cookie."""

import asyncio
import logging
import re
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from core.access.access_token import cookie_name
from core.errors import SettingsError
from core.infrastructure.metrics import REFUSED_LOGINS
from core.runtime import instance
from pages.server import plain_page
from pages.server.slow_clients import REQUEST_SECONDS
from pages.text.i18n import _
from pages.viewer import caller_headers
from pages.viewer.language import language_of, using_language

log = logging.getLogger("core.access_page")

PATH: Final = "/access"
DELAY: Final = 0.5
#: The maximum size of the form in bytes.
_MAX_FORM: Final = 4_096
_YEAR: Final = 365 * 24 * 3600
#: The part of a link before the token. People may enter the whole link instead of the token.
_LINK: Final = re.compile(r"^.*[?&]token=")


class AccessPage:
    """The endpoint. Freio refuses a wrong token after DELAY seconds."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            return
        # The URL can contain the token, so browsers must not send the URL as the referrer, and must
        # not store the answer.
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD", "POST"):
            return Response(status_code=405, headers={"Allow": "GET, HEAD, POST"})
        given = await _given(request)
        caller = caller_headers.caller_in(request.scope)
        try:
            access = instance.access()
        except SettingsError:
            return _to_freio()  # the pages say which setting is wrong
        if caller_headers.asks_for_login() or (caller.has_access and not given):
            return _to_freio()
        if not given:
            return _form(request)
        cookie = access.cookie_for(given)
        if cookie is None:
            REFUSED_LOGINS.labels("access").inc()
            log.warning("refused a wrong access token from %s", caller.address)
            await asyncio.sleep(DELAY)
            return _form(request, is_wrong=True)
        log.info("the access token was entered from %s", caller.address)
        answer = _to_freio()
        name = cookie_name(request.headers.get("host", ""))
        answer.set_cookie(name, cookie, max_age=_YEAR, samesite="lax", httponly=True)
        return answer


async def _given(request: Request) -> str:
    if request.method != "POST":
        return request.query_params.get("token", "").strip()
    body = b""
    with suppress(TimeoutError):
        async with asyncio.timeout(REQUEST_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > _MAX_FORM:
                    return ""
    fields = parse_qs(body.decode("utf-8", "replace"))
    return _LINK.sub("", fields.get("token", [""])[0].strip())


def _to_freio() -> Response:
    # A proxy can serve Freio under a path such as `/tools/freio`, so the address is relative.
    return RedirectResponse("./", 303)


def _form(request: Request, *, is_wrong: bool = False) -> Response:
    with using_language(language_of(request)):
        wrong = _("This token is wrong. Copy it again from the terminal where Freio was started.")
        text = _(
            "Freio needs its access token. Open the link in the terminal where Freio was "
            "started, or enter the token here. This browser then stays signed in."
        )
        label, button = _("Access token"), _("Sign in")
        body = (
            (f'<p role="alert">{wrong}</p>\n' if is_wrong else "")
            + f"<p>{text}</p>\n"
            + '<form method="post" action="access">\n'
            + f'<label for="token">{label}</label>\n'
            + '<input id="token" name="token" type="password" autocomplete="current-password"'
            + " required autofocus>\n"
            + f'<button type="submit">{button}</button>\n</form>'
        )
        return HTMLResponse(plain_page.page(request, "Freio", body), 403 if is_wrong else 200)
