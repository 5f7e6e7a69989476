"""A proxy between Freio and its database server that a test can cut at any moment."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress


class Proxy:
    """Passes bytes to a server on this machine. `change`, if given, changes them.

    `cut_after` loses the answer to a statement.
    """

    def __init__(
        self, server_port: int, change: Callable[[bytes], bytes] = lambda data: data
    ) -> None:
        self._server_port, self._change = server_port, change
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut_after: bytes | None = None
        self.is_down = False
        self.cuts = 0
        #: Seconds by which the statement is delayed, so that a look-up can arrive before it.
        self.delay = 0.0
        #: While this is cleared, no bytes pass and no connection is refused, so the server seems to hang.
        self.flows = threading.Event()
        self.flows.set()
        #: Whether the statement itself is lost, and not its answer.
        self.loses_statement = False
        self._lines: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._listen)

    def _start(self, work: Callable[..., None], *lines: socket.socket) -> None:
        thread = threading.Thread(target=work, args=lines, daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Cut every connection and wait for the threads to end."""
        self.is_down = True
        self.flows.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for line in (*self._lines, self._listener):
            line.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_down:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self._server_port))
            self._lines += [client, server]
            self._start(self._forward, client, server)
            self._start(self._back, client, server)

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                self.flows.wait()
                if self.cut_after and self.cut_after in data:
                    # The connection ends after the server has run the statement, so its answer is
                    # lost.
                    self.cuts, self.cut_after = self.cuts + 1, None
                    client.shutdown(socket.SHUT_RDWR)
                    time.sleep(self.delay)
                    if not self.loses_statement:
                        server.sendall(data)
                    time.sleep(0.3)
                    server.shutdown(socket.SHUT_RDWR)
                    return
                server.sendall(self._change(data))

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65_536):
                self.flows.wait()
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
