"""Middleware that adds security headers, and closes two routes of Streamlit."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import SettingsError
from core.runtime import instance

#: Streamlit needs inline styles, and `blob:` for the scripts of components.
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

#: Routes that Streamlit answers without a login (no upstream issue found).
CLOSED: Final = ("/_stcore/metrics", "/_stcore/agent")


class SecurityHeaders:
    """The middleware. If the browser uses HTTPS, the middleware marks all cookies as `Secure`.

    Safari drops `Secure` cookies at http://localhost. Streamlit therefore marks no cookies (no
    upstream issue found).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        is_secure = _is_secure(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # The page `/access` sets a stricter policy, because the URL can contain the token.
                stricter = headers.get("Referrer-Policy", HEADERS["Referrer-Policy"])
                headers.update(HEADERS | {"Referrer-Policy": stricter})
                if is_secure:
                    _mark_cookies_secure(headers)
            await send(message)

        if scope["path"].startswith(CLOSED):
            closed = PlainTextResponse("Not found", status_code=404)
            await closed(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)


def _is_secure(scope: Scope) -> bool:
    """Return whether the browser uses HTTPS to Freio or to a proxy.

    A proxy uses HTTPS if FREIO_PUBLIC_URL is an HTTPS address with the host of the request.
    """
    if scope.get("scheme") == "https":
        return True
    try:
        public = urlsplit(instance.settings().public_url)
        host = urlsplit("//" + Headers(scope=scope).get("host", "")).hostname
    except (SettingsError, ValueError):
        return False
    return public.scheme == "https" and host == public.hostname


def _mark_cookies_secure(headers: MutableHeaders) -> None:
    given = headers.getlist("set-cookie")
    del headers["set-cookie"]
    for cookie in given:
        parts = [part.strip().lower() for part in cookie.split(";")]
        headers.append("set-cookie", cookie if "secure" in parts else cookie + "; Secure")
