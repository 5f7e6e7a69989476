"""The rows of a file in any format. Other modules interpret their values."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import BinaryIO, Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

#: The kind of values that each column should have, by the index of the column.
Expected = Mapping[int, Literal["count", "time", "id"]]
ANYTHING: Final[Expected] = MappingProxyType({})
#: Freio keeps at most this many characters of a line above the headings.
MAX_SKIPPED: Final = 200
#: This text marks a formula without a value in `Layout.unread_cells`.
FORMULA: Final = "="
#: The separator of several values in one cell of a JSON file.
SEVERAL: Final = "\x01"
#: `number_text` does not write out a number with more digits than this, such as `1e+30`.
_DIGITS: Final = 30


@dataclass(frozen=True, slots=True)
class Damage:
    """A record that is not a correct row: its place, its text, and the reason.

    - `line`: the line, row or object where the record begins, counted from 1.
    - `template`: the reason, as an English text marked with `N_`. `values` fill its placeholders.
    - `cells`: the cells of a record with too few cells, otherwise (). The row is still used if no
      field needs the missing cells.
    """

    line: int
    raw: str
    template: str
    values: dict[str, object]
    cells: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file, in the order of the file.

    - `table`: one column for each heading, in the order of the headings. A column has strings,
      whole numbers, floats, dates or times.
    - `lines`: where each row begins. See `Damage.line`.
    - `damaged`: the records in this part of the file that are not correct rows.
    - `texts`: the rows as the file has them, or None if the format is not text.
    - `parse`: splits `texts` into columns of strings. It is None if `texts` is None, or if all
      columns of `table` already are strings.
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
        """Return the rows at these indexes, with a trimmed text in each cell."""
        if self.parse is not None and self.texts is not None:
            table = self.parse("\n".join(self.texts[place] for place in places).encode())
        else:
            table = self.table.take(pa.array(places, pa.int64()))
        texts = [as_text(column) for column in table.columns]
        return pa.Table.from_arrays(texts, names=[str(n) for n in range(len(texts))])

    def select(self, places: Sequence[int]) -> Block:
        """Return a block of the rows at these indexes, and of all damaged records."""
        return replace(
            self,
            table=self.table.take(pa.array(places, pa.int64())),
            lines=[self.lines[place] for place in places],
            texts=None if self.texts is None else [self.texts[place] for place in places],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The place of the sends in a file.

    A mapping can set the first three fields. If such a field is 0 or "", Freio finds the place.

    * `heading_line` is the line of the headings, or the row in a workbook, counted from 1.
    * `sheet` is the name of the sheet in a workbook.
    * `list` is the path of the list in JSON, such as `data.results`.

    The other fields describe an open file:

    * `wrapper` is the path of the send in each JSON object, such as `campaign`.
    * `sheets` and `lists` are the sheets and lists that a person can choose.
    * `likely_sheets` and `likely_lists` are the sheets and lists that can contain the sends.
    * `skipped` has the lines above the headings.
    * `second_line` is a line below the headings that belongs to them, such as a line with units.
    * `is_1904` says whether a workbook counts days from 1904.
    * `zones` has values beside a list in JSON that can name the time zone: `timezone: UTC`.
    * `scales` has values beside a list in JSON that mean thousands or millions: `units: thousands`.
      `zones` and `scales` are set after all blocks were read.
    * `hidden_rows` is the number of hidden rows.
    * `hidden_columns` has the indexes of hidden columns.
    * `unread_cells` has the first unread cell of each column: the index of the column, the name of
      the cell, and its error or FORMULA.
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


class Rows:
    """An open file: its headings, and its rows block by block. Each format has its subclass."""

    #: The headings as the file has them.
    headings: tuple[str, ...]
    layout = Layout()
    #: The share of the file that has been read, from 0 to 1.
    share = 0.0
    #: A value that shows missing pages, such as `total: 57`, or "". Set after all blocks were read.
    page_mark = ""

    def __init__(self, stream: BinaryIO) -> None:
        self._source = stream
        # A subclass can replace `_stream` with a changed copy of the content.
        self._stream = stream

    def blocks(self, _expected: Expected = ANYTHING, /) -> Iterable[Block]:
        """Return the rows in the order of the file. A second call begins again at the first row.

        If a column has an expected kind, its values can be numbers or times instead of texts.
        Raises FeedError if the content does not fit the format of the file.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Close the copy of the content, if it exists. The source itself stays open."""
        if self._stream is not self._source:
            self._stream.close()


def combined(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def text_bytes(text: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Return the byte position of each text and of the end, and the UTF-8 bytes of all texts."""
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
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def number_text(value: float | Decimal) -> str:
    """Return a typed number as text. A whole number has no fraction.

    `1.234` becomes `1.2340`, because the text `1.234` can also mean 1234.
    """
    exact, text = Decimal(value), str(value)
    if not exact.is_finite() or not -_DIGITS < exact.adjusted() < _DIGITS:
        return text
    if exact == exact.to_integral_value():
        return str(int(exact))
    if "e" in text.lower():
        return text
    return text + "0" if len(text.partition(".")[2]) == 3 else text


def text_table(rows: Sequence[Sequence[str | None]], width: int) -> pa.Table:
    """Return rows of text cells as a table."""
    return pa.table({str(n): pa.array([row[n] for row in rows], pa.string()) for n in range(width)})


def _value(cell: pa.Scalar) -> object:
    try:
        return cell.as_py()
    except (OverflowError, ValueError):
        # Python cannot represent some times, for example after the year 9999.
        return cell.cast(pa.string()).as_py()
