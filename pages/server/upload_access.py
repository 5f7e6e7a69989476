"""Middleware that accepts uploads only from people with the right to load files.

Streamlit accepts uploads from every open page, even without a login.
"""

import logging
import threading
from typing import Final

from cachetools import TTLCache
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

log = logging.getLogger("core.upload_access")

_ROUTE: Final = "/_stcore/upload_file/"

_lock = threading.Lock()
_logged: TTLCache[str, bool] = TTLCache(1, 60.0)
#: The ids of the sessions that may upload files.
_allowed: set[str] = set()


def admit(allowed: bool) -> None:
    """Store whether the current session may upload files."""
    run = get_script_run_ctx()
    if run is None:
        return
    with _lock:
        if not allowed:
            _allowed.discard(run.session_id)
        elif run.session_id not in _allowed:
            _allowed.difference_update([id for id in _allowed if not _is_active(id)])
            _allowed.add(run.session_id)


def _is_active(session: str) -> bool:
    return Runtime.exists() and Runtime.instance().is_active_session(session)


def _log_unknown_session() -> None:
    """Log an upload of an unknown session at most once a minute: any client can invent an id."""
    if "" not in _logged:
        _logged[""] = True
        log.warning(
            "an upload reached a dashboard without its session: the load balancer needs sticky "
            "sessions, the page was closed, or this dashboard was restarted"
        )


class UploadAccess:
    """The middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        _, is_upload, rest = scope.get("path", "").partition(_ROUTE)
        if scope["type"] == "http" and is_upload and scope["method"] not in ("OPTIONS", "DELETE"):
            session = rest.partition("/")[0]
            with _lock:
                may_upload = session in _allowed
            if not may_upload:
                is_known = _is_active(session)
                if not is_known:
                    _log_unknown_session()
                await Response(status_code=403 if is_known else 421)(scope, receive, send)
                return
        await self._app(scope, receive, send)
