"""CSV as people export it: records with their line numbers, damage kept apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import N_, FeedError

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


def decode(data: bytes) -> str:
    """Decode UTF-8 or UTF-16 with or without their marks, else Windows-1252 (Latin-1's heir).

    Raises FeedError where the bytes are no text at all.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strictly(data, "utf-16")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\x00" in data[:4096]:
            raise _no_text() from None
        return data.decode("cp1252", errors="replace")
    return text


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise _no_text() from None


def _no_text() -> FeedError:
    return FeedError(N_("The file is not text. Export it as CSV and load that."))


def records(text: str) -> Iterator[Record]:
    """Take a CSV text apart, the heading row first. Blank lines are left out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    if at == len(lines):
        raise FeedError(N_("The file is empty."))
    delimiter = _delimiter(lines[at])
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        used = _extent(lines, at)
        raw = "\n".join(lines[at : at + max(used, 1)])
        yield Record(at + 1, raw, _cells(raw, delimiter) if used else None)
        at += max(used, 1)


def _delimiter(heading: str) -> str:
    outside = "".join(heading.split('"')[::2])
    return max((",", ";", "\t"), key=outside.count)


def _extent(lines: list[str], at: int) -> int:
    """Return how many lines the record at `at` takes, 0 where its quote is never closed."""
    quotes = 0
    for used in range(1, min(MAX_LINES, len(lines) - at) + 1):
        quotes += lines[at + used - 1].count('"')
        if quotes % 2 == 0:
            return used
    return 0


def _cells(raw: str, delimiter: str) -> list[str] | None:
    if '"' not in raw:
        return raw.split(delimiter)
    try:
        rows = list(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
