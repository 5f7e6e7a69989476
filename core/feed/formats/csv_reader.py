"""Read CSV and similar text files as `Rows`.

Arrow is fast, but parses a chunk only if each line is a whole record. `csv_records` parses the
other chunks.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from itertools import islice
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as pa_csv

from core.errors import N_, FeedError
from core.feed.formats.csv_column_types import PROBED, may_be_typed, types_of
from core.feed.formats.csv_records import (
    Record,
    cells_of,
    delimiter_of,
    has_spaced_quotes,
    records,
)
from core.feed.formats.heading_line import (
    SEARCHED,
    heading_place,
    known_in,
    one_line,
    with_second_row,
)
from core.feed.formats.line_reader import LineReader, Lines, LongLine
from core.feed.formats.quoted_rows import without_quotes
from core.feed.formats.rows import (
    ANYTHING,
    MAX_SKIPPED,
    Block,
    Damage,
    Expected,
    Layout,
    Rows,
    text_table,
)
from core.feed.formats.stray_quotes import has_stray_quotes
from core.feed.formats.text_encoding import as_utf8
from core.feed.limits import BLOCK_ROWS, MAX_LINES, MAX_RECORD, OTHER_WIDTH, require_columns

#: The first line with text must come before this line.
_MAX_BLANK: Final = 1_000

#: A blank line has only these characters and the delimiter.
_BLANK: Final = '" \t\r\n\v\f\xa0'

_SEPARATOR: Final = re.compile(rb"\"?sep=([\x20-\x7e\t])\"?\s*", re.IGNORECASE)
_HEADINGS: Final = N_("Export it again, with the headings in the first line.")
_CHOOSE_LINE: Final = N_(
    "Choose the line with the headings on the page Imports, or correct it in the mapping."
)
_UNCLOSED: Final = N_("a quote is opened and never closed")
_STRAY: Final = N_(
    "a quote inside a quoted cell is not doubled, so the ends of its cells are not certain; write "
    "it as two quotes"
)
_ROWS_IN_CELL: Final = N_(
    "a quote is opened here and closed only after other lines that look like rows ({n}); "
    "these are read as rows"
)
_LONG: Final = N_("it is longer than {most} bytes: a closing quote or a line end may be missing")

_Types = Mapping[int, pa.DataType]


class CsvRows(Rows):
    """A text file with delimiters. Raises FeedError if the file has no headings."""

    def __init__(self, stream: BinaryIO, wanted: Layout = Layout()) -> None:  # noqa: B008 - frozen
        super().__init__(stream)
        self._hint = self._below = ""
        self._stream, begin = as_utf8(stream)
        if (copy := without_quotes(self._stream, begin)) is not None:
            self.close()
            self._stream, begin = copy, 0
        self._size = self._stream.seek(0, os.SEEK_END)
        try:
            self._stream.seek(begin)
            heading, self._line = self._heading(wanted.heading_line)
            if heading.cells is None:
                raise FeedError(N_("The first line has a quote that is never closed."), _HEADINGS)
            self.headings = tuple(map(one_line, self._fitted(heading.cells)))
            require_columns(self.headings)
        except FeedError:
            self.close()
            raise
        self._begin = self._stream.tell()

    def blocks(self, expected: Expected = ANYTHING) -> Iterator[Block]:
        """See `Rows.blocks`."""
        self._stream.seek(self._begin)
        types: _Types | None = None if expected else {}
        complete = short = 0
        reader = LineReader(self._stream, self._line, BLOCK_ROWS)
        while (lines := reader.peek()) is not None:
            if isinstance(lines, LongLine):
                damage = Damage(lines.number, lines.beginning, _LONG, {"most": MAX_RECORD})
                block = Block(text_table([], len(self.headings)), [], [damage])
            elif lines.text.isspace():
                reader.take(len(lines.ends), len(lines.text))
                continue
            else:
                if types is None:
                    types = self._types(lines.text, expected)
                block, used = self._block(lines, types)
                reader.take(used, int(lines.ends[used - 1]))
                complete += block.table.num_rows
                short += sum(bool(each.cells) for each in block.damaged)
                is_end = lines.is_end and used == len(lines.ends)
                if complete and short == 1 and is_end and not lines.text.endswith(b"\n"):
                    block = _without_cut_row(block)
            self.share = (self._begin + reader.passed) / self._size
            yield block

    def _block(self, lines: Lines, types: _Types) -> tuple[Block, int]:
        """Return a block, and the number of parsed lines."""
        count = len(lines.ends) if lines.is_end else _whole(lines)
        if count:
            chunk = lines.text[: int(lines.ends[count - 1])]
            # Arrow reads a quote after a space as text.
            sign = self._delimiter
            if not (has_spaced_quotes(chunk, sign) or has_stray_quotes(chunk, sign)):
                block = self._with_arrow(chunk, lines.first, count, types)
                if block is not None:
                    return block, count
        return self._line_by_line(lines)

    def _heading(self, wanted: int) -> tuple[Record, int]:
        """Return the headings, and the number of the next line."""
        for line in range(1, _MAX_BLANK):
            at = self._stream.tell()
            text = self._stream.readline(MAX_RECORD + 1)
            if not text:
                raise FeedError(N_("The file is empty."), N_("Export it again."))
            # The line `sep=;` tells Excel the delimiter. The headings follow.
            is_long = len(text) > MAX_RECORD
            if not is_long and (hint := _SEPARATOR.fullmatch(text)):
                self._hint = hint.group(1).decode()
            elif is_long or text.decode(errors="replace").strip():
                self._stream.seek(at)
                return self._heading_at(at, line, wanted)
        raise FeedError(
            N_("The first {n} lines of the file are blank."), _HEADINGS, n=_MAX_BLANK - 1
        )

    def _heading_at(self, at: int, line: int, wanted: int) -> tuple[Record, int]:
        """Find the headings. Line `line`, the first with text, begins at byte `at`."""
        found = LineReader(self._stream, line, MAX_LINES).peek()
        if not isinstance(found, Lines):
            raise FeedError(N_("The first line is too long to be a row of headings."), _HEADINGS)
        lines = [each.rstrip("\r") for each in found.text.decode(errors="replace").split("\n")]
        begins = [n for n, each in enumerate(lines[:SEARCHED]) if each.strip()]
        if not any(self._hint in lines[n] for n in begins):
            self._hint = ""
        place = wanted - line if wanted else self._heading_place(lines, begins)
        if place not in begins:
            raise FeedError(
                N_("Line {line} of the file has no headings."), _CHOOSE_LINE, line=wanted
            )
        self._delimiter = self._hint or delimiter_of(lines[place])
        heading = next(records("\n".join(lines[place:]), self._delimiter))
        used = place + heading.raw.count("\n") + 1
        heading, second = self._with_second(heading, "\n".join(lines[used:]))
        used += second.count("\n") + (second != "")
        self._below = "\n".join(lines[used:])
        self._stream.seek(at + int(found.ends[used - 1]))
        skipped = tuple(lines[n][:MAX_SKIPPED] for n in begins if n < place)
        self.layout = Layout(
            heading_line=line + place, skipped=skipped, second_line=second.strip()[:MAX_SKIPPED]
        )
        return heading, line + used

    def _with_second(self, heading: Record, text: str) -> tuple[Record, str]:
        """Return the headings, and the second line of headings or "".

        If there is a second line, each heading is joined with the cell below it.
        """
        below = next(records(text, self._delimiter, is_end=False), None)
        if below is None or not (heading.cells and below.cells):
            return heading, ""
        if (cells := with_second_row(heading.cells, below.cells)) is None:
            return heading, ""
        return replace(heading, cells=cells), "\n" * (below.line - 1) + below.raw

    def _fitted(self, headings: list[str]) -> list[str]:
        """Add or remove empty headings at the end, if the first rows have more or fewer cells."""
        found = islice(records(self._below, self._delimiter, is_end=False), SEARCHED)
        rows = [each.cells for each in found if each.cells is not None and len(each.cells) > 1]
        count = len(headings)
        width = len(rows[0]) if rows else count
        if any(len(row) != width for row in rows):
            return headings
        if any("".join(row[count:]).strip() for row in rows) or "".join(headings[width:]).strip():
            return headings
        return [*headings[:width], *[""] * (width - count)]

    def _heading_place(self, lines: Sequence[str], begins: Sequence[int]) -> int:
        """Return the index of the headings. `begins` has the indexes of lines with text."""
        rows = [cells_of(lines[n], self._hint) for n in begins]
        if lines[begins[0]].count('"') % 2:
            # The first line can continue on the next line.
            text = "\n".join(lines[begins[0] :])
            cells = next(records(text, delimiter_of(text))).cells or ()
            if len(rows[0]) > 1 or len(known_in(cells)) > 1:
                return begins[0]
        return begins[heading_place(rows)]

    def _types(self, chunk: bytes, expected: Expected) -> _Types:
        lines = b"\n".join(chunk.split(b"\n", PROBED)[:PROBED]) + b"\n"
        with suppress(pa.ArrowInvalid):
            return types_of(self._parse(lines, [], {}), expected)
        return {}

    def _with_arrow(self, chunk: bytes, line: int, count: int, types: _Types) -> Block | None:
        """Return None if Arrow does not find a record on each line."""
        for each in (types, {}) if types and may_be_typed(chunk, types) else ({},):
            # If a value has the wrong type, try again without types.
            with suppress(pa.ArrowInvalid):
                return self._one_record_a_line(chunk, line, count, each)
        return None

    def _one_record_a_line(
        self, chunk: bytes, line: int, count: int, types: _Types
    ) -> Block | None:
        skipped: list[int] = []
        table = self._parse(chunk, skipped, types)
        if table.num_rows + len(skipped) != count or any(place < 0 for place in skipped):
            return None
        texts = _LineTexts(chunk)
        places: Sequence[int] = range(count)
        numbers: Sequence[int] = range(line, line + count)
        if skipped or _may_have_blank(table):
            # Leave out blank rows: spreadsheets write `,,,`.
            wrong = set(skipped)
            rows = [n for n in places if n not in wrong]
            kept = [n for n, place in enumerate(rows) if not self._is_blank(texts[place])]
            table = table.take(pa.array(kept, pa.int64()))
            places = [rows[n] for n in kept]
            numbers = [line + place for place in places]
        damaged = [
            self._damage(line + n, next(records(texts[n], self._delimiter)))
            for n in skipped
            if not self._is_blank(texts[n])
        ]
        parse = partial(self._parse, skipped=[], types={}) if types else None
        return Block(table, numbers, damaged, _LineTexts(chunk, places), parse)

    def _parse(self, chunk: bytes, skipped: list[int], types: _Types) -> pa.Table:
        """Parse with Arrow. Add the indexes of rows with too few or too many cells to `skipped`."""

        def skip(row: pa_csv.InvalidRow) -> str:
            skipped.append(row.number - 1)
            return "skip"

        columns = range(len(self.headings))
        return pa_csv.read_csv(
            pa.BufferReader(chunk),
            read_options=pa_csv.ReadOptions(
                column_names=[str(n) for n in columns],
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
                column_types={str(n): types.get(n, pa.string()) for n in columns},
                null_values=[""],
                strings_can_be_null=False,
            ),
        )

    def _is_blank(self, text: str) -> bool:
        return not text.strip().strip(_BLANK + self._delimiter)

    def _damage(self, line: int, record: Record) -> Damage:
        if record.rows_in_cell:
            return Damage(line, record.raw, _ROWS_IN_CELL, {"n": record.rows_in_cell})
        if record.cells is None:
            return Damage(line, record.raw, _STRAY if record.is_stray else _UNCLOSED, {})
        found, expected = len(record.cells), len(self.headings)
        counts: dict[str, object] = {"found": found, "expected": expected}
        cells = record.cells if found < expected else ()
        return Damage(line, record.raw, OTHER_WIDTH, counts, cells)

    def _line_by_line(self, lines: Lines) -> tuple[Block, int]:
        text = lines.text.decode(errors="replace")
        rows: list[list[str]] = []
        numbers: list[int] = []
        texts: list[str] = []
        damaged: list[Damage] = []
        used = 0
        for record in records(text, self._delimiter, is_end=lines.is_end, width=len(self.headings)):
            used = record.line + record.raw.count("\n")
            line = lines.first + record.line - 1
            if self._is_blank(record.raw):
                continue
            if record.cells is None or len(record.cells) != len(self.headings):
                damaged.append(self._damage(line, record))
            else:
                rows.append(record.cells)
                numbers.append(line)
                texts.append(record.raw)
        block = Block(text_table(rows, len(self.headings)), numbers, damaged, texts)
        if lines.is_end:
            return block, len(lines.ends)
        # If no record has an end, only the blank lines at the beginning are used.
        blank = (n for n, each in enumerate(text.split("\n")) if each.strip())
        return block, used or next(blank, len(lines.ends))


class _LineTexts(Sequence[str]):
    def __init__(self, chunk: bytes, places: Sequence[int] | None = None) -> None:
        self._chunk, self._places = chunk, places

    @cached_property
    def _lines(self) -> list[bytes]:
        return self._chunk.split(b"\n")

    def __len__(self) -> int:
        return len(self._lines if self._places is None else self._places)

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        place = index if self._places is None else self._places[index]
        return self._lines[place].rstrip(b"\r").decode(errors="replace")


def _without_cut_row(block: Block) -> Block:
    """Reject a last row with too few cells: the file was perhaps cut off. `cells=()` rejects it."""
    if not block.damaged or (len(block.lines) and block.lines[-1] > block.damaged[-1].line):
        return block
    return replace(block, damaged=[*block.damaged[:-1], replace(block.damaged[-1], cells=())])


def _whole(lines: Lines) -> int:
    """Return how many lines come before an unfinished last record, or 0 if not certain."""
    count = len(lines.ends)
    quotes = lines.text.count(b'"')
    for _ in range(min(MAX_LINES, count)):
        if quotes % 2 == 0:
            return count
        count -= 1
        begin = int(lines.ends[count - 1]) if count else 0
        quotes -= lines.text.count(b'"', begin, int(lines.ends[count]))
    return 0


def _may_have_blank(table: pa.Table) -> bool:
    """Return whether a row has a blank first cell. Other rows cannot be blank."""
    first = table.column(0)
    if not pa.types.is_string(first.type):
        return bool(first.null_count)
    return bool(pc.any(pc.equal(pc.ascii_trim_whitespace(first), "")).as_py())
