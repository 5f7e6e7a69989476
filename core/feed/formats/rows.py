"""Rows of a file in any format, before they are interpreted."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

#: The expected kind of value of each column, by the index of the column.
Expected = Mapping[int, Literal["count", "time", "id"]]
ANYTHING: Final[Expected] = MappingProxyType({})
#: Freio keeps at most this many characters of a line above the headings.
MAX_SKIPPED: Final = 200
#: The mark of a formula without a value in `Layout.unread_cells`.
FORMULA: Final = "="
#: `number_text` writes all digits of a number only if its decimal exponent is between -_DIGITS and
#: _DIGITS. Python's own text for another number, such as `1e+30`, stays unchanged.
_DIGITS: Final = 30


@dataclass(frozen=True, slots=True)
class Damage:
    """A record that is not a correct row: its place, its text, and the reason.

    - `line`: where the record begins, counted from 1. Text formats count lines, other formats rows.
    - `template`: an English text marked with `N_`. `values` fill its placeholders.
    - `cells`: the cells of the record if it has too few cells, otherwise (). If no field needs the
      missing cells, the row is still used.
    """

    line: int
    raw: str
    template: str
    values: dict[str, object]
    cells: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file, in the order of the file.

    - `table`: one column for each heading, in the order of the headings. A column has strings. If
      the format has types, a column can have whole numbers, floats, dates or times. Empty cells are
      null.
    - `lines`: where each row begins, counted as in `Damage`.
    - `damaged`: the records in this part of the file that are not correct rows.
    - `texts`: the rows as the file has them, or None if the format is not text.
    - `parse`: splits `texts` into columns of strings. It is set if the format is text and `table`
      has typed values.
    """

    table: pa.Table
    lines: Sequence[int]
    damaged: Sequence[Damage] = ()
    texts: Sequence[str] | None = None
    parse: Callable[[bytes], pa.Table] | None = None

    def raw(self, index: int) -> str:
        """Return a row as the file has it, or as CSV if the format is not text."""
        if self.texts is not None:
            return self.texts[index]
        return as_csv([_value(column[index]) for column in self.table.columns])

    def cells(self, places: Sequence[int]) -> pa.Table:
        """Return some rows with a trimmed text in each cell."""
        if self.parse is not None and self.texts is not None:
            table = self.parse("\n".join(self.texts[place] for place in places).encode())
        else:
            table = self.table.take(pa.array(places, pa.int64()))
        texts = [as_text(column) for column in table.columns]
        return pa.Table.from_arrays(texts, names=[str(n) for n in range(len(texts))])

    def select(self, places: Sequence[int]) -> Block:
        """Return a block of some of the rows, and of all damaged records."""
        return Block(
            self.table.take(pa.array(places, pa.int64())),
            [self.lines[place] for place in places],
            self.damaged,
            None if self.texts is None else [self.texts[place] for place in places],
            self.parse,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The place of the sends in a file. A mapping sets it, or Freio finds it.

    Three fields can come from a mapping. If the mapping has 0 or "", Freio finds the place:

    * `heading_line` is the line of the headings, or the row in a workbook, counted from 1.
    * `sheet` is the name of the sheet in a workbook.
    * `list` is the path of the list in JSON, such as `data.results`.

    The other fields describe an open file:

    * `wrapper` is the path of the send in each object, such as `campaign`.
    * `sheets` and `lists` are the sheets and lists that can be chosen.
    * `likely_sheets` and `likely_lists` are the sheets and lists that can contain the sends. If
      there are several, a person has to choose.
    * `skipped` are the lines above the headings. `second_line` is a line below them that belongs to
      them, such as a line with units.
    * `is_1904` says that a workbook counts days from 1904.
    * `zones` and `scales` are values outside the list of sends in JSON. `zones` can name the zone
      of times (`timezone: UTC`). `scales` say that numbers are in thousands (`units: thousands`).
      Both are known after all blocks were read.
    * `hidden_rows` is the number of hidden rows of a sheet. `hidden_columns` has the indexes of
      hidden columns.
    * `unread_cells` has an element for each column with errors or formulas without a value. The
      element has the index of the column, the name of the first such cell, and the error or
      FORMULA.
    """

    heading_line: int = 0
    sheet: str = ""
    list: str = ""
    wrapper: str = ""
    sheets: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    likely_lists: tuple[str, ...] = ()
    likely_sheets: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    second_line: str = ""
    is_1904: bool = False
    zones: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    hidden_rows: int = 0
    hidden_columns: tuple[int, ...] = ()
    unread_cells: tuple[tuple[int, str, str], ...] = ()


class Rows(Protocol):
    """An open file: its headings, and its rows block by block."""

    @property
    def layout(self) -> Layout:
        """Where in the file the sends were found."""

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings as written in the file."""

    @property
    def share(self) -> float:
        """The share of the file that has been read, from 0 to 1."""

    @property
    def page_mark(self) -> str:
        """A value that shows that the file is one page of several, such as `total: 57`, or "".

        The value is known after all blocks were read.
        """

    def blocks(self, expected: Expected = ANYTHING, /) -> Iterable[Block]:
        """Return the rows in the order of the file. A second call begins again at the first row.

        A column with an expected kind can get typed values. Raises FeedError if the content does
        not fit the format of the file.
        """

    def close(self) -> None:
        """Free the resources. The source itself stays open."""


def combined(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def text_bytes(text: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Return the bounds of the texts, and the UTF-8 bytes of all texts together.

    The bounds are the byte positions at which each text begins and the last text ends.
    """
    _, ends, data = text.buffers()
    if data is None:
        return np.zeros(len(text) + 1, np.int32), np.empty(0, np.uint8)
    offsets = np.frombuffer(ends, np.int32)[text.offset : text.offset + len(text) + 1]
    return offsets - offsets[0], np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]


def as_text(column: pa.Array) -> pa.Array:
    """Return a column as trimmed strings. Nulls become empty strings."""
    column = combined(column)
    text = column if pa.types.is_string(column.type) else pc.cast(column, pa.string())
    return pc.utf8_trim_whitespace(pc.fill_null(text, "") if text.null_count else text)


def as_csv(cells: Sequence[object]) -> str:
    """Return cells as one line of CSV."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="").writerow(["" if c is None else str(c) for c in cells])
    return out.getvalue()


#: The separator of several values in one cell of a JSON file.
SEVERAL: Final = "\x01"


def number_text(value: float | Decimal) -> str:
    """Return a typed number as text. A whole number has no fraction.

    A fraction of three digits gets a fourth digit, so that no reader treats the digits as
    thousands.
    """
    exact = Decimal(value) if isinstance(value, float) else value
    if not exact.is_finite() or not -_DIGITS < exact.adjusted() < _DIGITS:
        return str(value)
    if exact == exact.to_integral_value():
        return str(int(exact))
    text = repr(value) if isinstance(value, float) else str(value)
    if "e" in text.lower():
        return text
    return text + "0" if len(text.partition(".")[2]) == 3 else text


def text_table(rows: Sequence[Sequence[str | None]], width: int) -> pa.Table:
    """Return rows of text cells as a table."""
    columns = [pa.array([row[n] for row in rows], pa.string()) for n in range(width)]
    return pa.Table.from_arrays(columns, names=[str(n) for n in range(width)])


def _value(cell: pa.Scalar) -> object:
    try:
        return cell.as_py()
    except (OverflowError, ValueError):
        # Python cannot represent some times, for example after the year 9999.
        return cell.cast(pa.string()).as_py()
