"""Interpret blocks of rows: first whole columns, then the uncertain rows one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.load_results import Reason, Reject
from core.domain.search_text import SEARCHED
from core.domain.states import HAS_RECIPIENTS, MAY_LACK_TIME
from core.feed.formats.rows import Block, Expected, as_text, text_bytes
from core.feed.interpreting.column_reader import (
    Column,
    blanked,
    map_texts,
    read_counts,
    read_text,
    read_times,
    read_times_by_zone,
)
from core.feed.interpreting.derived_columns import with_derived
from core.feed.interpreting.headings import COUNT_FIELDS, TIME_FIELDS, ColumnMap
from core.feed.interpreting.reading_rules import NOTHING, SUMS, Assumed, Order, Rules, Undecided
from core.feed.interpreting.row_reader import (
    FILLED,
    SHORTENED_MARK,
    TEXTS,
    WHOLE_ID,
    RowReader,
    make_reject,
    rules_of_time,
)
from core.feed.interpreting.search_column import search_column
from core.feed.interpreting.zones import split_heading, zone_in_words
from core.ports.feed_batches import SCHEMA, Batch, table_of

_HAS_RECIPIENTS: Final = pa.array(sorted(state.value for state in HAS_RECIPIENTS))
_MAY_LACK_TIME: Final = pa.array(sorted(state.value for state in MAY_LACK_TIME))
#: The maximum number of rows that `_row_by_row` keeps as texts in memory.
_CHUNK_ROWS: Final = 1_000
#: If two fields share a column, the column has the kind of the field that is later in _KINDS.
_KINDS: Final[Mapping[str, Literal["id", "count", "time"]]] = {
    "id": "id",
    **dict.fromkeys(COUNT_FIELDS, "count"),
    **dict.fromkeys(TIME_FIELDS, "time"),
}


class BlockReader:
    """Interprets the blocks of a file. Set `is_cancelled` to end the work early."""

    def __init__(self, columns: ColumnMap, rules: Rules) -> None:
        self._map, self._rules = columns, rules
        self._time_rules = {name: rules_of_time(name, columns, rules) for name in TIME_FIELDS}
        self._rows = RowReader(columns, rules)
        self.is_cancelled = False

    @property
    def expected(self) -> Expected:
        """The kinds of the file's columns, by index.

        The source columns of derived columns have no kind. They are read as text, so `007` stays
        `007` when joined.
        """
        joined = {place for each in self._map.derived for place in each.places}
        kinds = self.kinds.items()
        return {p: kind for p, kind in kinds if p < self._map.width and p not in joined}

    @property
    def kinds(self) -> Expected:
        """The kinds of all columns, including derived columns."""
        places = self._map.places
        return {places[name]: kind for name, kind in _KINDS.items() if name in places}

    def read(self, block: Block) -> Batch:
        """Accept or reject each row of a block."""
        rejects = [
            make_reject(d.line, d.raw, [Reason(d.template, d.values)]) for d in block.damaged
        ]
        if not block.table.num_rows:
            return Batch(SCHEMA.empty_table(), rejects)
        rows, sure = self._columns(block)
        if pc.all(sure).as_py():
            return Batch(rows, rejects)
        unsure = pc.indices_nonzero(pc.invert(sure)).to_pylist()
        others, more = self._row_by_row(block, unsure)
        return Batch(pa.concat_tables([rows.filter(sure), others]), rejects + more)

    def other_times(self, block: Block, place: int, heading: str, order: Order) -> pa.Array:
        """Read a column that can also be the scheduled time. Unreadable times are null.

        `place` is the index of the column, from `ColumnMap.other_times`.
        """
        rules = replace(
            self._rules,
            zone=zone_in_words(split_heading(heading)[1]) or self._rules.zone,
            order=self._rules.order or order,
            is_tentative=False,
            hours_after_dash=bool(self._rules.hours_after_dash),
            behind=self._rules.behind or frozenset(),
            assumed=Assumed(),
        )
        return self._planned_times(block.table, block.table.column(place), rules)[0]

    def _columns(self, block: Block) -> tuple[pa.Table, pa.Array]:
        found: dict[str, pa.Array] = {"line": line_numbers(block.lines)}
        sure: list[pa.Array] = []

        def keep(name: str, column: tuple[pa.Array, pa.Array]) -> None:
            found[name], is_sure = column
            sure.append(is_sure)

        table = with_derived(block.table, self._map.derived)
        for name in (*FILLED, *TEXTS):
            keep(name, read_text(as_text(self._column(table, name))))
        found["id"] = blanked(found["id"], _end_with_digit(found["id"]), NOTHING | SUMS)
        sure += [pc.not_equal(found[name], "") for name in FILLED]
        ids = text_bytes(found["id"])[1].tobytes()
        if b"+" in ids:  # this check is much faster than the pattern
            sure.append(pc.invert(pc.match_substring_regex(found["id"], SHORTENED_MARK)))
        if b".0" in ids or b",0" in ids:
            found["id"] = whole_ids(found["id"], self._rules)
        for name in COUNT_FIELDS:
            keep(name, read_counts(self._column(table, name), self._rules.decimal))
        for name, rules in self._time_rules.items():
            column = self._column(table, name)
            if name == "scheduled_at":
                keep(name, self._planned_times(table, column, rules))
            else:
                keep(name, read_times(column, rules))
        for less, more in (
            ("generated_records", "total_records"),
            ("processing_started_at", "finished_at"),
        ):
            sure.append(pc.fill_null(pc.less_equal(found[less], found[more]), True))
        found["raw_state"] = found["state"]
        found["state"] = map_texts(found["raw_state"], lambda text: self._rules.state(text).value)
        if not self._map.may_leave_out_recipients:
            may_lack = pc.invert(pc.is_in(found["state"], value_set=_HAS_RECIPIENTS))
            sure.append(pc.or_(pc.is_valid(found["total_records"]), may_lack))
        may_lack_time = pc.is_in(found["state"], value_set=_MAY_LACK_TIME)
        sure.append(pc.or_(pc.is_valid(found["scheduled_at"]), may_lack_time))
        found["search_text"] = search_column([found[name] for name in SEARCHED])
        columns = [found[each.name].cast(each.type) for each in SCHEMA]
        is_sure = pc.fill_null(reduce(pc.and_, sure), False)
        return pa.Table.from_arrays(columns, schema=SCHEMA), is_sure

    def _planned_times(self, table: pa.Table, column: pa.Array, rules: Rules) -> Column:
        place = self._map.zone_place
        if place is None:
            return read_times(column, rules)
        return read_times_by_zone(column, as_text(table.column(place)), rules)

    def _column(self, table: pa.Table, name: str) -> pa.Array:
        place = self._map.places.get(name)
        return pa.nulls(table.num_rows, pa.string()) if place is None else table.column(place)

    def _row_by_row(self, block: Block, places: list[int]) -> tuple[pa.Table, list[Reject]]:
        sends, lines, rejects = [], [], []
        for first in range(0, len(places), _CHUNK_ROWS):
            if self.is_cancelled:
                break
            some = places[first : first + _CHUNK_ROWS]
            columns = with_derived(block.cells(some), self._map.derived).to_pydict().values()
            for place, *cells in zip(some, *columns, strict=True):
                found = self._rows.read(block.lines[place], block.raw(place), cells)
                if isinstance(found, Reject):
                    rejects.append(found)
                else:
                    sends.append(found)
                    lines.append(block.lines[place])
        return table_of(sends, lines), rejects


def whole_ids(ids: pa.Array, rules: Rules) -> pa.Array:
    """Return the IDs. If `rules.whole_ids` is True, return `101` for `101.0`.

    Raise Undecided if `rules.whole_ids` is None and an ID such as `101.0` occurs.
    """
    if rules.whole_ids is None and pc.any(pc.match_substring_regex(ids, WHOLE_ID)).as_py():
        raise Undecided
    return pc.replace_substring_regex(ids, WHOLE_ID, r"\1") if rules.whole_ids else ids


def _end_with_digit(ids: pa.Array) -> pa.Array:
    """Return a mask of the IDs that end with a digit.

    Such an ID is never a text in NOTHING or SUMS, because these texts end with other characters.
    """
    bounds, data = text_bytes(ids)
    if not len(data):
        return pa.array(np.zeros(len(ids), np.bool_))
    last = data[bounds[1:] - 1]  # for an empty text, this is a byte of another text
    return pa.array((last >= ord("0")) & (last <= ord("9")))


def line_numbers(lines: Sequence[int]) -> pa.Array:
    """Return line numbers as an array."""
    # `pa.array` of a range takes longer than reading the rows.
    if isinstance(lines, range):
        return pa.array(np.arange(lines.start, lines.stop, lines.step, dtype=np.int64))
    return pa.array(lines, pa.int64())
