"""A load balancer without sticky sessions: each request goes to the next dashboard that is up."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.journeys.restarts import pass_on


class RoundRobin:
    """Sends each HTTP request and each WebSocket to the next of its targets that answers.

    A connection has one request, because the proxy asks the dashboard to close it afterwards.
    """

    def __init__(self) -> None:
        self.targets: list[int] = []
        #: The target of the last WebSocket.
        self.socket_target = 0
        #: If it is set, all plain requests go to this target.
        self.requests_to: int | None = None
        self._next = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        head = b""
        with suppress(OSError):
            while b"\r\n\r\n" not in head and (data := near.recv(65_536)):
                head += data
        is_socket = b"\r\nupgrade: websocket" in head.lower()
        far = self._connect(is_socket=is_socket) if head else None
        if far is None:
            near.close()
            return
        if not is_socket:
            head = re.sub(rb"(?i)\r\nconnection: [^\r]*", b"", head, count=1)
            head = head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        with suppress(OSError):
            far.sendall(head)
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=pass_on, args=(one, other), daemon=True).start()

    def _connect(self, *, is_socket: bool) -> socket.socket | None:
        for _ in self.targets:
            self._next += 1
            target = self.targets[self._next % len(self.targets)]
            if not is_socket and self.requests_to is not None:
                target = self.requests_to
            with suppress(OSError):
                far = socket.create_connection(("127.0.0.1", target))
                if is_socket:
                    self.socket_target = target
                return far
        return None


@contextmanager
def round_robin() -> Iterator[RoundRobin]:
    made = RoundRobin()
    try:
        yield made
    finally:
        made.close()
