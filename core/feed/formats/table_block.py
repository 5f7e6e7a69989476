"""A block of rows that came as cells, for formats without lines of text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from core.feed.formats.protocols import Damage
from core.feed.interpreting.column_reader import as_text


@dataclass(frozen=True)
class CellsBlock:
    """A block of which the table is all there is; its raw text is made from it."""

    table: pa.Table
    lines: Sequence[int]
    damaged: Sequence[Damage] = ()

    def raw(self, index: int) -> str:
        """Return a row as CSV."""
        return as_csv([_value(column[index]) for column in self.table.columns])

    def cells(self, places: Sequence[int]) -> Sequence[Sequence[str]]:
        """Return some rows as trimmed texts, a list for each column."""
        return cells_at(self.table, places)


def _value(cell: pa.Scalar) -> object:
    try:
        return cell.as_py()
    except (OverflowError, ValueError):
        # A time that Python has no value for, in a year beyond 9999 for one.
        return cell.cast(pa.string()).as_py()


def cells_at(table: pa.Table, places: Sequence[int]) -> list[list[str]]:
    """Return some rows of a table as trimmed texts, a list for each column."""
    taken = table.take(pa.array(places, pa.int64()))
    return [as_text(column).to_pylist() for column in taken.columns]


def as_csv(cells: Sequence[object]) -> str:
    """Return cells as one line of CSV."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="").writerow(["" if c is None else str(c) for c in cells])
    return out.getvalue()


def text_table(rows: Sequence[Sequence[str | None]], width: int) -> pa.Table:
    """Return rows of text cells as a table."""
    columns = [pa.array([row[n] for row in rows], pa.string()) for n in range(width)]
    return pa.Table.from_arrays(columns, names=[str(n) for n in range(width)])
