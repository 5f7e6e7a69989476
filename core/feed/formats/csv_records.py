"""CSV as people export it: records with their line numbers, damage kept apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.feed.limits import MAX_LINES, MAX_RECORD

# The module's own limit is 131,072 characters, for the whole process.
csv.field_size_limit(MAX_RECORD)


@dataclass(frozen=True, slots=True)
class Record:
    """A record: the physical line at which it begins (from 1), its raw text, and its cells.

    `cells` is None where the record could not be taken apart: its quote is never closed.
    """

    line: int
    raw: str
    cells: list[str] | None


def records(text: str, delimiter: str, *, is_end: bool = True) -> Iterator[Record]:
    """Take a CSV text apart. Blank lines are left out.

    A quote that is not closed within MAX_LINES lines and MAX_RECORD bytes is never closed: its line
    is a record of its own, and the next line begins a new one. Where the text goes on (`is_end` is
    false), a last record that may go on too is left out.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    last = _last_lines(lines, delimiter)
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        after = last[at] + 1
        if after > len(lines) and not is_end and _may_go_on(lines, at):
            return
        is_closed = after <= len(lines) and _is_short(lines, at, after)
        after = after if is_closed else at + 1
        raw = "\n".join(lines[at:after])
        yield Record(at + 1, raw, _cells(raw, delimiter) if is_closed else None)
        at = after


def delimiter_of(heading: str) -> str:
    """Tell what parts the cells of a heading row."""
    outside = "".join(heading.split('"')[::2])
    return max((",", ";", "\t", "|"), key=outside.count)


def _last_lines(lines: Sequence[str], delimiter: str) -> list[int]:
    """Return for each line where a record that begins there ends; beyond all lines if nowhere.

    From the last line to the first, so that each is looked at once however many quotes are open.
    """
    found = [0] * len(lines)
    closing = len(lines)  # where a quote that is open at the beginning of the next line is closed
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        if '"' not in line:
            found[at] = at
            continue
        found[at] = closing if _ends_inside(line, delimiter, False) else at
        closing = closing if _ends_inside(line, delimiter, True) else at
    return found


def _ends_inside(line: str, delimiter: str, inside: bool) -> bool:
    """Tell whether a line ends within quotes. A quote opens a cell only where the cell begins."""
    for piece in line.split(delimiter):
        if (inside or piece.startswith('"')) and piece.count('"') % 2:
            inside = not inside
    return inside


def _may_go_on(lines: Sequence[str], at: int) -> bool:
    return _is_short(lines, at, len(lines) + 1)


def _is_short(lines: Sequence[str], at: int, after: int) -> bool:
    if after == at + 1:
        return True  # a single line is limited where it is read
    return after - at <= MAX_LINES and _size(lines, at, after) <= MAX_RECORD


def _size(lines: Sequence[str], at: int, after: int) -> int:
    return len("\n".join(lines[at:after]).encode())


def _cells(raw: str, delimiter: str) -> list[str] | None:
    if '"' not in raw:
        return raw.split(delimiter)
    try:
        rows = list(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
