"""Backups: make a consistent copy of a database in use, and restore a copy.

A DuckDB file allows only a single process. If the dashboard runs, a command writes a request file
beside the database. The dashboard makes the backup and writes an answer file. Freio does not check
who wrote these files: a user who can write there can also copy the database.
"""

import json
import logging
import os
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from core.errors import N_, UNCHANGED, FreioError, StoreDiskError, StoreError, StoreLockedError
from core.infrastructure.disk_space import require_room
from core.ports.upkeep import BackupStore
from core.store.duckdb.engine import DuckDBEngine
from core.store.duckdb.files import log_of, unused_name
from core.store.sql_store import SqlStore

log = logging.getLogger(__name__)

#: Seconds to wait for the dashboard's answer.
ANSWER_TIMEOUT: Final = 120.0


class BackupError(FreioError):
    """A backup could not be made or restored; the database is unchanged."""

    means = UNCHANGED


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the database. `size` is in bytes."""

    path: Path
    made_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Backups:
    """The backups of a database file."""

    database: Path
    clock: Callable[[], datetime]

    @property
    def folder(self) -> Path:
        """The folder of the backups."""
        return self.database.parent / "backups"

    def all(self) -> list[Backup]:
        """Return the backups, newest first."""
        files = sorted(self.folder.glob(f"{self.database.stem}-*.duckdb"), reverse=True)
        return [_backup(file) for file in files]

    def make(self, store: BackupStore) -> Backup:
        """Copy the database in use, and check the copy. Raise StoreError if the copy fails."""
        stamp = self.clock().strftime("%Y%m%dT%H%M%S%f")[:-3]
        target = self.folder / f"{self.database.stem}-{stamp}.duckdb"
        unfinished = target.with_suffix(".unfinished")
        try:
            self.folder.mkdir(exist_ok=True)
            require_room(target, _size(self.database) + _size(log_of(self.database)))
            store.back_up(unfinished)
            verify(unfinished)
            unfinished.rename(target)
        except OSError as error:
            happened = N_("The backup could not be written to {folder}: {reason}.")
            raise _disk_error(happened, self.folder, error) from error
        finally:
            for part in (unfinished, log_of(unfinished)):
                with suppress(OSError):
                    part.unlink()
        log.info("made the backup %s", target)
        return _backup(target)

    @property
    def _request_file(self) -> Path:
        return self.database.with_name(self.database.name + ".backup-wanted")

    @property
    def _answer_file(self) -> Path:
        return self.database.with_name(self.database.name + ".backup-made")

    def answer_request(self, store: BackupStore) -> None:
        """If a command has requested a backup, make the backup."""
        if not self._request_file.exists():
            return
        self._request_file.unlink()
        try:
            answer = {"path": str(self.make(store).path)}
        except FreioError as error:
            answer = {"error": error.happened.format(**error.values)}
        unfinished = self._answer_file.with_suffix(".part")
        unfinished.write_text(json.dumps(answer), encoding="utf-8")
        unfinished.rename(self._answer_file)

    def request(self, timeout: float = ANSWER_TIMEOUT) -> Path:
        """Let the dashboard make a backup. Return the path.

        Raise BackupError if the backup fails, or if no answer comes within `timeout` seconds.
        """
        try:
            answer = self._answer(timeout)
        except OSError as error:
            raise _no_backup(error.strerror or str(error)) from error
        if answer is None:
            raise BackupError(
                N_("The process that holds {path} did not make a backup in time."),
                N_(
                    "Check whether it is Freio and whether its pages open, then try again; if it "
                    "is not Freio, end it first."
                ),
                path=self.database,
            )
        if "error" in answer:
            raise _no_backup(answer["error"])
        return Path(answer["path"])

    def _answer(self, timeout: float) -> dict[str, str] | None:
        self._answer_file.unlink(missing_ok=True)
        self._request_file.touch()
        deadline = time.monotonic() + timeout
        while not self._answer_file.exists():
            if time.monotonic() > deadline:
                self._request_file.unlink(missing_ok=True)
                return None
            time.sleep(0.1)
        answer: dict[str, str] = json.loads(self._answer_file.read_text(encoding="utf-8"))
        self._answer_file.unlink()
        return answer


def _disk_error(happened: str, folder: Path, error: OSError) -> StoreDiskError:
    return StoreDiskError(
        happened,
        N_("Make room on that disk, or make the folder writable, then try again."),
        folder=folder,
        reason=error.strerror or error,
    )


def _no_backup(reason: str) -> BackupError:
    return BackupError(
        N_("No backup was made: {reason}"), N_("Correct that, then try again."), reason=reason
    )


def back_up(backups: Backups) -> Path:
    """Make a backup, even while the dashboard runs. Return the path."""
    if not backups.database.exists():
        raise BackupError(
            N_("There is no database {path} yet."),
            N_("Check FREIO_DATABASE; a new database is made when Freio is started."),
            path=backups.database,
        )
    try:
        store = SqlStore(DuckDBEngine(backups.database))
    except StoreLockedError:
        return backups.request()
    with closing(store):
        return backups.make(store).path


def restore(backups: Backups, backup: Path) -> Path:
    """Replace the database with a backup. Return the new path of the old database.

    The receipt journal does not change. At the next start, Freio shows the receipts that the backup
    lacks. Raise BackupError if the backup is unusable. Raise StoreLockedError if another process
    has the database open.
    """
    if not backup.is_file():
        raise BackupError(
            N_("There is no backup {path}."),
            N_("Choose one from {folder}: make restore FILE=…"),
            path=backup,
            folder=backups.folder,
        )
    database = backups.database
    incoming = database.with_name(database.name + ".incoming")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        incoming.unlink(missing_ok=True)
        shutil.copyfile(backup, incoming)
        try:
            verify(incoming)
        except StoreError as error:
            raise BackupError(
                N_("The backup {path} cannot be used: {reason}"),
                N_("Choose another backup from its folder."),
                path=backup,
                reason=error.happened.format(**error.values),
            ) from error
        with _held(database):
            kept = unused_name(database, "replaced")
            with suppress(FileNotFoundError):
                log_of(database).rename(log_of(kept))
            if database.exists():
                os.link(database, kept)
            incoming.replace(database)
    except OSError as error:
        happened = N_("The backup could not be put into {folder}: {reason}.")
        raise _disk_error(happened, database.parent, error) from error
    finally:
        with suppress(OSError):
            incoming.unlink()
    return kept


def verify(file: Path) -> None:
    """Raise StoreError if this version of Freio cannot use a database file."""
    with closing(SqlStore(DuckDBEngine(file))) as store:
        store.info()


def _held(database: Path) -> AbstractContextManager[object]:
    """Keep other processes out of the old database during a `with` block."""
    if not database.exists():
        return nullcontext()
    try:
        engine = DuckDBEngine(database)
    except StoreLockedError as held:
        raise StoreLockedError(
            held.happened,
            N_("Stop that process first, then restore again."),
            held.means,
            **held.values,
        ) from held
    except StoreError as error:
        # A damaged database is a reason to restore, so continue.
        log.warning("the database that is replaced cannot be read: %s", error)
        return nullcontext()
    with suppress(StoreError):  # if this fails, the write-ahead log stays a separate file
        engine.rows("CHECKPOINT")
    return closing(engine)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _backup(file: Path) -> Backup:
    stat = file.stat()
    made_at = datetime.fromtimestamp(stat.st_mtime).astimezone()
    return Backup(file, made_at, stat.st_size)
