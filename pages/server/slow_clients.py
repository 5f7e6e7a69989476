"""Close connections of clients that send nothing or read nothing.

Even a client without a role can open connections. uvicorn does not close slow connections.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, cast

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

log = logging.getLogger("core.listening")

#: The maximum number of connections that are not WebSockets. At this number, Freio closes the
#: oldest connections, because the connections of browsers are usually new.
MAX_CONNECTIONS: Final = 1_000
#: At MAX_CONNECTIONS, Freio closes this many connections at once. Closing a single connection for
#: each new connection would need a search of all connections each time.
_AT_ONCE: Final = 50
#: Seconds in which a client must send the headers of a request.
REQUEST_SECONDS: Final = 15.0
#: Seconds in which a client must read some data of an answer.
READ_SECONDS: Final = 60.0
_CHECK_SECONDS: Final = 1.0
#: Freio closes a WebSocket with more unsent bytes than this. uvicorn answers each ping, even if the
#: client reads nothing, so the answers could fill the memory. A download can have more.
_MAX_UNSENT: Final = 8_000_000
#: The number of file descriptors that Freio needs for connections, pages and the store.
_FILES: Final = 4_096


@dataclass(slots=True)
class _Connection:
    """A connection. `request_at` and `unsent_at` are times of the event loop.

    - `request_at`: the start of the wait for the next request. REQUEST_SECONDS counts from it.
    - `unsent_at`: the last change of the number of unsent bytes. READ_SECONDS counts from it.
    """

    transport: asyncio.Transport
    protocol: asyncio.Protocol
    request: object
    request_at: float
    unsent: int = 0
    unsent_at: float = 0.0

    @property
    def is_gone(self) -> bool:
        socket = self.transport.get_extra_info("socket")
        return socket is None or socket.fileno() == -1

    @property
    def is_http(self) -> bool:
        return self.transport.get_protocol() is self.protocol


class SlowClients:
    """Watches the connections of servers, and closes slow connections."""

    def __init__(
        self,
        most: int = MAX_CONNECTIONS,
        waits: float = REQUEST_SECONDS,
        stalls: float = READ_SECONDS,
        look: float = _CHECK_SECONDS,
    ) -> None:
        self._most, self._waits, self._stalls, self._look = most, waits, stalls, look
        self._known: dict[asyncio.Transport, _Connection] = {}
        self._closed = 0

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch each server that this event loop creates after this call."""
        _allow_files()
        create = cast("Any", loop.create_server)

        async def create_watched(factory: Callable[[], Any], *args: Any, **more: Any) -> Any:
            return await create(lambda: self._watched(loop, factory()), *args, **more)

        try:
            loop.create_server = create_watched  # type: ignore[assignment]
        except AttributeError:
            log.warning("this event loop cannot be watched: put a proxy in front of Freio")
        else:
            loop.call_later(self._look, self._sweep, loop)

    def _watched(self, loop: asyncio.AbstractEventLoop, protocol: Any) -> Any:
        made = protocol.connection_made

        def connection_made(transport: asyncio.Transport) -> None:
            made(transport)
            # Check the limit now. Many connections may arrive before the next sweep.
            self._make_room()
            self._known[transport] = _Connection(transport, protocol, None, loop.time())

        protocol.connection_made = connection_made
        return protocol

    def _make_room(self) -> None:
        if len(self._known) < self._most:
            return
        self._forget_closed()
        held = [each for each in self._known.values() if each.is_http]
        if len(held) >= self._most:
            for each in held[:_AT_ONCE]:
                self._close(each)

    def _forget_closed(self) -> None:
        self._known = {key: each for key, each in self._known.items() if not each.is_gone}

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._forget_closed()
        now = loop.time()
        for each in list(self._known.values()):
            if self._waits_too_long(each, now) or self._stalls_too_long(each, now):
                self._close(each)
        if self._closed:
            log.warning("closed %d connections that sent or read nothing", self._closed)
            self._closed = 0
        loop.call_later(self._look, self._sweep, loop)

    def _waits_too_long(self, found: _Connection, now: float) -> bool:
        request = getattr(found.protocol, "cycle", None)
        if request is not found.request or not getattr(request, "response_complete", True):
            found.request, found.request_at = request, now
        return found.is_http and now - found.request_at >= self._waits

    def _stalls_too_long(self, found: _Connection, now: float) -> bool:
        unsent = found.transport.get_write_buffer_size()
        if unsent != found.unsent or not unsent:
            found.unsent, found.unsent_at = unsent, now
        is_flooded = unsent > _MAX_UNSENT and not found.is_http
        return is_flooded or now - found.unsent_at >= self._stalls

    def _close(self, found: _Connection) -> None:
        self._closed += 1
        self._known.pop(found.transport, None)
        # Do not use `close`. `close` waits until the client has read all data.
        found.transport.abort()


def _allow_files() -> None:
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _FILES:
        most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
