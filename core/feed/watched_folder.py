"""Watch a folder: load each new file, and then move the file with a report."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import BinaryIO, Final, cast

from core.domain.load_results import ImportSummary
from core.domain.model import Actor, Role
from core.errors import (
    N_,
    AdminText,
    FeedError,
    FreioError,
    OutcomeUnknownError,
    StoreDiskError,
    StoreError,
)
from core.feed.file_feed import NothingReadError
from core.feed.import_report import as_report, rejects_report
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.feed.processed_files import REPORT, move_with_report
from core.infrastructure.disk_space import require_room, temporary_file, using_temporary_files
from core.infrastructure.lease import ALWAYS_HELD, Lease
from core.infrastructure.metrics import REFUSED_FEEDS
from core.infrastructure.periodic import PeriodicTask

log = logging.getLogger(__name__)

#: Freio scans the folder every TICK seconds. A file is loaded after QUIET seconds without a change.
TICK: Final = 2.0
QUIET: Final = 2.0

#: After a failure, the waits double from FIRST_PAUSE to LONGEST_PAUSE seconds.
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 60.0

#: When Freio stops, a running load continues for at most this many seconds. PeriodicTask.stop()
#: must wait longer.
GRACE: Final = 8.0

#: Seconds between two checks that the folder is writable.
CHECK: Final = 30.0

#: The suffixes of ignored files: reports, and incomplete files of other programs.
_UNFINISHED: Final = (".part", ".tmp", ".crdownload", "~", REPORT)
_CHUNK: Final = 1 << 20
_OPEN: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file in the folder. If the file changes, `size`, `changed_ns` or `inode` changes."""

    name: str
    size: int
    changed_ns: int
    inode: int

    @staticmethod
    def of(name: str, found: os.stat_result) -> FoundFile:
        """Return the file `name`. `found` is its `stat`."""
        return FoundFile(name, found.st_size, found.st_mtime_ns, found.st_ino)

    @property
    def printable(self) -> str:
        """The name without invalid bytes, for the store and the log."""
        text = os.fsencode(self.name).decode("utf-8", "replace")
        return "".join(c if c.isprintable() else "�" for c in text)


@dataclass(slots=True)
class Processed:
    """A loaded or refused file. Freio moves the file to `folder`, with a report.

    If a move fails, `error` is the reason. Freio then waits `pause` seconds, and tries again when
    the clock `monotonic` shows `retry_at`.
    """

    folder: str
    report: dict[str, object]
    retry_at: float = 0.0
    pause: float = 0.0
    error: OSError | None = None


class _NotNowError(Exception):
    """The file still changes, Freio stops, or another dashboard took the lease."""


