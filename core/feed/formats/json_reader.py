"""Read JSON files as `Rows`: one object on each line, or one array of objects."""

import codecs
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, Final

from core.errors import N_, FeedError
from core.feed.formats.line_reader import LineReader, LongLine
from core.feed.formats.rows import ANYTHING, Block, Damage, Expected, text_table
from core.feed.formats.text_encoding import as_utf8
from core.feed.limits import BLOCK_BYTES, BLOCK_CELLS, MAX_RECORD, TOO_LONG, require_columns

#: Objects in a block, and objects from which the headings are taken.
_ROWS: Final = 20_000
_PROBED: Final = 1_000
#: Bytes of an array that are read at a time.
_CHUNK: Final = 1 << 20
_NO_SPACE: Final = re.compile(r"\S")


class _DuplicateKey(ValueError):  # noqa: N818 - it takes the place of an object
    """Replaces an object that has a key twice; the message is the key."""


class _TooLong:
    """Replaces an object that is longer than a record may be."""


#: The place of an object (its line, or its number in an array), its text, the parsed object.
_Object = tuple[int, str, Any]


class JsonRows:
    """A JSON file. Raises FeedError if it holds neither lines nor an array of objects."""

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
            for _line, _text, found in islice(self._objects(), _PROBED):
                if isinstance(found, dict):
                    headings |= dict.fromkeys(found)
                    require_columns(headings)
            if not headings:
                raise FeedError(
                    N_("The file holds no JSON objects."), N_("Export one object for each send.")
                )
        except FeedError:
            self.close()
            raise
        self.headings = tuple(headings)
        self._known = frozenset(headings)

    def blocks(self, _expected: Expected = ANYTHING) -> Iterator[Block]:
        """Return the objects in the order of the file."""
        objects = self._objects()
        count = min(_ROWS, max(1, BLOCK_CELLS // len(self.headings)))
        while some := _next_objects(objects, count):
            rows: list[list[str | None]] = []
            lines: list[int] = []
            texts: list[str] = []
            damaged: list[Damage] = []
            for line, text, found in some:
                cells = self._cells(line, text, found)
                if isinstance(cells, Damage):
                    damaged.append(cells)
                else:
                    rows.append(cells)
                    lines.append(line)
                    texts.append(text)
            self.share = self._read / self._size
            yield Block(text_table(rows, len(self.headings)), lines, damaged, texts)

    def close(self) -> None:
        """Close the converted copy of the text, if there is one."""
        if self._stream is not self._source:
            self._stream.close()

    def _cells(self, line: int, text: str, found: Any) -> list[str | None] | Damage:
        if isinstance(found, _TooLong):
            return Damage(line, text, TOO_LONG, {"most": MAX_RECORD})
        if isinstance(found, _DuplicateKey):
            return Damage(line, text, N_("it has the key {key} twice"), {"key": str(found)})
        if not isinstance(found, dict):
            return Damage(line, text, N_("it is not a JSON object"), {})
        for key, value in found.items():
            if isinstance(value, dict | list):
                return Damage(line, text, N_("{key} holds more than one value"), {"key": key})
            if value is not None and key not in self._known:
                unknown = N_("it has a key {key} that the first rows do not have")
                return Damage(line, text, unknown, {"key": key})
        return [_plain(found.get(heading)) for heading in self.headings]

    def _objects(self) -> Iterator[_Object]:
        self._stream.seek(self._begin)
        return self._of_array() if self._is_array else self._of_lines()

    def _of_lines(self) -> Iterator[_Object]:
        reader = LineReader(self._stream, 1, _ROWS)
        while (lines := reader.peek()) is not None:
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

    def _of_array(self) -> Iterator[_Object]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")

        def more() -> str:
            chunk = self._stream.read(_CHUNK)
            self._read = self._stream.tell()
            return decoder.decode(chunk, final=not chunk)

        text, number = more(), 0
        at = _after_space(text, 0) + 1  # the bracket
        while True:
            at = _after_space(text, at)
            if number and text.startswith(",", at):
                at = _after_space(text, at + 1)
            if text.startswith("]", at):
                return
            found, end = _first(text, at)
            # The last value of the text may continue in the next chunk.
            if end is None or end == len(text):
                next_text = more() if len(text) - at <= MAX_RECORD else ""
                if next_text:
                    text, at = text[at:] + next_text, 0
                    continue
                if end is None:
                    raise _unfinished(number, is_long=len(text) - at > MAX_RECORD)
            number += 1
            yield number, text[at:end], found if end - at <= MAX_RECORD else _TooLong()
            at = end


def _next_objects(objects: Iterator[_Object], count: int) -> list[_Object]:
    """Return the next objects, as many as a block may hold."""
    some, size = [], 0
    for each in islice(objects, count):
        some.append(each)
        size += len(each[1])
        if size >= BLOCK_BYTES:
            break
    return some


def _after_space(text: str, at: int) -> int:
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
    happened = N_("The JSON array breaks off or is damaged after {n} objects.")
    return FeedError(happened, N_("Export it again."), n=number)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(key for key, _ in pairs)
        raise _DuplicateKey(next(key for key, n in times.items() if n > 1))
    return found


# Numbers stay as they are written, so that none is rounded.
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_int=str)


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except _DuplicateKey as duplicate:
        return duplicate
    except (ValueError, RecursionError):
        return None


def _first(text: str, at: int) -> tuple[Any, int | None]:
    """Return the value that begins at `at` and its end, or None if its end is not read yet."""
    try:
        return _DECODER.raw_decode(text, at)
    except _DuplicateKey as duplicate:
        return duplicate, json.JSONDecoder().raw_decode(text, at)[1]
    except (ValueError, RecursionError):
        return None, None


def _plain(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
