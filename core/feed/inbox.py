"""The watched folder: files that appear in it are loaded, then put away with a report."""

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

from core.domain.imports import MOST_SHOWN, ImportSummary
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
from core.feed.archive import REPORT, put_away
from core.feed.loader import Loader
from core.feed.options import LoadOptions
from core.feed.reader import NothingReadError
from core.feed.report import as_report
from core.infrastructure.disk_space import require_room, temporary_file, using_temporary_files
from core.infrastructure.lease import Lease
from core.infrastructure.metrics import REFUSED_FEEDS
from core.infrastructure.periodic import PeriodicTask

log = logging.getLogger(__name__)

#: Seconds between two looks, and for which a file must not have changed.
TICK: Final = 2.0
QUIET: Final = 2.0

#: Seconds until the next try where the store is away: doubled each time, up to the longest.
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 60.0

#: Seconds that a load under way is given when Freio stops, less than a ticker's stop waits.
GRACE: Final = 8.0

#: Seconds between two tries whether the folder can be written.
CHECK: Final = 30.0

#: Programs write under such names until a file is whole.
_UNFINISHED: Final = (".part", ".tmp", ".crdownload", "~", REPORT)
_CHUNK: Final = 1 << 20
_OPEN: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a file looks like from outside; while that stays the same, nobody writes to it."""

    size: int
    changed_ns: int
    inode: int


@dataclass(slots=True)
class Outcome:
    """What came of a file that still lies in the folder, and when to try again to put it away."""

    look: Look
    folder: str
    report: dict[str, object]
    again_at: float = 0.0
    pause: float = 0.0
    #: Why it could not be put away.
    stuck: OSError | None = None


class _NotNowError(Exception):
    """The file is being written to, or this dashboard must leave it: nothing was changed."""


class _UnreadableError(Exception):
    """The file's content cannot be had."""