class WatchedFolder:
    """Loads the files of a folder one at a time, oldest first.

    The id of an import is a hash of the file's content, name and time. If Freio crashes between the
    load and the move, Freio later finds the import by this id, and only moves the file. Only the
    dashboard with the lease loads files. `monotonic` is the clock for waiting times.
    """

    def __init__(
        self,
        folder: Path,
        loader: Loader,
        lease: Lease = ALWAYS_HELD,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        quiet: float = QUIET,
        tick: float = TICK,
    ) -> None:
        self.folder = folder
        self._loader = loader
        self._lease = lease
        self._monotonic = monotonic
        self._quiet = quiet
        #: The time at which Freio first found each file with its present size and time. The clock
        #: is `monotonic`.
        self._stable_since: dict[FoundFile, float] = {}
        self._unmoved: dict[FoundFile, Processed] = {}
        self._retry_at = 0.0
        self._pause = 0.0
        self._last_warning = ""
        self._stop_at: float | None = None
        self._check_at = 0.0
        self._write_error: OSError | None = None
        #: Why Freio cannot read the folder or write to the folder, or None.
        self.trouble: FreioError | None = None
        self._task = PeriodicTask("inbox", self.scan, tick)

    def start(self) -> None:
        """Start to watch the folder."""
        self._task.start()

    def stop(self) -> None:
        """Stop watching. Cancel a running load after GRACE seconds."""
        self._stop_at = self._monotonic() + GRACE
        self._task.stop()
        with suppress(StoreError):  # an unreleased lease expires later
            self._lease.give_up()

    def scan(self) -> None:
        """Scan the folder once and load the files that are ready."""
        if self._monotonic() < self._retry_at:
            return
        try:
            self._process_files()
        except StoreDiskError as full:
            self._wait(f"files stay in {self.folder} and are tried again: {full}")
        except (StoreError, OutcomeUnknownError) as error:
            self._wait(f"the store is unavailable, and files stay in {self.folder}: {error}")
        except OSError as error:
            self._wait(f"{self.folder} cannot be used: {error}")
            self.trouble = self._unusable(error)
        else:
            self._pause, self._last_warning = 0.0, ""
            errors = [each.error for each in self._unmoved.values() if each.error is not None]
            error_now = next(iter(errors), self._write_error)
            self.trouble = None if error_now is None else self._unusable(error_now)

    def _process_files(self) -> None:
        if not self._lease.is_held():
            self._stable_since.clear()
            self._write_error = None
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check_writable()
        full: StoreDiskError | None = None
        for file in self._ready():
            if self._stop_at is not None or not self._lease.is_held():
                return
            try:
                self._process(file)
            except StoreDiskError as error:
                full = full or error  # a smaller file can still fit
        if full is not None:
            raise full

    def _check_writable(self) -> None:
        if self._monotonic() < self._check_at:
            return
        self._write_error = None
        try:
            with TemporaryFile(dir=self.folder, prefix=".freio-") as test:
                test.write(b"\0")
                test.flush()
        except OSError as error:
            # Do not raise this error, because Freio can still load files.
            self._write_error = error
        self._check_at = self._monotonic() + CHECK

    def _unusable(self, error: OSError) -> FreioError:
        return FreioError(
            N_("Freio cannot work in the watched folder {folder} ({reason})."),
            N_("Let Freio write to the folder and make room there. It then continues by itself."),
            N_("New files may not be loaded, so sends that start from now on are not shown here."),
            folder=self.folder,
            reason=AdminText(error.strerror or error),
        )

    def _wait(self, why: str) -> None:
        self._pause = _longer(self._pause)
        self._retry_at = self._monotonic() + self._pause
        if why != self._last_warning:
            log.warning("%s", why)
        self._last_warning = why

    def _ready(self) -> list[FoundFile]:
        now, before, unmoved = self._monotonic(), self._stable_since, self._unmoved
        self._stable_since = {file: before.get(file, now) for file in self._files()}
        self._unmoved = {file: unmoved[file] for file in self._stable_since if file in unmoved}
        ready = [file for file, since in self._stable_since.items() if now - since >= self._quiet]
        return sorted(ready, key=lambda file: (file.changed_ns, file.name))

    def _files(self) -> Iterator[FoundFile]:
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
                    continue
                with suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(found.st_mode):
                        yield FoundFile.of(entry.name, found)

    def _is_unchanged(self, file: FoundFile) -> bool:
        try:
            return FoundFile.of(file.name, (self.folder / file.name).lstat()) == file
        except OSError:
            return False

    def _process(self, file: FoundFile) -> None:
        processed = self._unmoved.get(file)
        if processed is None:
            try:
                processed = self._load_or_refuse(file)
            except (_NotNowError, FileNotFoundError):
                return
        if self._monotonic() >= processed.retry_at and self._is_unchanged(file):
            self._move(file, processed)

    def _load_or_refuse(self, file: FoundFile) -> Processed:
        try:
            with self._copied(file) as (copy, id):
                done = self._load(copy, id, file)
        except FeedError as refused:
            return self._refused(file, refused)
        rejects = self._loader.rejects_of(done) if done else ()
        report = as_report(done, rejects) if done else {"id": id, "loaded_at": None}
        return Processed("done", {"file": file.printable, **report, "key": id})

    @contextmanager
    def _copied(self, file: FoundFile) -> Iterator[tuple[BinaryIO, str]]:
        """Copy a file. Yield the copy and the id of the import.

        The file can change during the load, so Freio loads the copy. Raises FeedError if the file
        is too large or cannot be read.
        """
        most = self._loader.settings.max_file_mb
        if file.size > most * 1_000_000:
            happened = N_("{name} is larger than {most} MB.")
            todo = N_("Split it, or raise FREIO_MAX_FILE_MB.")
            raise FeedError(happened, todo, name=file.printable, most=most)
        digest = hashlib.sha256()
        with SpooledTemporaryFile(max_size=8 * _CHUNK) as copy:
            for chunk in _content(self.folder, file):
                digest.update(chunk)
                with using_temporary_files():
                    require_room(temporary_file(), len(chunk))
                    copy.write(chunk)
            if not self._is_unchanged(file):
                raise _NotNowError
            digest.update(b"\0" + os.fsencode(file.name) + b"\0" + str(file.changed_ns).encode())
            copy.seek(0)
            yield cast(BinaryIO, copy), digest.hexdigest()

    def _load(self, copy: BinaryIO, id: str, file: FoundFile) -> ImportSummary | None:
        """Load a file if the store does not have its import. Return the import.

        Return None if the store has the import, but not among the 100 newest imports.
        """
        name, store = file.printable, self._loader.store
        try:
            if store.has_import(id):
                return next((done for done in store.imports(100) if done.id == id), None)
            written = datetime.fromtimestamp(file.changed_ns / 1e9, UTC)
            options = LoadOptions(
                as_of=min(written, self._loader.clock()),
                is_full=self._loader.settings.inbox_full,
                progress=self._progress,
                import_id=id,
            )
            return self._loader.load(copy, name, Actor("folder", Role.ADMINISTRATOR), options)
        except (FeedError, StoreError, OutcomeUnknownError, _NotNowError):
            raise
        except Exception:
            # An internal error must not block the next files.
            log.exception("an internal error occurred while loading %s", name)
            happened = N_(
                "An internal error occurred while loading {name}; the log has the details."
            )
            raise FeedError(happened, N_("Please report it."), name=name) from None

    def _progress(self, _step: str, _rows: int, _share: float) -> None:
        """Renew the lease. If the lease is lost or GRACE is over, cancel the load."""
        is_late = self._stop_at is not None and self._monotonic() > self._stop_at
        if is_late or not self._lease.is_held():
            raise _NotNowError

    def _refused(self, file: FoundFile, error: FeedError) -> Processed:
        REFUSED_FEEDS.labels("folder").inc()
        log.warning("a file in the watched folder could not be loaded: %s", error)
        report: dict[str, object] = {
            "file": file.printable,
            "loaded_at": None,
            "failed_at": self._loader.clock().isoformat(),
            "error": str(error),
        }
        if isinstance(error, NothingReadError):
            report["rejects"] = rejects_report(error.rejects)
        report["key"] = f"{file.inode}-{file.size}-{file.changed_ns}"
        return Processed("failed", report)

    def _move(self, file: FoundFile, processed: Processed) -> None:
        path, folder = self.folder / file.name, self.folder / processed.folder
        try:
            move_with_report(path, folder, processed.report, self._loader.clock())
        except OSError as error:
            if not os.path.lexists(path):
                return  # another program moved or deleted the file
            if file not in self._unmoved:
                log.error("%s cannot be moved to %s: %s", file.printable, folder.name, error)
            processed.pause = _longer(processed.pause)
            processed.retry_at = self._monotonic() + processed.pause
            processed.error = error
            self._unmoved[file] = processed
        else:
            self._unmoved.pop(file, None)
            self._stable_since.pop(file, None)


def _longer(pause: float) -> float:
    return min(max(2 * pause, FIRST_PAUSE), LONGEST_PAUSE)


def _content(folder: Path, file: FoundFile) -> Iterator[bytes]:
    try:
        with open(os.open(folder / file.name, _OPEN), "rb") as source:
            found = os.fstat(source.fileno())
            if not stat.S_ISREG(found.st_mode) or FoundFile.of(file.name, found) != file:
                raise _NotNowError
            # Stop at this size, because a program can still write to the file.
            left = file.size
            while left > 0 and (chunk := source.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk
    except FileNotFoundError:
        raise
    except OSError as error:
        happened = N_("{name} cannot be read ({reason}).")
        todo = N_("Let Freio read it, and put it back.")
        raise FeedError(happened, todo, name=file.printable, reason=error) from error
