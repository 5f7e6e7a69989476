"""What the rows of a file mean: whole columns at a time, row by row where that is not enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.imports import Reason, Reject
from core.domain.states import parse_state
from core.feed.formats.protocols import ANYTHING, Block, Expected
from core.feed.interpreting import column_reader as read
from core.feed.interpreting.headings import ColumnMap
from core.feed.interpreting.row_reader import TEXTS, TIMES, RowReader, reject
from core.feed.interpreting.search_column import searchable
from core.feed.limits import MAX_RECORD
from core.ports.batches import SCHEMA, Batch, table_of

COUNTS: Final = ("total_records", "generated_records")
_ALL_TIMES: Final = ("scheduled_at", *TIMES)
#: Rows of a block that are read one by one from texts that were made together.
_AT_ONCE: Final = 1_000


class Understanding:
    """Understands the blocks of one file. `surely` off leaves every row to the row reader.

    Once it `is_over`, nobody wants what comes of blocks that are under way.
    """

    def __init__(self, columns: ColumnMap, zone: ZoneInfo, *, surely: bool = True) -> None:
        self._places = columns.places
        self._zone = zone
        self._rows = RowReader(columns, zone)
        self._surely = surely
        self.is_over = False

    @property
    def expected(self) -> Expected:
        """What the columns are expected to hold. The row reader wants texts."""
        if not self._surely:
            return ANYTHING
        kinds: dict[int, Literal["count", "time"]] = {}
        kinds.update((self._places[name], "count") for name in COUNTS if name in self._places)
        kinds.update((self._places[name], "time") for name in _ALL_TIMES if name in self._places)
        return kinds

    def batch(self, block: Block) -> Batch:
        """Return what a block means; every row of it is in the batch, read or rejected."""
        rejects = [reject(d.line, d.raw, [Reason(d.template, d.values)]) for d in block.damaged]
        if not block.table.num_rows:
            return Batch(SCHEMA.empty_table(), rejects)
        rows, sure = self._columns(block)
        if not self._surely:
            sure = pc.and_(sure, False)
        if pc.all(sure).as_py():
            return Batch(rows, rejects)
        unsure = pc.indices_nonzero(pc.invert(sure)).to_pylist()
        others, more = self._one_by_one(block, unsure)
        return Batch(pa.concat_tables([rows.filter(sure), others]), rejects + more)

    def _columns(self, block: Block) -> tuple[pa.Table, pa.Array]:
        height = block.table.num_rows
        found: dict[str, pa.Array] = {"line": _numbers(block.lines)}
        sure: list[pa.Array] = []

        def keep(name: str, column: tuple[pa.Array, pa.Array]) -> None:
            found[name], is_sure = column
            sure.append(is_sure)

        # A cell may be odd in a column that nobody reads, and the row reader looks at all.
        unread = (read.as_text(block.table.column(place)) for place in self._unread(block))
        sure += [read.read_text(column, MAX_RECORD)[1] for column in unread]
        for name in ("id", "name", "state", *TEXTS):
            keep(name, read.read_text(self._text(block, name)))
        sure += [pc.not_equal(found[name], "") for name in ("id", "name", "state")]
        for name in COUNTS:
            keep(name, self._given(block, name, read.read_counts))
        for name in _ALL_TIMES:
            keep(name, self._given(block, name, lambda c: read.read_times(c, self._zone)))
        sure += [pc.is_valid(found["total_records"]), pc.is_valid(found["scheduled_at"])]
        sure += _plausible(found)
        found["raw_state"] = found["state"]
        found["state"] = read.mapped(found["raw_state"], lambda text: parse_state(text).value)
        found["search_text"] = searchable(
            [found[name] for name in ("name", "id", "campaign", "audience")]
        )
        columns = [_fitted(found[each.name], each.type, height) for each in SCHEMA]
        return pa.Table.from_arrays(columns, schema=SCHEMA), _all(sure)

    def _unread(self, block: Block) -> list[int]:
        read_places = set(self._places.values())
        return [n for n in range(block.table.num_columns) if n not in read_places]

    def _text(self, block: Block, name: str) -> pa.Array:
        place = self._places.get(name)
        if place is None:
            return pa.nulls(block.table.num_rows, pa.string()).fill_null("")
        return read.as_text(block.table.column(place))

    def _given(self, block: Block, name: str, reader: read.Reader) -> read.Read:
        place = self._places.get(name)
        column = (
            pa.nulls(block.table.num_rows, pa.string())
            if place is None
            else block.table.column(place)
        )
        return reader(column)

    def _one_by_one(self, block: Block, places: list[int]) -> tuple[pa.Table, list[Reject]]:
        sends, lines, rejects = [], [], []
        for place, cells in _each(block, places):
            if self.is_over:
                break
            line = block.lines[place]
            found = self._rows.read(line, block.raw(place), cells)
            if isinstance(found, Reject):
                rejects.append(found)
            else:
                sends.append(found)
                lines.append(line)
        return table_of(sends, lines), rejects


def _each(block: Block, places: list[int]) -> Iterator[tuple[int, list[str]]]:
    """Return the cells of some rows, of a few at a time: a text each takes far more memory."""
    for first in range(0, len(places), _AT_ONCE):
        some = places[first : first + _AT_ONCE]
        texts = block.cells(some)
        for n, place in enumerate(some):
            yield place, [column[n] for column in texts]


def _numbers(lines: Sequence[int]) -> pa.Array:
    # A range as a list of a million numbers would take longer than to read what stands there.
    if isinstance(lines, range):
        return pa.array(np.arange(lines.start, lines.stop, lines.step, dtype=np.int64))
    return pa.array(lines, pa.int64())


def _all(masks: list[pa.Array]) -> pa.Array:
    together = masks[0]
    for mask in masks[1:]:
        together = pc.and_(together, mask)
    return pc.fill_null(together, False)


def _plausible(found: dict[str, pa.Array]) -> list[pa.Array]:
    """Return masks of the rows that do not contradict themselves. What is not known does not."""
    within = pc.less_equal(found["generated_records"], found["total_records"])
    in_order = pc.greater_equal(found["finished_at"], found["processing_started_at"])
    return [pc.fill_null(within, True), pc.fill_null(in_order, True)]


def _fitted(column: pa.Array, kind: pa.DataType, height: int) -> pa.Array:
    assert len(column) == height
    return column if column.type == kind else pc.cast(column, kind)