class Inbox:
    """A folder whose files are loaded one at a time, the oldest first.

    Each import has an id made of the file's content, name and time: whoever is interrupted between
    the load and the move finds the import again, and only moves. With a lease, one of several
    dashboards does it. `monotonic` is the clock of all waiting.
    """

    def __init__(
        self,
        folder: Path,
        loader: Loader,
        lease: Lease | None = None,
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
        self._seen: dict[str, tuple[Look, float]] = {}
        self._settled: dict[str, Outcome] = {}
        self._again_at = 0.0
        self._pause = 0.0
        self._told = ""
        self._leave_at: float | None = None
        self._is_started = False
        self._check_at = 0.0
        self._obstacle: OSError | None = None
        #: Why files cannot be taken from the folder or put away, None where they can.
        self.trouble: FreioError | None = None
        self._ticker = PeriodicTask("inbox", self.look, tick)

    def start(self) -> None:
        """Begin to watch, once."""
        if not self._is_started:
            self._is_started = True
            self._ticker.start()

    def stop(self) -> None:
        """Stop watching; a load under way may end, or is given up when that takes long."""
        self._leave_at = self._monotonic() + GRACE
        self._ticker.stop()
        if self._lease is not None:
            with suppress(StoreError):  # then it runs out by itself
                self._lease.give_up()

    def look(self) -> None:
        """Look at the folder once, and load what is ready."""
        if self._monotonic() < self._again_at:
            return
        try:
            self._work()
        except StoreDiskError as full:
            self._wait(f"files stay in {self.folder} and are tried again: {full}")
        except (StoreError, OutcomeUnknownError) as away:
            self._wait(f"the store is away, and files stay in {self.folder}: {away}")
        except OSError as error:
            self._wait(f"{self.folder} cannot be used: {error}")
            self.trouble = self._unusable(error)
        else:
            self._pause, self._told = 0.0, ""
            stuck = [each.stuck for each in self._settled.values() if each.stuck is not None]
            obstacle = next(iter(stuck), self._obstacle)
            self.trouble = None if obstacle is None else self._unusable(obstacle)

    def _work(self) -> None:
        if not self._is_ours():
            self._seen.clear()
            self._obstacle = None
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check()
        full: StoreDiskError | None = None
        for name, look in self._ready():
            if self._leave_at is not None or not self._is_ours():
                return
            try:
                self._take(name, look)
            except StoreDiskError as error:
                full = full or error  # a smaller file may still fit
        if full is not None:
            raise full

    def _check(self) -> None:
        """Try now and then whether the folder can be written, before a file has to be put away."""
        if self._monotonic() < self._check_at:
            return
        self._obstacle = None
        try:
            with TemporaryFile(dir=self.folder, prefix=".freio-") as test:
                test.write(b"\0")
                test.flush()
        except OSError as error:
            # What is in it may still be read and loaded.
            self._obstacle = error
        self._check_at = self._monotonic() + CHECK

    def _unusable(self, error: OSError) -> FreioError:
        return FreioError(
            N_("Freio cannot work in the watched folder {folder} ({reason})."),
            N_("Let Freio write to the folder and make room there; it then goes on by itself."),
            N_("New files may not be loaded, so what begins since then is not seen here."),
            folder=self.folder,
            reason=AdminText(error.strerror or error),
        )

    def _is_ours(self) -> bool:
        return self._lease is None or self._lease.is_held()

    def _wait(self, why: str) -> None:
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        self._again_at = self._monotonic() + self._pause
        if why != self._told:
            log.warning("%s", why)
        self._told = why

    # What is there

    def _ready(self) -> list[tuple[str, Look]]:
        """Return the files that nobody writes to any more, in order of their time, then name."""
        now = self._monotonic()
        there = dict(self._files())
        before = self._seen
        self._seen = {
            name: before[name] if name in before and before[name][0] == look else (look, now)
            for name, look in there.items()
        }
        self._settled = {
            name: old for name, old in self._settled.items() if there.get(name) == old.look
        }
        quiet = [(n, look) for n, (look, since) in self._seen.items() if now - since >= self._quiet]
        return sorted(quiet, key=lambda found: (found[1].changed_ns, found[0]))

    def _files(self) -> Iterator[tuple[str, Look]]:
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
                    continue
                with suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(found.st_mode):
                        yield entry.name, _look_of(found)

    def _is_still(self, name: str, look: Look) -> bool:
        try:
            return _look_of((self.folder / name).lstat()) == look
        except OSError:
            return False

    # Taking one file

    def _take(self, name: str, look: Look) -> None:
        outcome = self._settled.get(name)
        if outcome is None:
            try:
                outcome = self._judge(name, look)
            except (_NotNowError, FileNotFoundError):
                return
        if self._monotonic() >= outcome.again_at and self._is_still(name, look):
            self._put_away(name, outcome)

    def _judge(self, name: str, look: Look) -> Outcome:
        """Load a file, and tell what came of it."""
        most = self._loader.settings.max_file_mb
        if look.size > most * 1_000_000:
            error = FeedError(
                N_("{name} is larger than {most} MB."),
                N_("Split it, or raise FREIO_MAX_FILE_MB."),
                name=shown(name),
                most=most,
            )
            return self._failed(name, look, error)
        try:
            with self._copied(name, look) as (copy, id):
                return self._outcome(copy, id, name, look)
        except _UnreadableError as unreadable:
            error = FeedError(
                N_("{name} cannot be read ({reason})."),
                N_("Let Freio read it, and put it back."),
                name=shown(name),
                reason=unreadable.__cause__,
            )
            return self._failed(name, look, error)

    def _outcome(self, copy: BinaryIO, id: str, name: str, look: Look) -> Outcome:
        try:
            return self._loaded(name, look, id, self._load(copy, id, name, look))
        except FeedError as refused:
            return self._failed(name, look, refused)
        except (StoreError, OutcomeUnknownError, _NotNowError):
            raise
        except Exception:
            # One file that meets a mistake of ours must not keep all others waiting.
            log.exception("%s met an error of Freio's own", shown(name))
            error = FeedError(
                N_("{name} met an error of Freio's own, which the log tells."),
                N_("Please report it."),
                name=shown(name),
            )
            return self._failed(name, look, error)

    @contextmanager
    def _copied(self, name: str, look: Look) -> Iterator[tuple[BinaryIO, str]]:
        """Copy a file out of others' reach; yield the copy and the id of its import.

        What is loaded is then what the id stands for, whatever becomes of the file meanwhile.
        """
        digest = hashlib.sha256()
        with SpooledTemporaryFile(max_size=8 * _CHUNK) as copy:
            for chunk in _content(self.folder / name, look):
                digest.update(chunk)
                with using_temporary_files():
                    require_room(temporary_file(), len(chunk))
                    copy.write(chunk)
            if not self._is_still(name, look):
                raise _NotNowError
            digest.update(b"\0" + os.fsencode(name) + b"\0" + str(look.changed_ns).encode())
            copy.seek(0)
            yield cast(BinaryIO, copy), digest.hexdigest()

    def _load(self, copy: BinaryIO, id: str, name: str, look: Look) -> ImportSummary | None:
        """Load a file, unless its import is there already; that may be too old to be listed."""
        store = self._loader.store
        if store.has_import(id):
            return next((done for done in store.imports(100) if done.id == id), None)
        written = datetime.fromtimestamp(look.changed_ns / 1e9, UTC)
        options = LoadOptions(
            as_of=min(written, self._loader.clock()),
            is_full=self._loader.settings.inbox_full,
            progress=self._progress,
            import_id=id,
        )
        return self._loader.load(copy, shown(name), Actor("folder", Role.ADMINISTRATOR), options)

    def _progress(self, _what: str, _rows: int, _share: float) -> None:
        """Keep the lease during a long load; end the load where we must not go on."""
        if self._leave_at is not None and self._monotonic() > self._leave_at:
            raise _NotNowError
        if not self._is_ours():
            raise _NotNowError

    def _loaded(self, name: str, look: Look, id: str, done: ImportSummary | None) -> Outcome:
        told = as_report(done) if done else {"id": id, "loaded_at": None}
        return Outcome(look, "done", {"file": shown(name), **told, "key": id})

    def _failed(self, name: str, look: Look, error: FreioError) -> Outcome:
        REFUSED_FEEDS.labels("folder").inc()
        log.warning("a file of the inbox could not be loaded: %s", error)
        report: dict[str, object] = {
            "file": shown(name),
            "loaded_at": None,
            "failed_at": self._loader.clock().isoformat(),
            "error": str(error),
            **_rejected(error),
            "key": f"{look.inode}-{look.size}-{look.changed_ns}",
        }
        return Outcome(look, "failed", report)

    def _put_away(self, name: str, outcome: Outcome) -> None:
        file = self.folder / name
        try:
            put_away(file, self.folder / outcome.folder, outcome.report, self._loader.clock())
        except OSError as error:
            if not os.path.lexists(file):
                return  # somebody else took it away
            if name not in self._settled:
                log.error("%s cannot be moved to %s: %s", shown(name), outcome.folder, error)
            outcome.pause = min(max(2 * outcome.pause, FIRST_PAUSE), LONGEST_PAUSE)
            outcome.again_at = self._monotonic() + outcome.pause
            outcome.stuck = error
            self._settled[name] = outcome
        else:
            self._settled.pop(name, None)
            self._seen.pop(name, None)


def _rejected(error: FreioError) -> dict[str, object]:
    """Return the first rows that could not be read, where that is why a file failed."""
    if not isinstance(error, NothingReadError):
        return {}
    return {
        "rejects": [
            {"line": each.line, "reasons": [str(why) for why in each.reasons], "raw": each.raw}
            for each in error.rejects[:MOST_SHOWN]
        ]
    }


def shown(name: str) -> str:
    """Return a file's name as it can be stored and logged, whatever bytes it is made of."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "�" for c in text)


def _look_of(found: os.stat_result) -> Look:
    return Look(found.st_size, found.st_mtime_ns, found.st_ino)


def _content(file: Path, look: Look) -> Iterator[bytes]:
    """Read the very file that was looked at. Raises _UnreadableError where that cannot be done."""
    try:
        with open(os.open(file, _OPEN), "rb") as source:
            found = os.fstat(source.fileno())
            if not stat.S_ISREG(found.st_mode) or _look_of(found) != look:
                raise _NotNowError
            left = look.size  # never more: whoever still writes must not keep us here
            while left > 0 and (chunk := source.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _UnreadableError from error
