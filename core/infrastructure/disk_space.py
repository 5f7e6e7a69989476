"""Space on disks: how much is free, what is kept in reserve for aborts, what is said of a full one.

A load stops before the disk is full. What fills the disk all the same (another program, say) must
not keep an abort from being written, so some space is allocated beforehand and given up then.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import N_, StoreDiskError

log = logging.getLogger(__name__)

#: Bytes in reserve. A thousand aborts took 7 MB at most: the log, a checkpoint, the second record.
RESERVE: Final = 16 << 20
#: Bytes that loads, temporary files and backups leave free on a disk beside the reserve.
MARGIN: Final = 16 << 20

_PIECE: Final = 1 << 20
#: What the system says of a full disk, and of one that takes no write for whatever reason. With
#: ENOENT, there is no folder that takes temporary files.
FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_REFUSALS: Final = (*FULL, errno.EFBIG, errno.EROFS, errno.ENOENT)


def free_bytes(place: Path) -> int:
    """Return how much is free on the disk of a file that may not exist yet, if the system says."""
    try:
        return shutil.disk_usage(place.absolute().parent).free
    except OSError:
        return sys.maxsize  # the write itself will show it


def is_low(place: Path) -> bool:
    """Tell whether no more is free on the disk of a file than loads leave."""
    return free_bytes(place) < MARGIN


def disk_of(place: Path) -> Path:
    """Return where the disk of a file is mounted: the name under which people know it."""
    found = Path(os.path.realpath(place))
    while not os.path.ismount(found) and found != found.parent:
        found = found.parent
    return found


def require_room(place: Path, need: int, free: int | None = None) -> None:
    """Raise StoreDiskError where so many bytes do not fit on the disk of a file, with the margin.

    `free` is how much was free, where that was measured earlier.
    """
    free = free_bytes(place) if free is None else free
    if free >= need + MARGIN:
        return
    raise StoreDiskError(
        N_(
            "The disk {disk} has no room for this: it takes about {need} MB, and {free} MB are "
            "free."
        ),
        N_("Make room on the disk of {path}, then try again."),
        disk=disk_of(place),
        need=-(-(need + MARGIN) // 1_000_000),
        free=free // 1_000_000,
        path=place,
    )


def refused(place: Path, reason: str) -> StoreDiskError:
    """Return what to say of a write that the disk of a file did not take."""
    return StoreDiskError(
        N_("The disk {disk} did not take the write ({reason})."),
        N_("Make room on the disk of {path}, or make it writable, then try again."),
        disk=disk_of(place),
        reason=reason,
        path=place,
    )


def temporary_file() -> Path:
    """Return a place on the disk of temporary files. Nothing is made there."""
    try:
        return Path(tempfile.gettempdir()) / "freio"
    except OSError:  # none can be written to
        return Path(os.environ.get("TMPDIR", "/tmp")) / "freio"  # noqa: S108 - it is only named


@contextmanager
def using_temporary_files() -> Iterator[None]:
    """Raise StoreDiskError in place of the OSError of a disk that takes no temporary file."""
    try:
        yield
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        raise refused(temporary_file(), error.strerror or str(error)) from error


@dataclass(frozen=True, slots=True)
class Reserve:
    """A file that takes up space until an abort needs it."""

    file: Path

    @classmethod
    def beside(cls, database: Path) -> Reserve:
        """Return the reserve of a database file."""
        return cls(database.with_name(database.name + ".reserve"))

    def keep(self) -> None:
        """Take up the space, where there is enough of it."""
        if self.file.exists() or free_bytes(self.file) < RESERVE + MARGIN:
            return
        try:
            with self.file.open("wb") as made:
                _allocate(made.fileno(), RESERVE)
        except OSError as error:
            log.warning("no space can be kept in reserve for aborts: %s", error)
            self.release()

    def release(self) -> bool:
        """Give the space up; tell whether there was any."""
        try:
            self.file.unlink()
        except OSError:
            return False
        log.warning("the disk %s is full: the space in reserve is used", disk_of(self.file))
        return True


def _allocate(descriptor: int, size: int) -> None:
    try:
        os.posix_fallocate(descriptor, 0, size)
    except (AttributeError, OSError) as error:
        if isinstance(error, OSError) and error.errno in _REFUSALS:
            raise
        # Zeros would take no space where the file system compresses.
        for _ in range(0, size, _PIECE):
            os.write(descriptor, os.urandom(_PIECE))
    os.fsync(descriptor)
