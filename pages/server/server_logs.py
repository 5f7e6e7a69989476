"""Write the log lines of Streamlit and uvicorn in Freio's format, and give requests ids."""

import logging
import secrets
from contextvars import ContextVar
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import logger as streamlit_logger
from streamlit.runtime.scriptrunner import get_script_run_ctx

_request: ContextVar[str] = ContextVar("request", default="")

_UVICORN: Final = ("uvicorn", "uvicorn.error", "uvicorn.access")


def belongs() -> str:
    """Return the id of the current page session or HTTP request, or ""."""
    run = get_script_run_ctx(suppress_warning=True)
    # A whole session id gives access to the session, so use only the beginning.
    return _request.get() if run is None else run.session_id[:8]


def take_over_logs() -> None:
    """Let the loggers of Streamlit and uvicorn write through the root logger.

    Streamlit gives each logger a handler (no upstream issue found). Call this function after
    uvicorn has configured its loggers.
    """
    streamlit_logger.setup_formatter = _without_handler  # for loggers created later
    streamlit_logger.update_formatter()
    for name in _UVICORN:
        logger = logging.getLogger(name)
        _without_handler(logger)
        # At lower levels, uvicorn logs each connection.
        logger.setLevel(logging.WARNING)


def _without_handler(logger: logging.Logger) -> None:
    logger.handlers.clear()
    logger.propagate = True


class RequestIds:
    """Middleware that gives each HTTP request an id. Log lines and answers contain the id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id = secrets.token_hex(4)
        _request.set(id)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = id
            await send(message)

        await self._app(scope, receive, send_with_id)
