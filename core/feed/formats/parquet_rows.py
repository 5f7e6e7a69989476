"""Parquet behind the `Rows` protocol: typed columns, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import N_, FeedError
from core.feed.blocks import ANYTHING, BLOCK_ROWS, Expected
from core.feed.formats.cells_block import CellsBlock


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
        row = 1
        try:
            for batch in self._file.iter_batches(BLOCK_ROWS, columns=list(self.headings)):
                columns = [_plain(batch.column(n)) for n in range(batch.num_columns)]
                table = pa.Table.from_arrays(columns, names=[str(n) for n in range(len(columns))])
                first, row = row, row + table.num_rows
                self.share = (row - 1) / self._file.metadata.num_rows
                yield CellsBlock(table, range(first, row))
        except (pa.ArrowException, OSError, ValueError):
            raise _damaged() from None

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


def _damaged() -> FeedError:
    return FeedError(N_("The Parquet file is damaged or not whole."), N_("Export it again."))
