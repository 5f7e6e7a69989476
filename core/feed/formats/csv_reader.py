"""CSV and its kin as people export it: taken apart by Arrow, and by hand where Arrow is unsure.

Arrow reads a chunk of whole lines. What it does not read one record to a line (quoted line ends,
quotes that are never closed) is read again by `csv_records`, which says line by line what
is wrong.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as pa_csv

from core.errors import N_, FeedError
from core.feed.formats.csv_records import Record, delimiter_of, records
from core.feed.formats.csv_types import PROBED, may_be_typed, types_of
from core.feed.formats.line_reader import LineReader, Lines, LongLine
from core.feed.formats.protocols import ANYTHING, Damage, Expected
from core.feed.formats.table_block import cells_at
from core.feed.formats.text_encoding import as_utf8
from core.feed.limits import BLOCK_ROWS, MAX_LINES, MAX_RECORD, require_columns

#: Blank lines before the headings.
_MOST_BLANK: Final = 1_000

_SEPARATOR: Final = re.compile(rb"\"?sep=.\"?\s*", re.IGNORECASE)
_HEADINGS: Final = N_("Export it again, with the headings in the first line.")
_UNCLOSED: Final = N_("a quote is opened and never closed")
_LONG: Final = N_("it is longer than {most} bytes: a closing quote or a line end may be missing")
_WIDTH: Final = N_("it has {found} cells, the heading has {expected}")


@dataclass(frozen=True)
class TextBlock:
    """A block of lines. `texts` are the raw texts of its rows, or their chunk and their places.

    Where columns of the table are typed, `parsed` takes lines apart into texts.
    """

    table: pa.Table
    lines: Sequence[int]
    damaged: Sequence[Damage]
    chunk: bytes = b""
    places: Sequence[int] = ()
    texts: Sequence[str] = field(default=())
    parsed: Callable[[bytes], pa.Table] | None = None

    def raw(self, index: int) -> str:
        """Return the text of a row as it stands in the file."""
        if self.texts:
            return self.texts[index]
        return self._split[self.places[index]].rstrip(b"\r").decode(errors="replace")

    def cells(self, places: Sequence[int]) -> Sequence[Sequence[str]]:
        """Return some rows as trimmed texts, a list for each column."""
        if self.parsed is None or not places:
            return cells_at(self.table, places)
        lines = b"\n".join(self._split[self.places[each]] for each in places)
        return cells_at(self.parsed(lines), range(len(places)))

    @cached_property
    def _split(self) -> list[bytes]:
        return self.chunk.split(b"\n")


class TextRows:
    """A delimited text file behind the `Rows` protocol. Raises FeedError where it is none."""

    def __init__(self, stream: BinaryIO) -> None:
        self._source = stream
        self.share = 0.0
        self._stream, begin = as_utf8(stream)
        self._size = self._stream.seek(0, os.SEEK_END)
        try:
            self._stream.seek(begin)
            heading, self._line = self._heading()
        except FeedError:
            self.close()
            raise
        self._begin = self._stream.tell()
        self._delimiter = delimiter_of(heading.raw)
        if heading.cells is None:
            self.close()
            raise FeedError(N_("The first line has a quote that is never closed."), _HEADINGS)
        self.headings = tuple(cell.strip() for cell in heading.cells)
        try:
            require_columns(self.headings)
        except FeedError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the text, if it had to be written anew."""
        if self._stream is not self._source:
            self._stream.close()

    def blocks(self, expected: Expected = ANYTHING) -> Iterator[TextBlock]:
        """Return the rows in the order of the file."""
        self._stream.seek(self._begin)
        types: Mapping[int, pa.DataType] | None = None if expected else {}
        reader = LineReader(self._stream, self._line, BLOCK_ROWS)
        while (lines := reader.look()) is not None:
            if isinstance(lines, LongLine):
                block = self._too_long(lines)
            elif lines.text.isspace():
                reader.take(len(lines.ends), len(lines.text))
                continue
            else:
                if types is None:
                    types = self._types(lines.text, expected)
                block, used, size = self._block(lines, types)
                reader.take(used, size)
            self.share = (self._begin + reader.passed) / self._size
            yield block

    def _block(self, lines: Lines, types: Mapping[int, pa.DataType]) -> tuple[TextBlock, int, int]:
        """Take lines apart; return the block, and how many lines and bytes of them it holds."""
        count = len(lines.ends) if lines.is_end else _whole(lines)
        if count:
            size = int(lines.ends[count - 1])
            block = self._fast(lines.text[:size], lines.first, count, types)
            if block is not None:
                return block, count, size
        block, count = self._slow(lines)
        return block, count, int(lines.ends[count - 1])

    def _too_long(self, line: LongLine) -> TextBlock:
        damage = Damage(line.number, line.beginning, _LONG, {"most": MAX_RECORD})
        return TextBlock(self._empty(), [], [damage])

    def _empty(self) -> pa.Table:
        return pa.table({str(n): pa.array([], pa.string()) for n in range(len(self.headings))})

    def _heading(self) -> tuple[Record, int]:
        """Read the heading record; return it, and the line after it."""
        for line in range(1, _MOST_BLANK):
            at = self._stream.tell()
            text = self._stream.readline(MAX_RECORD + 1)
            if not text:
                raise FeedError(N_("The file is empty."), N_("Export it again."))
            # A first line such as `sep=;` is Excel's note to itself.
            is_blank = not text.decode(errors="replace").strip()
            if len(text) <= MAX_RECORD and (is_blank or _SEPARATOR.fullmatch(text)):
                continue
            self._stream.seek(at)
            return self._heading_at(at, line)
        raise FeedError(
            N_("The first {n} lines of the file are blank."), _HEADINGS, n=_MOST_BLANK - 1
        )

    def _heading_at(self, at: int, line: int) -> tuple[Record, int]:
        found = LineReader(self._stream, line, MAX_LINES).look()
        if not isinstance(found, Lines):
            raise FeedError(N_("The first line is too long to be a row of headings."), _HEADINGS)
        text = found.text.decode(errors="replace")
        heading = next(records(text, delimiter_of(text.split("\n", 1)[0])))
        used = max(1, heading.raw.count("\n") + 1)
        self._stream.seek(at + int(found.ends[used - 1]))
        return heading, line + used

    def _types(self, chunk: bytes, expected: Expected) -> Mapping[int, pa.DataType]:
        """Tell from the first lines which columns may be read as values."""
        lines = b"\n".join(chunk.split(b"\n", PROBED)[:PROBED]) + b"\n"
        try:
            return types_of(self._parsed(lines, [], {}), expected)
        except pa.ArrowInvalid:
            return {}

    def _fast(
        self, chunk: bytes, line: int, count: int, types: Mapping[int, pa.DataType]
    ) -> TextBlock | None:
        """Take a chunk of so many lines apart with Arrow.

        Returns None where records and lines do not agree.
        """
        if types and may_be_typed(chunk):
            try:
                return self._agreed(chunk, line, count, types)
            except pa.ArrowInvalid:
                # One of the values is written in another way than the first.
                pass
        try:
            return self._agreed(chunk, line, count, {})
        except pa.ArrowInvalid:
            return None

    def _agreed(
        self, chunk: bytes, line: int, count: int, types: Mapping[int, pa.DataType]
    ) -> TextBlock | None:
        skipped: list[int] = []
        table = self._parsed(chunk, skipped, types)
        if table.num_rows + len(skipped) != count or not _is_known(skipped):
            return None
        # Arrow makes a row of empty cells of a blank line.
        split = chunk.split(b"\n") if skipped or _may_have_blank(table) else []
        blank = [n for n, text in enumerate(split[:count]) if not text.strip()]
        places = _without(count, {*skipped, *blank})
        if blank:
            read = _without(count, set(skipped))
            left_out = set(blank)
            kept = [n for n, place in enumerate(read) if place not in left_out]
            table = table.take(pa.array(kept, pa.int64()))
        damaged = [
            damage
            for place in skipped
            if (damage := self._skipped(split[place], line + place)) is not None
        ]
        return TextBlock(
            table,
            _moved_on(places, line),
            damaged,
            chunk,
            places,
            parsed=partial(self._parsed, skipped=[], types={}) if types else None,
        )

    def _parsed(
        self, chunk: bytes, skipped: list[int], types: Mapping[int, pa.DataType]
    ) -> pa.Table:
        """Take a chunk apart; add the numbers of the rows that are too short or too long."""

        def skip(row: pa_csv.InvalidRow) -> str:
            skipped.append(row.number - 1)
            return "skip"

        wide = range(len(self.headings))
        return pa_csv.read_csv(
            pa.BufferReader(chunk),
            read_options=pa_csv.ReadOptions(
                column_names=[str(n) for n in wide],
                block_size=len(chunk) + 1,
                use_threads=False,
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=skip,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types={str(n): types.get(n, pa.string()) for n in wide},
                null_values=[""],
                strings_can_be_null=False,
            ),
        )

    def _skipped(self, text: bytes, line: int) -> Damage | None:
        raw = text.rstrip(b"\r").decode(errors="replace")
        if not raw.strip():
            return None
        record = next(records(raw, self._delimiter))
        return self._damage(Record(line, raw, record.cells))

    def _damage(self, record: Record) -> Damage:
        if record.cells is None:
            return Damage(record.line, record.raw, _UNCLOSED, {})
        counts: dict[str, object] = {"found": len(record.cells), "expected": len(self.headings)}
        return Damage(record.line, record.raw, _WIDTH, counts)

    def _slow(self, lines: Lines) -> tuple[TextBlock, int]:
        """Take lines apart by hand; return the block, and how many of the lines it holds."""
        text = lines.text.decode(errors="replace")
        kept: list[Record] = []
        damaged: list[Damage] = []
        used = 0
        for record in records(text, self._delimiter, is_end=lines.is_end):
            used = record.line + record.raw.count("\n")
            if record.cells is None or len(record.cells) != len(self.headings):
                damaged.append(self._damage(_moved(record, lines.first)))
            else:
                kept.append(_moved(record, lines.first))
        columns = [[r.cells[n] for r in kept if r.cells] for n in range(len(self.headings))]
        table = pa.table({str(n): pa.array(c, pa.string()) for n, c in enumerate(columns)})
        texts = [record.raw for record in kept]
        block = TextBlock(table, [r.line for r in kept], damaged, texts=texts)
        if lines.is_end:
            return block, len(lines.ends)
        # No record: blank lines, and the beginning of one that goes on.
        blank = (n for n, each in enumerate(text.split("\n")) if each.strip())
        return block, used or next(blank, len(lines.ends))


