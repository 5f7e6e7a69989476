"""Middleware that limits the number of open pages. Each open page needs memory."""

import asyncio
import logging
from collections import Counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from core.runtime import instance
from pages.viewer import current_user
from pages.viewer.caller_headers import caller_in

log = logging.getLogger("core.connections")

#: Seconds between two checks of a user's role. If two checks in a row find no role, the server
#: closes the WebSocket. Between the two checks, the page has time to reload itself.
CHECK_SECONDS = 30.0
#: Seconds between two log lines about refused connections.
_QUIET: Final = 60.0


class PageLimit:
    """Limits WebSockets, in total and for each address. Closes WebSockets of people without a role.

    `RequireRole` runs first. A page of a person without a role is therefore not counted.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: Counter[str] = Counter()
        self._refused = 0
        self._logged_at = -_QUIET

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        address = caller_in(scope).address
        if self._is_full(address):
            self._note(address)
            await WebSocket(scope, receive, send).close()
            return
        self._open[address] += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    def _is_full(self, address: str) -> bool:
        limit = instance.settings().max_pages
        here = max(limit // 2, 1)
        return self._open.total() >= limit or self._open[address] >= here

    def _note(self, address: str) -> None:
        self._refused += 1
        now = asyncio.get_running_loop().time()
        if now - self._logged_at >= _QUIET:
            log.warning(
                "refused %d connections, the last from %s: %d are open, %d of them from there. "
                "FREIO_MAX_PAGES is the limit",
                *(self._refused, address, self._open.total(), self._open[address]),
            )
            self._refused, self._logged_at = 0, now

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_closed = False

        async def send_until_closed(message: Message) -> None:
            if not is_closed:
                await send(message)

        async def close_without_role() -> None:
            nonlocal is_closed
            checks_without = 0
            while checks_without < 2:
                await asyncio.sleep(CHECK_SECONDS)
                found = await asyncio.to_thread(current_user.identity_of, scope)
                checks_without = 0 if found.why is None else checks_without + 1
            is_closed = True
            await send({"type": "websocket.close", "code": 1008})

        closing = asyncio.create_task(close_without_role())
        try:
            await self._app(scope, receive, send_until_closed)
        finally:
            closing.cancel()
