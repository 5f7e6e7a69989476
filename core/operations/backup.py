"""Backups: a consistent copy of the database while it is in use, and putting one back.

DuckDB lets one process into its file, so a command that finds the dashboard running asks it for
the copy: it leaves a wish beside the database, and the dashboard answers there. Whoever may write
beside the database may copy it anyway.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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

#: Seconds for which a command waits for the dashboard's answer.
ANSWER_TIMEOUT: Final = 120.0


class BackupError(FreioError):
    """A backup could not be made or put back; the database is as it was."""

    means = UNCHANGED


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the database: where it is, when it was made, its size in bytes."""

    path: Path
    made_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Backups:
    """The backups of one database file, in the folder `backups` beside it."""

    database: Path
    clock: Callable[[], datetime]

    @property
    def folder(self) -> Path:
        """Where the backups are."""
        return self.database.parent / "backups"

    def all(self) -> list[Backup]:
        """Return the backups, newest first."""
        files = sorted(self.folder.glob(f"{self.database.stem}-*.duckdb"), reverse=True)
        return [_backup(file) for file in files]

    def make(self, store: BackupStore) -> Backup:
        """Copy the database while it is in use, and open the copy to see that it can be read.

        Raises StoreError where the disk does not take it.
        """
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
            raise StoreDiskError(
                N_("The backup could not be written to {folder}: {reason}."),
                N_("Make room on that disk, or make the folder writable, then try again."),
                folder=self.folder,
                reason=error.strerror or error,
            ) from error
        finally:
            for begun in (unfinished, log_of(unfinished)):
                with suppress(OSError):
                    begun.unlink()
        log.info("made the backup %s", target)
        return _backup(target)

    # The wish that a command leaves, and the dashboard's answer

    @property
    def _wish(self) -> Path:
        return self.database.with_name(self.database.name + ".backup-wanted")

    @property
    def _answer(self) -> Path:
        return self.database.with_name(self.database.name + ".backup-made")

    def grant(self, store: BackupStore) -> None:
        """Make the backup that a command wished for, if one did. The dashboard calls this."""
        if not self._wish.exists():
            return
        self._wish.unlink()
        try:
            answer = {"path": str(self.make(store).path)}
        except FreioError as error:
            answer = {"error": error.happened.format(**error.values)}
        unfinished = self._answer.with_suffix(".part")
        unfinished.write_text(json.dumps(answer), encoding="utf-8")
        unfinished.rename(self._answer)

    def ask(self, timeout: float = ANSWER_TIMEOUT) -> Path:
        """Ask the dashboard that holds the database for a backup, and wait for it.

        Raises BackupError where it does not answer in time or cannot make one.
        """
        try:
            return self._asked(timeout)
        except OSError as error:
            raise _none_made(error.strerror or str(error)) from error

    def _asked(self, timeout: float) -> Path:
        self._answer.unlink(missing_ok=True)
        self._wish.touch()
        give_up = time.monotonic() + timeout
        while not self._answer.exists():
            if time.monotonic() > give_up:
                self._wish.unlink(missing_ok=True)
                raise BackupError(
                    N_("The process that holds {path} did not make a backup in time."),
                    N_(
                        "Look whether it is Freio and whether its pages open, then try again; if "
                        "it is not Freio, stop it first."
                    ),
                    path=self.database,
                )
            time.sleep(0.1)
        answer = json.loads(self._answer.read_text(encoding="utf-8"))
        self._answer.unlink()
        if "error" in answer:
            raise _none_made(answer["error"])
        return Path(answer["path"])


def _none_made(reason: str) -> BackupError:
    return BackupError(
        N_("No backup was made: {reason}"), N_("Put that right, then try again."), reason=reason
    )


def back_up(backups: Backups) -> Path:
    """Make a backup from a command, whether the dashboard runs or not."""
    if not backups.database.exists():
        raise BackupError(
            N_("There is no database {path} yet."),
            N_("Check FREIO_DATABASE; a new database is made when Freio is started."),
            path=backups.database,
        )
    try:
        store = SqlStore(DuckDBEngine(backups.database))
    except StoreLockedError:
        return backups.ask()
    try:
        return backups.make(store).path
    finally:
        store.close()


def restore(backups: Backups, backup: Path) -> Path:
    """Put a backup in the database's place; return where the database is kept that was there.

    The second record stays as it is: at the next start it tells what the backup does not hold.
    Raises BackupError for a backup that cannot be read, StoreLockedError while Freio runs.
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
        _require_usable(incoming, backup)
        with _held(database):
            kept = unused_name(database, "replaced")
            _keep(log_of(database), log_of(kept))
            if database.exists():
                os.link(database, kept)
            incoming.replace(database)
    except OSError as error:
        raise StoreDiskError(
            N_("The backup could not be put into {folder}: {reason}."),
            N_("Make room on that disk, or make the folder writable, then try again."),
            folder=database.parent,
            reason=error.strerror or error,
        ) from error
    finally:
        with suppress(OSError):
            incoming.unlink()
    return kept


def verify(file: Path) -> None:
    """Raise StoreError or BackupError where a file is not a database that this Freio can use."""
    store = SqlStore(DuckDBEngine(file))
    try:
        store.info()
    finally:
        store.close()


def _require_usable(copy: Path, backup: Path) -> None:
    try:
        verify(copy)
    except StoreError as error:
        raise BackupError(
            N_("The backup {path} cannot be used: {reason}"),
            N_("Choose another one from its folder."),
            path=backup,
            reason=error.happened.format(**error.values),
        ) from error


@contextmanager
def _held(database: Path) -> Iterator[None]:
    """Hold the database for a block, so that no Freio starts on the one that is being replaced.

    Its log is brought into it first, where both can be read.
    """
    engine = _opened(database)
    try:
        yield
    finally:
        if engine is not None:
            engine.close()


def _opened(database: Path) -> DuckDBEngine | None:
    if not database.exists():
        return None
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
        # A damaged one is what backups are for; it is kept as it is.
        log.warning("the database that is replaced cannot be read: %s", error)
        return None
    with suppress(StoreError):  # then its log is kept beside it
        engine.rows("CHECKPOINT")
    return engine


def _keep(file: Path, name: Path) -> None:
    if file.exists():
        file.rename(name)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _backup(file: Path) -> Backup:
    about = file.stat()
    made = datetime.fromtimestamp(about.st_mtime).astimezone()
    return Backup(file, made, about.st_size)
