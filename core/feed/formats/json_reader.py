"""JSON behind the `Rows` protocol: one object a line, or one array of objects."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, Final

import pyarrow as pa

from core.errors import N_, FeedError
from core.feed.formats.line_reader import LineReader, LongLine
from core.feed.formats.protocols import ANYTHING, Damage, Expected
from core.feed.formats.table_block import cells_at, text_table
from core.feed.formats.text_encoding import as_utf8
from core.feed.limits import BLOCK_BYTES, BLOCK_CELLS, MAX_RECORD, TOO_LONG, require_columns

#: Objects that make a block, and those that are looked at for the headings.
_ROWS: Final = 20_000
_LOOKED_AT: Final = 1_000
#: Bytes of an array that are read at a time.
_PIECE: Final = 1 << 20
_NO_SPACE: Final = re.compile(r"\S")


@dataclass(frozen=True)
class JsonBlock:
    """A block of objects, with their texts."""

    table: pa.Table
    lines: Sequence[int]
    damaged: Sequence[Damage]
    texts: Sequence[str]

    def raw(self, index: int) -> str:
        """Return the text of an object as it stands in the file."""
        return self.texts[index]

    def cells(self, places: Sequence[int]) -> Sequence[Sequence[str]]:
        """Return some objects as trimmed texts, a list for each column."""
        return cells_at(self.table, places)


class _Doubled(ValueError):  # noqa: N818 - it says which key an object has twice
    pass


class _TooLong:
    """In place of an object that is longer than a record may be."""


#: Where an object begins (its line, or its number in an array), its text, and what it is.
_Found = tuple[int, str, Any]


class JsonRows:
    """A JSON file. Raises FeedError where it is neither lines nor an array of objects."""

    def __init__(self, stream: BinaryIO) -> None:
        self._source = stream
        self.share = 0.0
        self._stream, self._begin = as_utf8(stream)
        self._size = self._stream.seek(0, os.SEEK_END)
        self._read = 0
        self._stream.seek(self._begin)
        self._is_array = self._stream.read(4096).lstrip()[:1] == b"["
        headings: dict[str, None] = {}
        try:
            for _line, _text, found in islice(self._objects(), _LOOKED_AT):
                if isinstance(found, dict):
                    headings |= dict.fromkeys(found)
                    require_columns(headings)
        except FeedError:
            self.close()
            raise
        if not headings:
            self.close()
            raise FeedError(
                N_("The file holds no JSON objects."), N_("Export one object for each send.")
            )
        self.headings = tuple(headings)
        self._known = frozenset(headings)

    def blocks(self, _expected: Expected = ANYTHING) -> Iterator[JsonBlock]:
        """Return the objects in the order of the file."""
        objects = self._objects()
        rows = min(_ROWS, max(1, BLOCK_CELLS // len(self.headings)))
        while some := _some(objects, rows):
            kept: list[tuple[int, str, list[str | None]]] = []
            damaged: list[Damage] = []
            for line, text, found in some:
                cells = self._cells(line, text, found)
                if isinstance(cells, Damage):
                    damaged.append(cells)
                else:
                    kept.append((line, text, cells))
            table = text_table([cells for _, _, cells in kept], len(self.headings))
            lines = [line for line, _, _ in kept]
            self.share = self._read / self._size
            yield JsonBlock(table, lines, damaged, [text for _, text, _ in kept])

    def close(self) -> None:
        """Let go of the text, if it had to be written anew."""
        if self._stream is not self._source:
            self._stream.close()

    def _cells(self, line: int, text: str, found: Any) -> list[str | None] | Damage:
        if isinstance(found, _TooLong):
            return Damage(line, text, TOO_LONG, {"most": MAX_RECORD})
        if isinstance(found, _Doubled):
            return Damage(line, text, N_("it has the key {key} twice"), {"key": str(found)})
        if not isinstance(found, dict):
            return Damage(line, text, N_("it is not a JSON object"), {})
        for key, value in found.items():
            if isinstance(value, dict | list):
                return Damage(line, text, N_("{key} holds more than one value"), {"key": key})
            if value is not None and key not in self._known:
                said = N_("it has a key {key} that the first rows do not have")
                return Damage(line, text, said, {"key": key})
        return [_plain(found.get(heading)) for heading in self.headings]

    def _objects(self) -> Iterator[_Found]:
        self._stream.seek(self._begin)
        return self._of_array() if self._is_array else self._of_lines()

    def _of_lines(self) -> Iterator[_Found]:
        reader = LineReader(self._stream, 1, _ROWS)
        while (lines := reader.look()) is not None:
            if isinstance(lines, LongLine):
                self._read = self._begin + reader.passed
                yield lines.number, lines.beginning, _TooLong()
                continue
            begin = 0
            for number, end in enumerate(lines.ends.tolist(), start=lines.first):
                text = lines.text[begin:end].decode(errors="replace").strip()
                begin = end
                self._read = self._begin + reader.passed + end
                if text:
                    yield number, text, _parsed(text)
            reader.take(len(lines.ends), len(lines.text))

    def _of_array(self) -> Iterator[_Found]:
        text, at, number = self._more(), 0, 0
        at = _after_space(text, 0) + 1  # the bracket
        while True:
            at = _after_space(text, at)
            if number and text.startswith(",", at):
                at = _after_space(text, at + 1)
            if text.startswith("]", at):
                return
            found, end = _first(text, at)
            # An end that touches the end of what is read may not be its end.
            if end is None or end == len(text):
                more = self._more() if len(text) - at <= MAX_RECORD else ""
                if more:
                    text, at = text[at:] + more, 0
                    continue
                if end is None:
                    raise _unfinished(number, is_long=len(text) - at > MAX_RECORD)
            number += 1
            yield number, text[at:end], found if end - at <= MAX_RECORD else _TooLong()
            at = end

    def _more(self) -> str:
        # Whole characters only: a piece may end within one.
        piece = self._stream.read(_PIECE)
        while piece and (piece[-1] & 0xC0) in (0x80, 0xC0) and (one := self._stream.read(1)):
            piece += one
            if one[0] < 0x80:
                break
        self._read = self._stream.tell()
        return piece.decode(errors="replace")


def _some(objects: Iterator[_Found], rows: int) -> list[_Found]:
    """Return the next objects, as many as a block may hold."""
    some, size = [], 0
    for each in islice(objects, rows):
        some.append(each)
        size += len(each[1])
        if size >= BLOCK_BYTES:
            break
    return some


def _after_space(text: str, at: int) -> int:
    """Return where the next character stands that is no space."""
    found = _NO_SPACE.search(text, at)
    return found.start() if found else len(text)


def _unfinished(number: int, *, is_long: bool) -> FeedError:
    if is_long:
        return FeedError(
            N_("The object after the first {n} of the JSON array has no end within {most} bytes."),
            N_("Correct that object, or export again with one object on each line."),
            n=number,
            most=MAX_RECORD,
        )
    said = N_("The JSON array breaks off or is damaged after {n} objects.")
    return FeedError(said, N_("Export it again."), n=number)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(key for key, _ in pairs)
        raise _Doubled(next(key for key, n in times.items() if n > 1))
    return found


# Numbers stay as they are written, so that none is rounded.
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=str, parse_int=str)


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except _Doubled as doubled:
        return doubled
    except (ValueError, RecursionError):
        return None


def _first(text: str, at: int) -> tuple[Any, int | None]:
    """Return the value that begins at a place, and where it ends; None where it has no end yet."""
    try:
        return _DECODER.raw_decode(text, at)
    except _Doubled as doubled:
        return doubled, json.JSONDecoder().raw_decode(text, at)[1]
    except (ValueError, RecursionError):
        return None, None


def _plain(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
