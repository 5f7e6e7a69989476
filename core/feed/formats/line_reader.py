"""Read a text in groups of whole lines. A very long line needs only little memory."""

from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from core.feed.limits import BLOCK_BYTES, MAX_LINES, MAX_RAW, MAX_RECORD

_READ: Final = BLOCK_BYTES
_LINE_END: Final = 10


@dataclass(frozen=True, slots=True)
class Lines:
    """Some whole lines.

    - `first`: the number of the first line.
    - `ends`: the end of each line, as a position in `text`.
    - `is_end`: whether the last record must end here: the file ends, or the next line is too long.
    """

    text: bytes
    first: int
    ends: npt.NDArray[np.int64]
    is_end: bool


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line over the maximum length."""

    number: int
    beginning: str


class LineReader:
    """Reads lines from the current position of a stream. The first line gets the number `number`.

    A line with more than `most` bytes is too long. `passed` is the number of bytes from the first
    line to the next line of `peek`.
    """

    def __init__(self, stream: BinaryIO, number: int, rows: int, most: int = MAX_RECORD) -> None:
        self._stream, self._number, self._most = stream, number, most
        self._rows = max(rows, MAX_LINES + 1)
        self.passed = 0
        self._data, self._at, self._is_last = b"", 0, False
        # The ends of the lines in `_data`.
        self._ends: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._done = 0  # the number of used lines in `_data`

    def peek(self) -> Lines | LongLine | None:
        """Return the next lines, or None at the end. Then call `take`, but not for a `LongLine`."""
        # With this much data, the first line has an end or is too long.
        while not self._is_last and len(self._data) - self._at <= 2 * self._most:
            self._read_more()
        if self._at == len(self._data):
            return None
        ends = self._ends[self._done : self._done + self._rows] - self._at
        ends = ends[: np.searchsorted(ends, max(BLOCK_BYTES, self._most + 1), "right")]
        long = np.flatnonzero(np.diff(ends, prepend=0) > self._most + 1)
        if len(long):
            ends = ends[: long[0]]
        is_end = bool(len(long)) or self._is_before_long(ends)
        if not len(ends):
            return self._take_long()
        end = int(ends[-1])
        is_end = is_end or (self._is_last and self._at + end == len(self._data))
        text = self._data[self._at : self._at + end]
        return Lines(text, self._number, ends, is_end)

    def take(self, lines: int, size: int) -> None:
        """Skip this many lines and bytes."""
        self._number += lines
        self._done += lines
        self._at += size
        self.passed += size

    def _read_more(self) -> None:
        chunk = self._stream.read(_READ)
        self._is_last = len(chunk) < _READ
        self._data = self._data[self._at :] + chunk
        self._at = self._done = 0
        ends = np.flatnonzero(np.frombuffer(self._data, np.uint8) == _LINE_END) + 1
        # The last line of a file can lack a line end.
        if self._is_last and self._data and not self._data.endswith(b"\n"):
            ends = np.append(ends, len(self._data))
        self._ends = ends

    def _is_before_long(self, ends: npt.NDArray[np.int64]) -> bool:
        """Return whether the line after `ends` is too long, and has no end in `_data`."""
        if self._done + len(ends) < len(self._ends):
            return False
        begin = self._at + (int(ends[-1]) if len(ends) else 0)
        return len(self._data) - begin > self._most

    def _take_long(self) -> LongLine:
        beginning = self._data[self._at : self._at + 4 * MAX_RAW].decode(errors="replace")
        found = LongLine(self._number, beginning[: MAX_RAW + 1])
        while self._done == len(self._ends) and not self._is_last:
            self.take(0, len(self._data) - self._at)
            self._read_more()
        if self._done < len(self._ends):
            self.take(1, int(self._ends[self._done]) - self._at)
        return found
