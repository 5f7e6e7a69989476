"""A process with its own small disk, which other processes do not see.

`python -m tests.faults.tmpfs WAY FOLDER`, started by `on_a_tmpfs`, prints the result as JSON.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.domain.model import ConfigurationId, SendConfiguration
from core.errors import FreioError
from core.infrastructure.disk_space import Reserve, free_bytes
from core.operations.backup import Backups
from core.runtime import instance
from core.settings import ROOT
from core.store.duckdb import engine as duckdb_engine
from core.store.duckdb.engine import DuckDBEngine
from core.store.journal.journal import Journal
from core.store.sql_store import SqlStore
from tests.faults.parts import crashed, journal_of
from tests.sends import ME, NOW, actions, load, receipts_in, send

MEGABYTES = 40


def on_a_tmpfs(way: str, folder: Path) -> dict[str, Any]:
    """Run one of the functions below with `folder` on a disk of 40 MB."""
    reported = subprocess.run(
        # In new namespaces, the mount needs no rights, and ends with the process.
        ["unshare", "--map-root-user", "--mount", sys.executable, "-m", __name__, way, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert reported.returncode == 0, reported.stderr
    found: dict[str, Any] = json.loads(reported.stdout.splitlines()[-1])
    return found


def mount(folder: Path, *options: str) -> None:
    subprocess.run(["mount", *options, "tmpfs", str(folder)], check=True)


def opened(path: Path, memory_mb: int = 700) -> SqlStore:
    return SqlStore(DuckDBEngine(path, memory_mb, Reserve.beside(path)), Journal.beside(path))


def error_of(work: Callable[[], object]) -> str:
    try:
        work()
    except FreioError as error:
        return f"{type(error).__name__}: {error}"
    return "done"


def aborts(store: SqlStore, *ids: str) -> list[object]:
    """Abort sends. Return for each send the error, or whether the journal has the abort too."""
    done: list[object] = []
    for id in ids:
        said = error_of(lambda id=id: actions(store).abort(ConfigurationId(id), ME))  # type: ignore[misc]
        done.append(said if said != "done" else not store.journal_trouble)
    return done


def large(count: int = 10_000) -> list[SendConfiguration]:
    """Return sends that are too large for the disk, even after compression."""
    return [replace(send(f"n{n}"), audience=os.urandom(1_500).hex()) for n in range(count)]


@contextmanager
def unchecked() -> Iterator[None]:
    """Load without the check for room, as if other programs filled the disk after the check."""
    asked = duckdb_engine.require_room
    duckdb_engine.require_room = lambda *_: None  # type: ignore[attr-defined]
    try:
        yield
    finally:
        duckdb_engine.require_room = asked  # type: ignore[attr-defined]


def fill(folder: Path) -> Path:
    """Fill the disk, as another program does."""
    file = folder / "others"
    with file.open("wb", buffering=0) as out:
        for piece in (1 << 20, 1 << 12):
            try:
                while True:
                    out.write(b"x" * piece)
            except OSError:
                continue
    return file


def state(path: Path) -> dict[str, object]:
    return {
        "free": free_bytes(path),
        "size": path.stat().st_size,
        "reserve": Reserve.beside(path).file.exists(),
        "lines": journal_of(path).read_bytes().count(b"\n") if journal_of(path).exists() else 0,
    }


def failed_load(path: Path) -> dict[str, object]:
    store = opened(path)
    load(store, send("s1"), send("s2"))
    store._engine._connection.execute("CHECKPOINT")  # type: ignore[attr-defined]
    before = state(path)
    with unchecked():
        reported = error_of(lambda: load(store, *large()))
    after = state(path)
    return {
        "reported": reported,
        "before": before,
        "after": after,
        "aborts": aborts(store, "s1", "s2"),
    }


def refused_load(path: Path) -> dict[str, object]:
    store = opened(path)
    load(store, send("s1"))
    before = state(path)
    reported = error_of(lambda: load(store, *large()))
    return {
        "reported": reported,
        "before": before,
        "after": state(path),
        "aborts": aborts(store, "s1"),
    }


def filled_by_others(path: Path) -> dict[str, object]:
    store = opened(path)
    ids = [f"s{n}" for n in range(200)]
    load(store, *(send(id) for id in ids))
    others = fill(path.parent)
    found = {"before": state(path), "aborts": aborts(store, *ids), "full": state(path)}
    others.unlink()
    store.tidy()
    found["again"] = state(path)
    # The child is killed, so only data on the disk remains.
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    copy = path.parent / "copy"
    copy.mkdir()
    for file in path.parent.glob("freio.duckdb*"):
        if file.is_file() and not file.name.endswith(".reserve"):
            (copy / file.name).write_bytes(file.read_bytes())
    again = SqlStore(DuckDBEngine(copy / path.name), Journal.beside(copy / path.name))
    found["receipts"] = len(receipts_in(again))
    found["missing"] = len(again.check_journal().missing)
    return found


def killed_in_a_load(path: Path) -> dict[str, object]:
    store = opened(path)
    load(store, send("s1"), send("s2"))
    store.close()
    before = state(path)
    pid = os.fork()
    if pid == 0:
        _load_until_full(path)
    os.waitpid(pid, 0)
    killed = state(path)
    fill(path.parent)
    store = opened(path)
    after = state(path)
    found = {"before": before, "killed": killed, "after": after}
    return {**found, "aborts": aborts(store, "s1", "s2")}


def _load_until_full(path: Path) -> None:
    def watch() -> None:
        while free_bytes(path) > 2 << 20:
            time.sleep(0.0005)
        os._exit(0)

    with unchecked():
        store = opened(path)
        threading.Thread(target=watch, daemon=True).start()
        try:
            load(store, *large())
        finally:
            os._exit(1)


def spilled(path: Path) -> dict[str, object]:
    """Load a file whose temporary files alone would fill the disk."""
    store = opened(path, memory_mb=30)
    load(store, send("s1"))

    def spill() -> None:
        with store._engine.session() as session:
            session.rows("CREATE TEMP TABLE t AS SELECT uuid() a, uuid() b FROM range(3000000)")

    reported = error_of(spill)
    return {"reported": reported, "after": state(path), "aborts": aborts(store, "s1")}


def backup(path: Path) -> dict[str, object]:
    store = opened(path)
    load(store, send("s1"))
    with unchecked():
        load(store, *large(2_700))
    size = path.stat().st_size
    backups = Backups(path, lambda: NOW)
    reported = error_of(lambda: backups.make(store))
    left = [file.name for file in backups.folder.iterdir()]
    return {"reported": reported, "left": left, "size": size, "aborts": aborts(store, "s1")}


def read_only(path: Path) -> dict[str, object]:
    """Start Freio after a kill, on a disk that has become read-only."""
    crashed(path)
    mount(path.parent, "-o", "remount,ro")
    os.environ["FREIO_DATABASE"] = f"duckdb:///{path}"
    os.environ["FREIO_INBOX"] = str(path.parent / "inbox")
    import dashboard

    async def serve() -> bool:
        async with dashboard._life(dashboard.app):
            return True

    return {"serves": asyncio.run(serve()), "reported": error_of(instance.current)}


if __name__ == "__main__":
    place = Path(sys.argv[2])
    mount(place, "-t", "tmpfs", "-o", f"size={MEGABYTES}m")
    ways = (
        *(failed_load, refused_load, filled_by_others, killed_in_a_load),
        *(spilled, backup, read_only),
    )
    print(json.dumps({way.__name__: way for way in ways}[sys.argv[1]](place / "freio.duckdb")))
