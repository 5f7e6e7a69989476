"""Read Excel workbooks as `Rows`, with the library calamine."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from core.errors import N_, FeedError
from core.feed.formats.rows import ANYTHING, Block, Damage, Expected, as_csv, text_table
from core.feed.limits import (
    BLOCK_BYTES,
    BLOCK_CELLS,
    MAX_RAW,
    MAX_RECORD,
    TOO_LONG,
    require_columns,
)

_ROWS: Final = 20_000
_Cell = int | float | str | bool | time | date | datetime | timedelta


class ExcelRows:
    """The first sheet of a workbook that is not empty. Raises FeedError if all are empty."""

    def __init__(self, stream: BinaryIO) -> None:
        self.share = 0.0
        try:
            book = CalamineWorkbook.from_filelike(stream)
            sheets = (book.get_sheet_by_index(n) for n in range(len(book.sheet_names)))
            sheet = next((s for s in sheets if s.height), None)
        except (CalamineError, OSError, ValueError):
            raise FeedError(
                N_("The Excel file is damaged or protected."),
                N_("Save it again, without a password."),
            ) from None
        if sheet is None:
            raise FeedError(N_("The workbook is empty."), N_("Export it again."))
        self._sheet: CalamineSheet = sheet
        self._heading_row, heading = next((n, row) for n, row in self._rows() if any(row))
        while heading and not heading[-1]:
            heading.pop()
        self.headings = tuple(cell.strip() for cell in heading)
        require_columns(self.headings)

    def blocks(self, _expected: Expected = ANYTHING) -> Iterator[Block]:
        """Return the rows in order; lines are Excel's row numbers."""
        kept: list[list[str]] = []
        lines: list[int] = []
        damaged: list[Damage] = []
        width, size = len(self.headings), 0
        count = min(_ROWS, max(1, BLOCK_CELLS // max(1, width)))
        last, _column = self._sheet.end or (self._sheet.height - 1, 0)
        for number, row in self._rows():
            if number <= self._heading_row or not any(row):
                continue
            length = sum(map(len, row))
            if length > MAX_RECORD:
                raw = as_csv(row)[: MAX_RAW + 1]
                damaged.append(Damage(number, raw, TOO_LONG, {"most": MAX_RECORD}))
                continue
            size += length
            if any(row[width:]):
                used = max(n for n, cell in enumerate(row, start=1) if cell)
                counts: dict[str, object] = {"found": used, "expected": width}
                reason = N_("it has {found} cells, the heading has {expected}")
                damaged.append(Damage(number, as_csv(row[:used]), reason, counts))
                continue
            kept.append(row[:width] + [""] * (width - len(row)))
            lines.append(number)
            if len(kept) == count or size > BLOCK_BYTES:
                self.share = number / (last + 1)
                yield Block(text_table(kept, width), lines, damaged)
                kept, lines, damaged, size = [], [], [], 0
        self.share = 1.0
        if kept or damaged:
            yield Block(text_table(kept, width), lines, damaged)

    def close(self) -> None:
        """Do nothing: the stream belongs to the caller."""

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        rows: Iterator[Sequence[_Cell]] = self._sheet.iter_rows()
        for number, row in enumerate(rows, start=1):
            yield number, [_plain(cell) for cell in row]


def _plain(cell: _Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)
