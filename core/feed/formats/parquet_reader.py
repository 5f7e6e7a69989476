"""Read Parquet files as `Rows` with typed columns."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import compress
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.errors import N_, FeedError
from core.feed.formats.rows import (
    ANYTHING,
    Block,
    Damage,
    Expected,
    Layout,
    Rows,
    as_csv,
    text_table,
)
from core.feed.limits import (
    BLOCK_BYTES,
    BLOCK_CELLS,
    BLOCK_ROWS,
    MAX_GROUPS,
    MAX_RECORD,
    MAX_TEXTS,
    TOO_LONG,
    require_columns,
)

#: Arrow reads _BUFFER bytes of a column at a time.
_BUFFER: Final = 1 << 20
#: A batch has about _BATCH_BYTES bytes.
_BATCH_BYTES: Final = 32 << 20
#: The first _SAMPLED row groups show the length of a row.
_SAMPLED: Final = 1_000
_NOT_UTF_8 = N_("a text in it cannot be read: it is not UTF-8")


class ParquetRows(Rows):
    """A Parquet file. Leaves out columns of lists or records. Raises FeedError on damage."""

    def __init__(self, stream: BinaryIO, _wanted: Layout = Layout()) -> None:  # noqa: B008 - frozen
        super().__init__(stream)
        with _require_no_damage():
            # Without pre_buffer, Arrow does not load a whole column of a row group.
            plain = pq.ParquetFile(stream, pre_buffer=False)
            fields = [field for field in plain.schema_arrow if not pa.types.is_nested(field.type)]
            self.headings = tuple(field.name for field in fields)
            require_columns(self.headings)
            if plain.metadata.num_row_groups > MAX_GROUPS:
                raise FeedError(
                    N_("The Parquet file has more than {most} row groups."),
                    N_("Export it with more rows in each."),
                    most=MAX_GROUPS,
                )
            self._file = pq.ParquetFile(
                stream,
                pre_buffer=False,
                buffer_size=_BUFFER,
                # In a dictionary, equal texts need memory only once.
                read_dictionary=[c.path for c in plain.schema if c.physical_type == "BYTE_ARRAY"],
            )

    def blocks(self, _expected: Expected = ANYTHING) -> Iterator[Block]:
        """See `Rows.blocks`."""
        read, size, most = 0, 0, self._file.metadata.num_rows
        cells = BLOCK_CELLS // max(1, len(self.headings))
        rows = min(BLOCK_ROWS, cells, _rows_within(self._file.metadata))
        with _require_no_damage():
            for batch in self._file.iter_batches(rows, columns=list(self.headings)):
                lengths = _lengths(batch)
                size += int(lengths.sum())
                if size > MAX_TEXTS:
                    raise FeedError(
                        N_("The Parquet file unpacks to more than {most} MB."),
                        N_("Split it, or leave out columns of long texts."),
                        most=MAX_TEXTS // 1_000_000,
                    )
                for part in _parts(batch, lengths):
                    first = read + 1
                    read += part.num_rows
                    self.share = min(read / max(most, 1), 1.0)
                    yield _block(part, range(first, read + 1))
            if read != most:
                raise ValueError("some rows are missing")


@contextmanager
def _require_no_damage() -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise  # Arrow's MemoryError is also an ArrowException
    except (pa.ArrowException, OSError, ValueError):
        raise FeedError(
            N_("The Parquet file is damaged or incomplete."), N_("Export it again.")
        ) from None


def _rows_within(metadata: pq.FileMetaData) -> int:
    """Return how many rows fit into _BATCH_BYTES. The row group with the longest rows decides."""
    groups = [metadata.row_group(n) for n in range(min(metadata.num_row_groups, _SAMPLED))]
    longest = max((g.total_byte_size // max(g.num_rows, 1) for g in groups), default=0)
    return max(1, _BATCH_BYTES // max(longest, 1))


def _parts(batch: pa.RecordBatch, lengths: npt.NDArray[np.int64]) -> Iterator[pa.RecordBatch]:
    """Split a batch into parts for blocks. A row over MAX_RECORD is a separate part."""
    ends = np.cumsum(lengths)
    too_long = np.flatnonzero(lengths > MAX_RECORD)
    begin = 0
    while begin < batch.num_rows:
        before = int(ends[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(ends, before + BLOCK_BYTES, "right")), begin + 1)
        place = int(np.searchsorted(too_long, begin))
        if place < len(too_long):
            first = int(too_long[place])
            end = min(end, first if first > begin else begin + 1)
        yield batch.slice(begin, end - begin)
        begin = end


def _lengths(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """Return how many bytes of text each row has."""
    found = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        if pa.types.is_dictionary(column.type):
            length = pc.binary_length(column.dictionary).take(column.indices)
        elif pa.types.is_string(column.type) or pa.types.is_binary(column.type):
            length = pc.binary_length(column)
        else:
            continue
        found += pc.fill_null(pc.cast(length, pa.int64()), 0).to_numpy(zero_copy_only=False)
    return found


def _block(part: pa.RecordBatch, lines: range) -> Block:
    if part.num_rows == 1 and int(_lengths(part).sum()) > MAX_RECORD:
        damage = Damage(lines.start, "", TOO_LONG, {"most": MAX_RECORD})
        return Block(text_table([], part.num_columns), [], [damage])
    columns = {str(n): _plain(column) for n, column in enumerate(part.columns)}
    table = pa.table(columns)
    try:
        # Only this call checks that the texts are UTF-8.
        table.validate(full=True)
    except pa.ArrowInvalid:
        return _without_unreadable(table, lines)
    return Block(table, lines)


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_timestamp(kind):
        return column
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(column)
    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        # The bytes are not text.
        return pa.nulls(len(column), pa.string())


def _numbers(column: pa.Array) -> pa.Array:
    """Return whole numbers if each number is whole, otherwise texts."""
    if pa.types.is_floating(column.type):
        column = column.cast(pa.float64())
    with suppress(pa.ArrowInvalid):
        return column.cast(pa.int64())
    texts = column.cast(pa.string())
    whole = pc.replace_substring_regex(texts, r"^(-?\d+)\.0+$", r"\1")
    # As in `number_text`, `1.234` becomes `1.2340`.
    return pc.replace_substring_regex(whole, r"^(-?\d+\.\d{3})$", r"\10")


def _without_unreadable(table: pa.Table, lines: range) -> Block:
    columns = (column.cast(pa.string()).cast(pa.binary()).to_pylist() for column in table.columns)
    rows = [[cell or b"" for cell in row] for row in zip(*columns, strict=True)]
    texts = [[cell.decode(errors="replace") for cell in row] for row in rows]
    encoded = [[cell.encode() for cell in text] for text in texts]
    is_text = [ours == theirs for ours, theirs in zip(encoded, rows, strict=True)]
    damaged = [
        Damage(line, as_csv(text), _NOT_UTF_8, {})
        for line, text, is_good in zip(lines, texts, is_text, strict=True)
        if not is_good
    ]
    return Block(table.filter(pa.array(is_text)), list(compress(lines, is_text)), damaged)
