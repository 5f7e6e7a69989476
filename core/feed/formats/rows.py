"""The rows of a file in any format. `core.feed.interpreting` interprets the values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import BinaryIO, Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

#: The expected kind of the values in a column, by the index of the column.
Expected = Mapping[int, Literal["count", "time", "id"]]
ANYTHING: Final[Expected] = MappingProxyType({})
#: Freio keeps at most this many characters of a line above the headings.
MAX_SKIPPED: Final = 200
#: In `Layout.unread_cells`, this text marks a formula whose result is not in the file.
FORMULA: Final = "="
#: The separator of the values of a JSON list, which Freio joins in one cell.
SEVERAL: Final = "\x01"
#: `number_text` does not write out a number with more digits: `1e+30`.
_DIGITS: Final = 30


@dataclass(frozen=True, slots=True)
class Damage:
    """A damaged record of a file.

    - `line`: where the record begins: the number of the line, row or object, from 1.
    - `template`: the reason, as an English text marked with `N_`. `values` fills the placeholders.
    - `cells`: the cells of a record with too few cells, otherwise (). Freio still uses the record
      if no field needs the missing cells.
    """

    line: int
    raw: str
    template: str
    values: dict[str, object]
    cells: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file.

    - `table`: a column for each heading. A column has strings, whole numbers or times.
    - `lines`: the number of each row, as in `Damage.line`.
    - `damaged`: the damaged records in this part of the file.
    - `texts`: the text of each row, or None if the format is not text.
    - `parse`: splits `texts` into columns of strings. Only a CSV block with typed columns has it.
    """

    table: pa.Table
    lines: Sequence[int]
    damaged: Sequence[Damage] = ()
    texts: Sequence[str] | None = None
    parse: Callable[[bytes], pa.Table] | None = None

    def raw(self, index: int) -> str:
        """Return the text of a row. If the format is not text, return CSV."""
        if self.texts is not None:
            return self.texts[index]
        return as_csv([_value(column[index]) for column in self.table.columns])

    def cells(self, places: Sequence[int]) -> pa.Table:
        """Return the rows at `places`, with a trimmed text in each cell."""
        if self.parse is not None and self.texts is not None:
            table = self.parse("\n".join(self.texts[place] for place in places).encode())
        else:
            table = self.table.take(pa.array(places, pa.int64()))
        texts = [as_text(column) for column in table.columns]
        return pa.Table.from_arrays(texts, names=[str(n) for n in range(len(texts))])

    def select(self, places: Sequence[int]) -> Block:
        """Keep only the rows at `places`, and all damaged records."""
        return replace(
            self,
            table=self.table.take(pa.array(places, pa.int64())),
            lines=[self.lines[place] for place in places],
            texts=None if self.texts is None else [self.texts[place] for place in places],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The place of the sends in a file.

    A mapping can set the first three fields. For 0 or "", Freio finds the place.

    * `heading_line` is the line of the headings, or the row in a workbook, from 1.
    * `sheet` is the name of the sheet.
    * `list` is the path of the list in JSON: `data.results`.

    The next fields describe an open file:

    * `wrapper` is the path of the send in each JSON object: `campaign`.
    * `sheets` and `lists` are the sheets and lists that a person can choose.
    * `likely_sheets` and `likely_lists` are those that probably contain the sends.
    * `skipped` has the lines above the headings.
    * `second_line` is the second line of the headings.
    * `is_1904` says whether a workbook counts days from 1904.
    * `zones` has the possible time zones beside a list in JSON: `timezone: UTC`.
    * `scales` has the scales beside a list in JSON: `units: thousands`. `zones` and `scales` are
      set after the last block.
    * `hidden_rows` is the number of hidden rows. `hidden_columns` has the indexes of columns.
    * `unread_cells` has, for each column, the first cell with an error, or with a formula without
      a result: `(2, "C7", "#REF!")`.
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
    """An open file. Each format has a subclass."""

    headings: tuple[str, ...]
    layout = Layout()
    #: The progress of the reading, from 0 to 1.
    share = 0.0
    #: A sign of missing pages (`total: 57`) or "". Set after the last block.
    page_mark = ""

    def __init__(self, stream: BinaryIO) -> None:
        self._source = stream
        # A subclass can replace `_stream` with a changed copy.
        self._stream = stream

    def blocks(self, _expected: Expected = ANYTHING, /) -> Iterable[Block]:
        """Return the rows in the order of the file. A second call begins again at the first row.

        A format can use the expected kinds, for example to parse numbers. Raises FeedError if the
        content is damaged.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Close the copy. The source stays open."""
        if self._stream is not self._source:
            self._stream.close()


def combined(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column as a single array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def text_bytes(text: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Return `offsets` and `data`. Text `n` has the bytes `data[offsets[n] : offsets[n + 1]]`."""
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
    """Return cells as a row of CSV."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def number_text(value: float | Decimal) -> str:
    """Return a number as text. `5.0` becomes `5`.

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
    """Return rows of text cells as a table. A half of a character becomes `\ufffd`."""
    return pa.table({str(n): _text_column([row[n] for row in rows]) for n in range(width)})


def _text_column(cells: list[str | None]) -> pa.Array:
    try:
        return pa.array(cells, pa.string())
    except UnicodeEncodeError:  # some programs cut texts in the middle of `\ud83d\ude00` in JSON
        whole = [cell and re.sub("[\ud800-\udfff]", "\ufffd", cell) for cell in cells]
        return pa.array(whole, pa.string())


def _value(cell: pa.Scalar) -> object:
    try:
        return cell.as_py()
    except (OverflowError, ValueError):
        # Python has no times after the year 9999.
        return cell.cast(pa.string()).as_py()
