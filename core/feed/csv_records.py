"""CSV as people export it: records with their line numbers, damage kept apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CELL = 10_000
#: A record that spans more physical lines than this has lost its closing quote.
MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class Record:
    """A record: the physical line at which it begins (from 1), its raw text, and its cells.

    `cells` is None where the record could not be taken apart: its quote is never closed.
    """

    line: int
    raw: str
    cells: list[str] | None


def records(text: str, delimiter: str) -> Iterator[Record]:
    """Take a CSV text apart. Blank lines are left out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        used = _extent(lines, at, delimiter)
        raw = "\n".join(lines[at : at + max(used, 1)])
        yield Record(at + 1, raw, _cells(raw, delimiter) if used else None)
        at += max(used, 1)


def delimiter_of(heading: str) -> str:
    """Tell what parts the cells of a heading row."""
    outside = "".join(heading.split('"')[::2])
    return max((",", ";", "\t", "|"), key=outside.count)


def _extent(lines: list[str], at: int, delimiter: str) -> int:
    """Return how many lines the record at `at` takes, 0 where its quote is never closed."""
    inside = False
    for used in range(1, min(MAX_LINES, len(lines) - at) + 1):
        inside = _ends_inside(lines[at + used - 1], delimiter, inside)
        if not inside:
            return used
    return 0


def _ends_inside(line: str, delimiter: str, inside: bool) -> bool:
    """Tell whether a line ends within quotes. A quote opens a cell only where the cell begins."""
    if '"' not in line:
        return inside
    for piece in line.split(delimiter):
        if (inside or piece.startswith('"')) and piece.count('"') % 2:
            inside = not inside
    return inside


def _cells(raw: str, delimiter: str) -> list[str] | None:
    if '"' not in raw:
        return raw.split(delimiter)
    try:
        rows = list(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
