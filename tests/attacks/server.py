"""A server for attacks, started as `make run` starts it, and the memory that it uses."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from core.settings import ROOT
from tests.journeys.browser import started

#: As `make run` does.
COMMAND = ["-m", "streamlit", "run", str(ROOT / "dashboard.py"), "--server.port"]
#: A header that a proxy adds for a client at another address. A client with it has no role.
OUTSIDER = {"X-Forwarded-For": "198.51.100.7"}


class Target:
    """A running server."""

    def __init__(self, address: str, pid: int, log: Path) -> None:
        self.address = address
        self.log = log
        self._status = Path(f"/proc/{pid}/status")
        self._pid = pid

    def memory(self) -> float:
        """Return the megabytes of memory that the server's process uses now."""
        return self._megabytes("VmRSS")

    def peak(self) -> float:
        """Return the maximum of megabytes of memory in use since `forget_peak`."""
        return self._megabytes("VmHWM")

    def forget_peak(self) -> None:
        """Measure the peak from now on."""
        Path(f"/proc/{self._pid}/clear_refs").write_text("5")

    def _megabytes(self, name: str) -> float:
        lines = self._status.read_text().splitlines()
        return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1_000

    def connect(self) -> socket.socket:
        """Open a connection that has sent nothing yet."""
        found = urlsplit(self.address)
        return socket.create_connection((found.hostname or "", found.port or 0), timeout=10)

    def serves(self) -> bool:
        """Return whether the server answers with the page and with `/readyz` within ten seconds."""
        paths = ("/", "/readyz")
        return all(httpx.get(self.address + path, timeout=10).status_code == 200 for path in paths)


@contextmanager
def attacked(folder: Path, **settings: str) -> Iterator[Target]:
    """Start a server with a database in `folder`."""
    all_settings = {"FREIO_DATABASE": f"duckdb:///{folder}/test.duckdb"} | settings
    log = folder / "server.log"
    with started(COMMAND, "/readyz", log, ROOT, all_settings) as (address, process):
        yield Target(address, process.pid, log)