def _whole(lines: Lines) -> int:
    """Return after how many lines a record ends, 0 where that cannot be told from quotes alone."""
    count = len(lines.ends)
    quotes = lines.text.count(b'"')
    for _ in range(min(MAX_LINES, count)):
        if quotes % 2 == 0:
            return count
        count -= 1
        begin = int(lines.ends[count - 1]) if count else 0
        quotes -= lines.text.count(b'"', begin, int(lines.ends[count]))
    return 0


def _is_known(skipped: list[int]) -> bool:
    return all(place >= 0 for place in skipped)


def _may_have_blank(table: pa.Table) -> bool:
    """Tell whether any row may come of a blank line: its first cell is empty, or only space."""
    first = table.column(0)
    if not pa.types.is_string(first.type):
        return bool(first.null_count)
    return bool(pc.any(pc.equal(pc.ascii_trim_whitespace(first), "")).as_py())


def _moved_on(places: Sequence[int], line: int) -> Sequence[int]:
    if isinstance(places, range):
        return range(line, line + len(places))
    return [line + place for place in places]


def _without(count: int, left_out: set[int]) -> Sequence[int]:
    return [place for place in range(count) if place not in left_out] if left_out else range(count)


def _moved(record: Record, line: int) -> Record:
    return Record(record.line + line - 1, record.raw, record.cells)
