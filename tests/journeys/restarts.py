"""A dashboard that a test ends, freezes and restarts on the same port, and a proxy in front of two."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.settings import ROOT
from tests.access import TOKEN
from tests.journeys.browser import free_port, wait_until_ready


class Dashboard:
    """A real server on its own port. If it is killed, its database stays as it was at that moment."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = folder / f"{self.port}.log"
        base = {
            "FREIO_DATABASE": f"duckdb:///{folder}/test.duckdb",
            "FREIO_DEMO": "off",
            "FREIO_REFRESH_SECONDS": "1",
            "FREIO_ACCESS_TOKEN": TOKEN,
        }
        self._environment = os.environ | base | settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["-m", "uvicorn", "tests.journeys.server:app", "--host", "127.0.0.1", "--port"]
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, *command, str(self.port)],
                cwd=ROOT,
                env=self._environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        wait_until_ready(self.address + "/readyz", self._process, self._log)

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def freeze(self) -> None:
        """Suspend the process; its connections stay open."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume the process."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal that ends the process, and wait for its end."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(number)
        self._process.wait(30)
        self._process = None


@contextmanager
def dashboard(folder: Path, **settings: str) -> Iterator[Dashboard]:
    """Run a dashboard for a block."""
    made = Dashboard(folder, **settings)
    try:
        made.start()
        yield made
    finally:
        made.end(signal.SIGKILL)


class Proxy:
    """Passes TCP connections on to a port that can be changed while browsers are connected."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    near.close()
                    continue
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=pass_on, args=(one, other), daemon=True).start()


def pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65_536):
            other.sendall(data)
    for each in (one, other):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    made = Proxy(target)
    try:
        yield made
    finally:
        made.close()
