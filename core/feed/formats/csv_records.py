"""Split CSV text into records with line numbers, and mark damaged records."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from core.feed.formats.stray_quotes import stray_lines
from core.feed.limits import MAX_LINES, MAX_RECORD

#: With fewer columns, Freio does not look for rows inside quoted cells.
_LEAST_WIDTH: Final = 4

# By default, Python reads no cell over 131,072 characters. The new limit is for the whole process.
csv.field_size_limit(MAX_RECORD)


@dataclass(frozen=True, slots=True)
class Record:
    """A record of CSV.

    - `line`: the number of the first line, from 1.
    - `cells`: None for a damaged record, for example without a closing quote.
    - `rows_in_cell`: how many lines inside a quoted cell look like rows. If the number is not 0,
      `raw` is only the first line.
    - `is_stray`: whether `stray_lines` has found the line.
    """

    line: int
    raw: str
    cells: list[str] | None
    rows_in_cell: int = 0
    is_stray: bool = False


def records(text: str, delimiter: str, *, is_end: bool = True, width: int = 0) -> Iterator[Record]:
    """Split a CSV text into records. Skip blank lines.

    In these cases, only the first line of a record becomes a damaged record, and the next line
    begins a new record:

    * The record has no end.
    * The record has more than MAX_LINES lines or MAX_RECORD bytes.
    * Lines in a quoted cell look like rows of `width` cells.

    If `is_end` is False, more text follows. An unfinished record at the end is then left out.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    stray = stray_lines(lines, delimiter, width) if width else {}
    last = _last_lines(lines, delimiter, stray)
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        if at in stray:
            yield Record(at + 1, lines[at], stray[at], is_stray=True)
            at += 1
            continue
        after = last[at] + 1
        if after > len(lines) and not is_end and _is_short(lines, at, len(lines) + 1):
            return
        is_closed = after <= len(lines) and _is_short(lines, at, after)
        rows_in_cell = _rows_among(lines[at:after], delimiter, width) if is_closed and width else 0
        if rows_in_cell:
            yield Record(at + 1, lines[at], None, rows_in_cell)
            at += 1
            continue
        after = after if is_closed else at + 1
        raw = "\n".join(lines[at:after])
        yield Record(at + 1, raw, _cells(raw, delimiter) if is_closed else None)
        at = after


def has_spaced_quotes(chunk: bytes, delimiter: str) -> bool:
    """Return whether a cell can begin with spaces and a quote: `a, "b, c"`."""
    pattern = rf'(?:^|{re.escape(delimiter)}) +"'.encode()
    return b' "' in chunk and re.search(pattern, chunk, re.MULTILINE) is not None


def delimiter_of(heading: str) -> str:
    """Return the delimiter of a row of headings."""
    outside = "".join(heading.split('"')[::2])
    return max((",", ";", "\t", "|"), key=outside.count)


def cells_of(line: str, delimiter: str = "") -> list[str]:
    """Return the cells of a line that is a whole record."""
    delimiter = delimiter or delimiter_of(line)
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))


def _last_lines(lines: Sequence[str], delimiter: str, stray: Collection[int]) -> list[int]:
    """Return a list `last`. If a record begins at line `n`, `last[n]` is its last line.

    `last[n]` is `len(lines)` for a record without an end. A line in `stray` is a whole record.
    """
    found = [0] * len(lines)
    closing = len(lines)  # the next line that closes a quote
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        if '"' not in line or at in stray:
            found[at] = at
            continue
        found[at] = closing if _ends_inside(line, delimiter, False) else at
        closing = closing if _ends_inside(line, delimiter, True) else at
    return found


def _ends_inside(line: str, delimiter: str, inside: bool) -> bool:
    """Return whether a line ends inside a quoted cell. `inside`: whether the line begins so."""
    for piece in line.split(delimiter):
        if (inside or piece.lstrip(" ").startswith('"')) and piece.count('"') % 2:
            inside = not inside
    return inside


def _rows_among(lines: Sequence[str], delimiter: str, width: int) -> int:
    """Return how many lines after the first line look like rows.

    The first and the last line can be two halves of one correct row. The last line counts only if
    the first line alone looks like a row.
    """
    if len(lines) < 2 or width < _LEAST_WIDTH:
        return 0
    is_row = [_looks_like_row(line, delimiter, width) for line in lines]
    return sum(is_row[1:-1]) + (is_row[0] and is_row[-1])


def _looks_like_row(line: str, delimiter: str, width: int) -> bool:
    cells = line.split(delimiter)
    return len(cells) == width and sum(any(map(str.isdigit, cell)) for cell in cells) > 1


def _is_short(lines: Sequence[str], at: int, after: int) -> bool:
    # LineReader limits the length of a single line.
    return after == at + 1 or (
        after - at <= MAX_LINES and len("\n".join(lines[at:after]).encode()) <= MAX_RECORD
    )


def _cells(raw: str, delimiter: str) -> list[str] | None:
    if '"' not in raw:
        return raw.split(delimiter)
    text, rows = io.StringIO(raw, newline=""), []
    with suppress(csv.Error):
        rows = list(csv.reader(text, delimiter=delimiter, skipinitialspace=True))
    return rows[0] if len(rows) == 1 else None
