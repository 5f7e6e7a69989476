"""Disk space: checks before large writes, errors of a full disk, and a reserve for aborts.

If another program fills the disk, Freio releases the reserve, so aborts still work.
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

#: Bytes in reserve. In a measurement, a thousand aborts needed at most 7 MB.
RESERVE: Final = 16 << 20
#: Bytes that large writes leave free in addition to the reserve.
MARGIN: Final = 16 << 20

_PIECE: Final = 1 << 20
#: `FULL`: the error codes of a full disk. `_REFUSALS`: the error codes of all refused writes.
#: ENOENT means: there is no folder for temporary files.
FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_REFUSALS: Final = (*FULL, errno.EFBIG, errno.EROFS, errno.ENOENT)


def free_bytes(place: Path) -> int:
    """Return the free bytes on the disk of a file. The file does not have to exist."""
    try:
        return shutil.disk_usage(place.absolute().parent).free
    except OSError:
        return sys.maxsize  # the number is unknown, so the caller tries to write


def is_low(place: Path) -> bool:
    """Return whether the disk of a file has less than MARGIN bytes free."""
    return free_bytes(place) < MARGIN


def disk_of(place: Path) -> Path:
    """Return the mount point of the disk of a file."""
    found = Path(os.path.realpath(place))
    while not os.path.ismount(found) and found != found.parent:
        found = found.parent
    return found


def require_room(place: Path, need: int, free: int | None = None) -> None:
    """Raise StoreDiskError if the disk of a file has less than `need` + MARGIN bytes free."""
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
    """Return the error for a write refused by the disk of a file."""
    return StoreDiskError(
        N_("The disk {disk} refused the write ({reason})."),
        N_("Make room on the disk of {path}, or make it writable, then try again."),
        disk=disk_of(place),
        reason=reason,
        path=place,
    )


def temporary_file() -> Path:
    """Return a path on the disk of temporary files. The file is not created."""
    try:
        return Path(tempfile.gettempdir()) / "freio"
    except OSError:
        return Path(os.environ.get("TMPDIR", "/tmp")) / "freio"  # noqa: S108 - no file is created


@contextmanager
def using_temporary_files() -> Iterator[None]:
    """Raise StoreDiskError instead of OSError if the disk refuses temporary files."""
    try:
        yield
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        raise refused(temporary_file(), error.strerror or str(error)) from error


@dataclass(frozen=True, slots=True)
class Reserve:
    """A file that occupies disk space for aborts."""

    file: Path

    @classmethod
    def beside(cls, database: Path) -> Reserve:
        """Return the reserve of a database file."""
        return cls(database.with_name(database.name + ".reserve"))

    def keep(self) -> None:
        """Create the file if the disk has enough free space."""
        if self.file.exists() or free_bytes(self.file) < RESERVE + MARGIN:
            return
        try:
            with self.file.open("wb") as made:
                _allocate(made.fileno(), RESERVE)
        except OSError as error:
            log.warning("the disk space in reserve for aborts cannot be allocated: %s", error)
            self.release()

    def release(self) -> bool:
        """Delete the file; return whether the file existed."""
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
        # Write random bytes: a compressing file system stores zeros without taking space.
        for _ in range(0, size, _PIECE):
            os.write(descriptor, os.urandom(_PIECE))
    os.fsync(descriptor)
