"""Open a DuckDB file without losing data.

Measured on duckdb 2.0.0:

* If the database file is missing, DuckDB deletes the log (`.wal`) without an error.
* DuckDB replays a log only up to a damaged entry, sometimes without an error. DuckDB appends new
  commits after the damaged entry. The next start loses the new commits.

Therefore, if there is a log at the start, Freio copies the log and makes a checkpoint. If the log
still exists after the checkpoint, the replay ended too early. Freio deletes the log and keeps the
copy. Freio also keeps the copy if the database lacks receipts of the journal.
"""

import logging
import re
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from core.errors import CLOSED, N_, AdminText, StoreDamagedError, StoreError, StoreLockedError

log = logging.getLogger(__name__)

MEMORY: Final = ":memory:"

_HOLDER = re.compile(r"(?:held in (?P<program>.+?) )?\(PID (?P<pid>\d+)\)")
_DAMAGED = (
    "orrupt",
    "not a valid DuckDB database",
    "Could not read enough bytes",
    "Failure while replaying",
    "INTERNAL",
)


@dataclass(frozen=True, slots=True)
class LeftLog:
    """The log of an unclean stop. `stopped_short`: whether its replay ended too early."""

    copy: Path
    stopped_short: bool


def open_database(path: Path | str) -> tuple[duckdb.DuckDBPyConnection, LeftLog | None]:
    """Open a database. Return the connection, and the log of an unclean stop (or None).

    Raise StoreLockedError if another process has the file open. Raise StoreDamagedError if a file
    is damaged. If the file cannot be opened for another reason, raise StoreError. After an error,
    the database and the log are unchanged.
    """
    if str(path) == MEMORY:
        return duckdb.connect(MEMORY), None
    try:
        return _open_file(Path(path))
    except OSError as error:
        raise _cannot_open(path, error) from error


def _open_file(file: Path) -> tuple[duckdb.DuckDBPyConnection, LeftLog | None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_dir():
        raise StoreError(
            N_("The database {path} is a folder."),
            N_("Set FREIO_DATABASE to a file in it."),
            CLOSED,
            path=file,
        )
    left = log_of(file)
    if not _size(left):
        return _connect(file), None
    if not file.exists():
        raise StoreDamagedError(
            N_("The database {path} is missing, but its log {log} is there."),
            N_(
                "Put the database back next to the log, or restore a backup. If there never was a "
                "database, move the log away."
            ),
            path=file,
            log=left,
        )
    return _open_after_crash(file, left)


def log_of(file: Path) -> Path:
    """Return the path of the write-ahead log of a database file."""
    return file.with_name(file.name + ".wal")


def drop_spilled(file: Path) -> None:
    """Delete the temporary files of a killed process.

    Call this after the database is open, because then no other process uses the database. Call this
    before the first query, because a query can make new temporary files.
    """
    for spilled in file.with_name(file.name + ".tmp").glob("duckdb_temp_*"):
        with suppress(OSError):
            spilled.unlink()


def unused_name(file: Path, why: str) -> Path:
    """Return an unused path next to `file`, for example `freio.db.damaged-1`."""
    number = 1
    while (found := file.with_name(f"{file.name}.{why}-{number}")).exists():
        number += 1
    return found


def _open_after_crash(file: Path, left: Path) -> tuple[duckdb.DuckDBPyConnection, LeftLog | None]:
    kept = left.with_name(left.name + ".kept")
    try:
        shutil.copy2(left, kept)
        _checkpoint(file)
    except (StoreError, duckdb.Error, OSError) as error:
        with suppress(OSError):  # this fails on a read-only disk
            kept.unlink(missing_ok=True)
        if isinstance(error, StoreError):
            raise
        # On a full disk, the copy and the checkpoint fail. Freio can still read the database.
        log.warning("the log of %s cannot be checkpointed: %s", file, error)
        return _connect(file), None
    stopped_short = bool(_size(left))
    if stopped_short:
        log.error("the log of %s could not be replayed to its end", file)
        left.unlink()
    return _connect(file), LeftLog(kept, stopped_short)


def _checkpoint(file: Path) -> None:
    with _connect(file) as connection:
        connection.execute("CHECKPOINT")


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _connect(file: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(file))
    except duckdb.Error as error:
        text = str(error)
        holder = _HOLDER.search(text)
        if holder is not None:
            raise _held(file, int(holder["pid"]), holder["program"] or "") from error
        if is_damage(error):
            raise damaged(file, error) from error
        raise _cannot_open(file, error) from error


def _held(file: Path, pid: int, program: str) -> StoreLockedError:
    return StoreLockedError(
        N_("Another process ({program}, number {pid}) holds the database {path}."),
        N_("Stop that process, or set FREIO_DATABASE to another file."),
        program=AdminText(_command(pid) or Path(program).name or "?"),
        pid=str(pid),
        path=file,
    )


def _command(pid: int) -> str:
    try:
        listed = subprocess.run(  # noqa: S603 - the only input is a number
            ["ps", "-o", "args=", "-p", str(pid)],  # noqa: S607 - its folder depends on the system
            capture_output=True,
            text=True,
            timeout=2,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return listed.stdout.strip()[:80]


def is_damage(error: duckdb.Error) -> bool:
    """Return whether an error is about a damaged file."""
    return any(sign in str(error) for sign in _DAMAGED)


def damaged(file: Path, error: duckdb.Error) -> StoreDamagedError:
    """Return the error for a damaged file."""
    text = str(error)
    reason = AdminText(text.splitlines()[0])
    if "replaying WAL" in text:
        return StoreDamagedError(
            N_("The log {file} of the database is damaged ({reason})."),
            N_(
                "Move it to another folder and start again, or restore a backup: make restore "
                "FILE=… Aborts that were in it are then shown from the receipt journal."
            ),
            file=log_of(file),
            reason=reason,
        )
    return StoreDamagedError(
        N_("The file {file} is damaged ({reason})."),
        N_(
            "Keep a copy of it and restore a backup: make restore FILE=… Aborts made since that "
            "backup are then shown from the receipt journal."
        ),
        file=file,
        reason=reason,
    )


def _cannot_open(path: Path | str, error: Exception) -> StoreError:
    return StoreError(
        N_("The database {path} cannot be opened: {error}."),
        N_("Check the path and its permissions, or set FREIO_DATABASE to another file."),
        CLOSED,
        path=path,
        error=AdminText(str(error).splitlines()[0].rstrip(".")),
    )
