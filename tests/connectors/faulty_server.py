"""A real HTTP server on this machine that can be slow, cut a connection, or answer nonsense."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """A request that arrived. The names in `headers` are lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request of a method ("" for each method).

    - `cut`: when the connection ends: before the work, after it, or in the middle of the answer.
    - `seconds`: the delay of the work.
    - `response`: the answer, without any work.
    - `trickle`: the pause after each byte of the answer.
    """

    method: str = ""
    cut: Literal["", "before", "after", "middle"] = ""
    seconds: float = 0.0
    response: Response | None = None
    trickle: float = 0.0


class FaultyServer:
    """Calls `respond` for each request. The first fault in `faults` that fits is used once."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        #: Seconds before each answer.
        self.delay = 0.0
        #: Seconds between two headers of an answer.
        self.trickle_headers = 0.0
        self._lock = threading.Lock()
        self._ends = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            # The client asks with "Connection: close" to end each connection.
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                server._handle(self)

            do_GET = do_PUT = do_POST = handle_any  # noqa: N815 - names of http.server

            def log_message(self, *_: object) -> None:
                """Keep the tests' output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def respond(self, request: Request) -> Response:
        raise NotImplementedError

    def asked(self, method: str) -> list[Request]:
        return [request for request in self.requests if request.method == method]

    @contextmanager
    def serving(self) -> Iterator[None]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ends.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _fault(self, method: str) -> Fault:
        with self._lock:
            for fault in self.faults:
                if fault.method in ("", method):
                    self.faults.remove(fault)
                    return fault
        return Fault()

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        request = Request(
            handler.command,
            url.path,
            parse_qs(url.query),
            {name.lower(): value for name, value in handler.headers.items()},
            handler.rfile.read(int(handler.headers.get("Content-Length", 0))),
        )
        self.requests.append(request)
        fault = self._fault(request.method)
        self._ends.wait(self.delay + fault.seconds)
        if fault.cut == "before":
            _cut(handler)
            return
        response = fault.response or self.respond(request)
        if fault.cut == "after":
            _cut(handler)
            return
        self._answer(handler, response, fault)

    def _answer(self, handler: BaseHTTPRequestHandler, response: Response, fault: Fault) -> None:
        with suppress(OSError):
            handler.send_response(response.status)
            for name, value in response.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(response.body)))
            handler.send_header("Connection", "close")
            if self.trickle_headers:
                for number in range(1_000):
                    handler.send_header(f"X-{number}", "")
                    handler.flush_headers()
                    if self._ends.wait(self.trickle_headers):
                        return
            handler.end_headers()
            if fault.cut == "middle":
                handler.wfile.write(response.body[: len(response.body) // 2])
                _cut(handler)
                return
            if fault.trickle:
                for byte in response.body:
                    handler.wfile.write(bytes([byte]))
                    if self._ends.wait(fault.trickle):
                        return
                return
            handler.wfile.write(response.body)


def _cut(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    with suppress(OSError):
        handler.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def silent_port() -> Iterator[int]:
    """Yield a port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def until(condition: object, seconds: float = 5.0) -> None:
    """Wait until a callable returns a true value."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)
