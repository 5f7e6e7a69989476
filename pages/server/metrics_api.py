"""`GET /metrics`: numbers for monitoring.

A request needs the metrics token. Without a token in the settings, a request needs the access
cookie.
"""

import asyncio
import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY

from core.errors import FreioError
from core.infrastructure.metrics import REFUSED_LOGINS
from core.runtime import instance
from pages.server.bearer_token import has_bearer_token
from pages.viewer.caller_headers import caller_in

log = logging.getLogger("core.metrics_api")


class MetricsApi:
    """The endpoint. Freio refuses a wrong token after `delay` seconds.

    This class checks the method itself. With `methods=["GET"]`, the route would pass POST requests
    on to Streamlit.
    """

    def __init__(self, delay: float = 0.5) -> None:
        self._delay = delay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        answer = await self._answer(Request(scope, receive))
        answer.headers["Cache-Control"] = "no-store"
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return _text("Ask with GET.", 405, Allow="GET, HEAD")
        try:
            freio = await asyncio.to_thread(instance.current)
        except FreioError:
            # The token is not checked yet, so only the log gives the reason.
            return _text("Not ready.", 503)
        token = freio.settings.metrics_token
        if token and not has_bearer_token(request, token):
            REFUSED_LOGINS.labels("metrics").inc()
            log.warning("a request for metrics was refused: its token is missing or wrong")
            await asyncio.sleep(self._delay)
            text = "The token is missing or wrong. Send it as Authorization: Bearer <token>."
            return _text(text, 401, **{"WWW-Authenticate": 'Bearer realm="Freio"'})
        if not token and not caller_in(request.scope).has_access:
            text = "Set FREIO_METRICS_TOKEN, or enter the access token at /access first."
            return _text(text, 403)
        freio.metrics.sessions.set(sessions())
        accept = request.headers.get("accept", "")
        body, kind = await asyncio.to_thread(freio.metrics.text, accept)
        return Response(body, headers={"Content-Type": kind, "Vary": "Accept"})


def sessions() -> int:
    """Return the number of sessions of this process."""
    if not Runtime.exists():
        return 0
    found: Any = Runtime.instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])
    return sum(int(stat.value) for stat in found.get(ACTIVE_SESSIONS_FAMILY, ()))


def _text(text: str, status: int, **headers: str) -> Response:
    return PlainTextResponse(text + "\n", status_code=status, headers=headers)
