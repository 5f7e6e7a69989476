"""Middleware that takes files only for people who may load them.

Streamlit takes a file from anybody who has a connection, logged in or not, and keeps it in memory
for as long as that lasts.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from cachetools import TTLCache
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

log = logging.getLogger(__name__)

_ROUTE: Final = "/_stcore/upload_file/"

_lock = threading.Lock()
_logged: TTLCache[str, bool] = TTLCache(1, 60.0)
_open: set[str] = set()


def admit(allowed: bool) -> None:
    """Note whether whoever looks at this page may send files. Each run of a page says it anew."""
    run = get_script_run_ctx()
    if run is None:
        return
    with _lock:
        if not allowed:
            _open.discard(run.session_id)
        elif run.session_id not in _open:
            _forget_those_who_left()
            _open.add(run.session_id)


def _forget_those_who_left() -> None:
    if Runtime.exists():
        server = Runtime.instance()
        _open.difference_update([id for id in _open if not server.is_active_session(id)])


def _is_here(session: str) -> bool:
    return Runtime.exists() and Runtime.instance().is_active_session(session)


def _log_strayed() -> None:
    """Log it once a minute: anybody can make up the name of a page."""
    if "" not in _logged:
        _logged[""] = True
        log.warning(
            "an upload came to a dashboard that does not hold its page: the load balancer needs "
            "sticky sessions, the page has ended, or this dashboard has just been restarted"
        )


class UploadAccess:
    """Refuses files that are sent for a connection of somebody who may not load any."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it brings a file that nobody may send."""
        _, is_upload, rest = scope.get("path", "").partition(_ROUTE)
        if scope["type"] == "http" and is_upload and scope["method"] not in ("OPTIONS", "DELETE"):
            session = rest.partition("/")[0]
            with _lock:
                may = session in _open
            if not may:
                status = 403 if _is_here(session) else 421
                if status == 421:
                    _log_strayed()
                await Response(status_code=status)(scope, receive, send)
                return
        await self._app(scope, receive, send)
