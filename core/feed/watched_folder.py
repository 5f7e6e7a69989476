"""Watch a folder: load each new file, then move it to another folder with a report."""

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

from core.domain.imports import ImportSummary
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

#: Freio scans the folder every TICK seconds. A file must stay unchanged for QUIET seconds before
#: Freio loads it.
TICK: Final = 2.0
QUIET: Final = 2.0

#: Seconds until the next try after a failure. Each further wait is twice as long, up to
#: LONGEST_PAUSE.
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 60.0

#: When Freio stops, a running load has this many seconds to end. PeriodicTask.stop() waits longer.
GRACE: Final = 8.0

#: Seconds between two checks that the folder is writable.
CHECK: Final = 30.0

#: Suffixes of files that Freio does not load: incomplete files of other programs, and reports.
_UNFINISHED: Final = (".part", ".tmp", ".crdownload", "~", REPORT)
_CHUNK: Final = 1 << 20
_OPEN: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Size, time of change and inode of a file. Every write to a file changes its stamp."""

    size: int
    changed_ns: int
    inode: int

    @staticmethod
    def of(found: os.stat_result) -> FileStamp:
        """Return the stamp of a file from its `stat`."""
        return FileStamp(found.st_size, found.st_mtime_ns, found.st_ino)


@dataclass(slots=True)
class Processed:
    """A file that was loaded or refused. Freio has to move it to `folder`, with a report.

    `error` says why the file could not be moved. At `retry_at`, Freio tries again.
    `pause` is the time between the last two tries, in seconds.
    """

    stamp: FileStamp
    folder: str
    report: dict[str, object]
    retry_at: float = 0.0
    pause: float = 0.0
    error: OSError | None = None


class _NotNowError(Exception):
    """The file cannot be processed now. It still changes, or another dashboard has the lease."""


class _UnreadableError(Exception):
    """The content of the file cannot be read."""


class WatchedFolder:
    """Loads the files of a folder one at a time, oldest first.

    The id of an import is a hash of the content, name and time of its file. So after a crash
    between the load and the move, Freio finds the import and only moves the file. Only the
    dashboard that has the lease does the work. `monotonic` is the clock for all waiting times.
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
        #: The stamp of each file, and the time when Freio first saw this stamp.
        self._stable_since: dict[str, tuple[FileStamp, float]] = {}
        self._unmoved: dict[str, Processed] = {}
        self._retry_at = 0.0
        self._pause = 0.0
        self._last_warning = ""
        self._stop_at: float | None = None
        self._is_started = False
        self._check_at = 0.0
        self._write_error: OSError | None = None
        #: Why Freio cannot read or move files, or None if it can.
        self.trouble: FreioError | None = None
        self._task = PeriodicTask("inbox", self.scan, tick)

    def start(self) -> None:
        """Start to watch the folder. A second call does nothing."""
        if not self._is_started:
            self._is_started = True
            self._task.start()

    def stop(self) -> None:
        """Stop watching. Cancel a running load after GRACE seconds."""
        self._stop_at = self._monotonic() + GRACE
        self._task.stop()
        with suppress(StoreError):  # a lease that is not released expires by itself
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
        for name, stamp in self._ready():
            if self._stop_at is not None or not self._lease.is_held():
                return
            try:
                self._process(name, stamp)
            except StoreDiskError as error:
                full = full or error  # a smaller file can still fit
        if full is not None:
            raise full

    def _check_writable(self) -> None:
        """Check that files can be moved out of the folder, at most once every CHECK seconds."""
        if self._monotonic() < self._check_at:
            return
        self._write_error = None
        try:
            with TemporaryFile(dir=self.folder, prefix=".freio-") as test:
                test.write(b"\0")
                test.flush()
        except OSError as error:
            # Files in the folder can still be read and loaded.
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

    def _ready(self) -> list[tuple[str, FileStamp]]:
        """Return the files that are completely written, ordered by their time and name."""
        now = self._monotonic()
        files = dict(self._files())
        before = self._stable_since
        self._stable_since = {
            name: before[name] if name in before and before[name][0] == stamp else (stamp, now)
            for name, stamp in files.items()
        }
        self._unmoved = {
            name: old for name, old in self._unmoved.items() if files.get(name) == old.stamp
        }
        ready = [
            (name, stamp)
            for name, (stamp, since) in self._stable_since.items()
            if now - since >= self._quiet
        ]
        return sorted(ready, key=lambda found: (found[1].changed_ns, found[0]))

    def _files(self) -> Iterator[tuple[str, FileStamp]]:
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
                    continue
                with suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(found.st_mode):
                        yield entry.name, FileStamp.of(found)

    def _is_unchanged(self, name: str, stamp: FileStamp) -> bool:
        try:
            return FileStamp.of((self.folder / name).lstat()) == stamp
        except OSError:
            return False

    def _process(self, name: str, stamp: FileStamp) -> None:
        processed = self._unmoved.get(name)
        if processed is None:
            try:
                processed = self._load_or_refuse(name, stamp)
            except (_NotNowError, FileNotFoundError):
                return
        if self._monotonic() >= processed.retry_at and self._is_unchanged(name, stamp):
            self._move(name, processed)

    def _load_or_refuse(self, name: str, stamp: FileStamp) -> Processed:
        most = self._loader.settings.max_file_mb
        if stamp.size > most * 1_000_000:
            error = FeedError(
                N_("{name} is larger than {most} MB."),
                N_("Split it, or raise FREIO_MAX_FILE_MB."),
                name=printable(name),
                most=most,
            )
            return self._refused(name, stamp, error)
        try:
            with self._copied(name, stamp) as (copy, id):
                return self._load_copy(copy, id, name, stamp)
        except _UnreadableError as unreadable:
            error = FeedError(
                N_("{name} cannot be read ({reason})."),
                N_("Let Freio read it, and put it back."),
                name=printable(name),
                reason=unreadable.__cause__,
            )
            return self._refused(name, stamp, error)

    def _load_copy(self, copy: BinaryIO, id: str, name: str, stamp: FileStamp) -> Processed:
        try:
            done = self._load(copy, id, name, stamp)
        except FeedError as refused:
            return self._refused(name, stamp, refused)
        except (StoreError, OutcomeUnknownError, _NotNowError):
            raise
        except Exception:
            # A file that causes an error in Freio must not block all other files.
            log.exception("an internal error occurred while loading %s", printable(name))
            error = FeedError(
                N_("An internal error occurred while loading {name}; the log has the details."),
                N_("Please report it."),
                name=printable(name),
            )
            return self._refused(name, stamp, error)
        rejects = self._loader.rejects_of(done) if done else ()
        report = as_report(done, rejects) if done else {"id": id, "loaded_at": None}
        return Processed(stamp, "done", {"file": printable(name), **report, "key": id})

    @contextmanager
    def _copied(self, name: str, stamp: FileStamp) -> Iterator[tuple[BinaryIO, str]]:
        """Copy a file; yield the copy and the id of its import.

        The id identifies the content of the copy, even if the file changes during the load.
        """
        digest = hashlib.sha256()
        with SpooledTemporaryFile(max_size=8 * _CHUNK) as copy:
            for chunk in _content(self.folder / name, stamp):
                digest.update(chunk)
                with using_temporary_files():
                    require_room(temporary_file(), len(chunk))
                    copy.write(chunk)
            if not self._is_unchanged(name, stamp):
                raise _NotNowError
            digest.update(b"\0" + os.fsencode(name) + b"\0" + str(stamp.changed_ns).encode())
            copy.seek(0)
            yield cast(BinaryIO, copy), digest.hexdigest()

    def _load(self, copy: BinaryIO, id: str, name: str, stamp: FileStamp) -> ImportSummary | None:
        """Load a file, unless it was loaded before. Return its import.

        Return None if the file was loaded before, and its import is no longer among the last 100.
        """
        store = self._loader.store
        if store.has_import(id):
            return next((done for done in store.imports(100) if done.id == id), None)
        written = datetime.fromtimestamp(stamp.changed_ns / 1e9, UTC)
        options = LoadOptions(
            as_of=min(written, self._loader.clock()),
            is_full=self._loader.settings.inbox_full,
            progress=self._progress,
            import_id=id,
        )
        actor = Actor("folder", Role.ADMINISTRATOR)
        return self._loader.load(copy, printable(name), actor, options)

    def _progress(self, _step: str, _rows: int, _share: float) -> None:
        """Renew the lease during a load. If the lease is lost or GRACE is over, cancel the load."""
        if self._stop_at is not None and self._monotonic() > self._stop_at:
            raise _NotNowError
        if not self._lease.is_held():
            raise _NotNowError

    def _refused(self, name: str, stamp: FileStamp, error: FreioError) -> Processed:
        REFUSED_FEEDS.labels("folder").inc()
        log.warning("a file in the watched folder could not be loaded: %s", error)
        report: dict[str, object] = {
            "file": printable(name),
            "loaded_at": None,
            "failed_at": self._loader.clock().isoformat(),
            "error": str(error),
            **_rejects(error),
            "key": f"{stamp.inode}-{stamp.size}-{stamp.changed_ns}",
        }
        return Processed(stamp, "failed", report)

    def _move(self, name: str, processed: Processed) -> None:
        file, folder = self.folder / name, self.folder / processed.folder
        try:
            move_with_report(file, folder, processed.report, self._loader.clock())
        except OSError as error:
            if not os.path.lexists(file):
                return  # another program moved or deleted the file
            if name not in self._unmoved:
                log.error("%s cannot be moved to %s: %s", printable(name), folder.name, error)
            processed.pause = _longer(processed.pause)
            processed.retry_at = self._monotonic() + processed.pause
            processed.error = error
            self._unmoved[name] = processed
        else:
            self._unmoved.pop(name, None)
            self._stable_since.pop(name, None)


def _longer(pause: float) -> float:
    return min(max(2 * pause, FIRST_PAUSE), LONGEST_PAUSE)


def _rejects(error: FreioError) -> dict[str, object]:
    if not isinstance(error, NothingReadError):
        return {}
    return {"rejects": rejects_report(error.rejects)}


def printable(name: str) -> str:
    """Return a file name that can be stored and logged, even if it has invalid bytes."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "�" for c in text)


def _content(file: Path, stamp: FileStamp) -> Iterator[bytes]:
    """Read a file if its stamp has not changed. Raises _UnreadableError if the reading fails."""
    try:
        with open(os.open(file, _OPEN), "rb") as source:
            found = os.fstat(source.fileno())
            if not stat.S_ISREG(found.st_mode) or FileStamp.of(found) != stamp:
                raise _NotNowError
            # Stop at this size, because a program can write to the file without end.
            left = stamp.size
            while left > 0 and (chunk := source.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _UnreadableError from error
