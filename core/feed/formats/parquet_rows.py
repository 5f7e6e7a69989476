"""Parquet behind the `Rows` protocol: typed columns, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import N_, FeedError
from core.feed.blocks import ANYTHING, Damage, Expected
from core.feed.formats.cells_block import CellsBlock, as_csv
from core.feed.limits import BLOCK_ROWS

_NOT_UTF_8 = N_("a text in it cannot be read: it is not UTF-8")


class ParquetRows:
    """A Parquet file. Columns that hold lists or records are left out. Raises FeedError."""

    def __init__(self, stream: BinaryIO) -> None:
        self.share = 0.0
        try:
            self._file = pq.ParquetFile(stream, pre_buffer=False)
            fields = [field for field in self._file.schema_arrow if not _is_nested(field.type)]
        except (pa.ArrowException, OSError, ValueError):
            raise _damaged() from None
        self.headings = tuple(field.name for field in fields)

    def blocks(self, _expected: Expected = ANYTHING) -> Iterator[CellsBlock]:
        """Return the rows in the order of the file; lines are numbers of rows, from 1."""
        read, most = 0, self._file.metadata.num_rows
        try:
            for batch in self._file.iter_batches(BLOCK_ROWS, columns=list(self.headings)):
                columns = [_plain(batch.column(n)) for n in range(batch.num_columns)]
                table = pa.Table.from_arrays(columns, names=[str(n) for n in range(len(columns))])
                lines = range(read + 1, read + table.num_rows + 1)
                read += table.num_rows
                self.share = min(read / max(most, 1), 1.0)
                yield _block(table, lines)
        except (pa.ArrowException, OSError, ValueError):
            raise _damaged() from None
        if read != most:
            raise _damaged()

    def close(self) -> None:
        """Nothing is held: the stream is the caller's."""


def _is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind))


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_timestamp(kind):
        return column
    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        # Bytes that are no text: nothing that anybody could read.
        return pa.nulls(len(column), pa.string())


def _block(table: pa.Table, lines: range) -> CellsBlock:
    """Return a block; what says that it is UTF-8 and is not, nobody has looked at so far."""
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        return _without_unreadable(table, lines)
    return CellsBlock(table, lines)


def _without_unreadable(table: pa.Table, lines: range) -> CellsBlock:
    rows = list(zip(*(_bytes(column) for column in table.columns), strict=True))
    is_text = [all(map(_is_text, row)) for row in rows]
    damaged = [
        Damage(line, _told(row), _NOT_UTF_8, {})
        for line, row, is_good in zip(lines, rows, is_text, strict=True)
        if not is_good
    ]
    return CellsBlock(table.filter(pa.array(is_text)), list(compress(lines, is_text)), damaged)


def _bytes(column: pa.ChunkedArray) -> list[bytes | None]:
    text = column if pa.types.is_string(column.type) else column.cast(pa.string())
    found: list[bytes | None] = text.cast(pa.binary()).to_pylist()
    return found


def _is_text(cell: bytes | None) -> bool:
    try:
        (cell or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def _told(cells: Iterable[bytes | None]) -> str:
    return as_csv([(cell or b"").decode(errors="replace") for cell in cells])


def _damaged() -> FeedError:
    return FeedError(N_("The Parquet file is damaged or not whole."), N_("Export it again."))
