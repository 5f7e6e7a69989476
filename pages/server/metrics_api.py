"""`GET /metrics`: figures for a monitoring system, by its token or the access cookie."""

from __future__ import annotations

import asyncio
import hmac
import logging

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat

from core.access.identity import Caller
from core.errors import FreioError
from core.infrastructure.metrics import REFUSED_LOGINS
from core.runtime import application
from pages.viewer import caller_headers

log = logging.getLogger("core.metrics_api")


class MetricsApi:
    """The route's endpoint. It answers every method, or Streamlit's own pages would.

    `delay` is the seconds that a wrong token costs.
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
            return _say("Ask with GET.", 405, Allow="GET, HEAD")
        try:
            freio = await asyncio.to_thread(application.current)
        except FreioError:
            # Who asks has not shown the token yet: the reason stands on the pages and in the log.
            return _say("Not ready.", 503)
        token = freio.settings.metrics_token
        if token and not _has(request, token):
            REFUSED_LOGINS.labels("metrics").inc()
            log.warning("a request for metrics was refused: its token is missing or wrong")
            await asyncio.sleep(self._delay)
            said = "The token is missing or wrong. Send it as Authorization: Bearer <token>."
            return _say(said, 401, **{"WWW-Authenticate": 'Bearer realm="Freio"'})
        if not token and not _has_access(request):
            said = "Set FREIO_METRICS_TOKEN, or enter the access token at /access first."
            return _say(said, 403)
        freio.metrics.sessions.set(sessions())
        accept = request.headers.get("accept", "")
        # In a thread of its own: it may ask the store.
        body, kind = await asyncio.to_thread(freio.metrics.text, accept)
        return Response(body, headers={"Content-Type": kind, "Vary": "Accept"})


def sessions() -> int:
    """Return how many browser sessions are connected to this process."""
    if not Runtime.exists():
        return 0
    found = Runtime.instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])
    stats = found.get(ACTIVE_SESSIONS_FAMILY, ())
    return sum(int(stat.value) for stat in stats if isinstance(stat, GaugeStat))


def _has(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8"), token.encode("utf-8"))
    return same and scheme.lower() == "bearer"


def _has_access(request: Request) -> bool:
    caller = request.scope.get(caller_headers.CALLER)
    return isinstance(caller, Caller) and caller.has_access


def _say(text: str, status: int, **headers: str) -> Response:
    return PlainTextResponse(text + "\n", status_code=status, headers=headers)
