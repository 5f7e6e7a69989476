"""Keep an upload in a temporary file on disk."""

from __future__ import annotations

import io
import os
import shutil
import weakref
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from core.infrastructure.disk_space import require_room, temporary_file, using_temporary_files


class KeptFile:
    """The bytes of an upload in a temporary file.

    The file has no name. The system deletes the file after the end of this object or of the
    process. The constructor raises StoreDiskError if the disk has too little space.
    """

    def __init__(self, source: BinaryIO) -> None:
        self.size = source.seek(0, os.SEEK_END)
        source.seek(0)
        require_room(temporary_file(), self.size)
        with using_temporary_files():
            file = TemporaryFile(buffering=0)  # noqa: SIM115 - it stays open while this object exists
            weakref.finalize(self, file.close)
            shutil.copyfileobj(source, file, 1 << 20)
        self.descriptor = file.fileno()

    def open(self) -> BinaryIO:
        """Return a reader at the beginning of the file."""
        return cast(BinaryIO, io.BufferedReader(_Reader(self), 1 << 16))


class _Reader(io.RawIOBase):
    """Reads a kept file. A reader has no `fileno`.

    Each reader has its own position, but all readers share one descriptor with one position.
    """

    def __init__(self, kept: KeptFile) -> None:
        # This reference keeps the file open.
        self._kept = kept
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        begins = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._kept.size}
        self._place = begins[whence] + offset
        return self._place

    def readinto(self, into: memoryview, /) -> int:  # type: ignore[override]
        found = os.pread(self._kept.descriptor, len(into), self._place)
        into[: len(found)] = found
        self._place += len(found)
        return len(found)
