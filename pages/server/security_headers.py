"""What every answer of the server carries, and what it does not give away."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import SettingsError
from core.runtime import instance

#: `blob:` is for the list's script, which Streamlit hands to the browser that way. Styles are
#: inline because Streamlit's are.
POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

#: Streamlit answers these to anybody.
CLOSED: Final = ("/_stcore/metrics", "/_stcore/agent")


class SecurityHeaders:
    """Middleware that adds the security headers and closes two of Streamlit's own routes.

    Streamlit does not mark its cookies as `Secure`, because Safari drops such ones at
    http://localhost. Where the browser is known to speak HTTPS, they are marked here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on and add the headers to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        is_secure = _is_secure(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # A page whose address holds a secret asks for more.
                headers.update(HEADERS | {"Referrer-Policy": _referrer_policy(headers)})
                if is_secure:
                    _mark_cookies(headers)
            await send(message)

        if scope["path"].startswith(CLOSED):
            closed = PlainTextResponse("Not found", status_code=404)
            await closed(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)


def _referrer_policy(headers: MutableHeaders) -> str:
    return headers.get("Referrer-Policy", HEADERS["Referrer-Policy"])


def _is_secure(scope: Scope) -> bool:
    """Tell whether the browser asks over HTTPS, be it through a proxy that ends it."""
    if scope.get("scheme") == "https":
        return True
    try:
        public = urlsplit(instance.settings().public_url)
        asked = urlsplit("//" + Headers(scope=scope).get("host", "")).hostname
    except (SettingsError, ValueError):
        return False
    return public.scheme == "https" and asked == public.hostname


def _mark_cookies(headers: MutableHeaders) -> None:
    given = headers.getlist("set-cookie")
    del headers["set-cookie"]
    for cookie in given:
        parts = [part.strip().lower() for part in cookie.split(";")]
        headers.append("set-cookie", cookie if "secure" in parts else cookie + "; Secure")
