"""Read Excel workbooks as `Rows`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import BinaryIO, Final, TypeGuard

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from core.errors import N_, FeedError
from core.feed.formats.heading_line import (
    SEARCHED,
    heading_place,
    known_in,
    one_line,
    with_second_row,
)
from core.feed.formats.rows import (
    ANYTHING,
    MAX_SKIPPED,
    Block,
    Damage,
    Expected,
    Layout,
    Rows,
    as_csv,
    number_text,
    text_table,
)
from core.feed.formats.workbook_xml import (
    PERCENT,
    Code,
    counts_from_1904,
    shown_rows,
    shown_text,
    unseen,
)
from core.feed.interpreting.headings import likely
from core.feed.limits import (
    BLOCK_BYTES,
    BLOCK_CELLS,
    MAX_RECORD,
    OTHER_WIDTH,
    TOO_LONG,
    require_columns,
)

_ROWS: Final = 20_000
#: A float above this number can lack its last digits. `_plain` rounds it: `1.5E+16`.
_EXACT: Final = 2**53
#: Freio rejects a row if the number format of a cell does not fit the kind of its column. Excel
#: perhaps shows another value than Freio would read.
_OTHER_NUMBER: Final = N_(
    "“{heading}” has the number {number}, but its format “{format}” may show another one; give "
    "these cells the format General, correct the numbers, and save the workbook again"
)
_DATE_AS_COUNT: Final = N_(
    "“{heading}” has the format of a date or an hour, and not of a number; give these cells the "
    "format General, correct the numbers, and save the workbook again"
)
_DATE_AS_ID: Final = N_(
    "“{heading}” has a date or an hour, and not an ID, because a spreadsheet has changed the ID; "
    "export the IDs as text"
)
_NUMBER_AS_DATE: Final = N_(
    "“{heading}” has the number {number} with the format “{format}”, which is no format of a date; "
    "give these cells a format of dates, correct the dates, and save the workbook again"
)
#: The reason to reject a row: a template and its values. None for a good row.
_Wrong = tuple[str, dict[str, object]] | None
_Cell = int | float | str | bool | time | date | datetime | timedelta


class ExcelRows(Rows):
    """A sheet of a workbook. A mapping or `_likely` chooses the sheet.

    Freio reads a hidden sheet only if a mapping names the sheet, or if no sheet is visible. Raises
    FeedError if the workbook is damaged, or has no headings.
    """

    def __init__(self, stream: BinaryIO, wanted: Layout = Layout()) -> None:  # noqa: B008 - frozen
        super().__init__(stream)
        try:
            book = CalamineWorkbook.from_filelike(stream)
            visible = [each.name for each in book.sheets_metadata if _is_shown(each)]
            names = [wanted.sheet] if wanted.sheet else visible or book.sheet_names
            chosen = _likely(book, [name for name in names if name in book.sheet_names])
            sheet = book.get_sheet_by_name(chosen[0]) if chosen else None
        except (CalamineError, OSError, ValueError):
            raise FeedError(
                N_("The Excel file is damaged or protected."),
                N_("Save it again, without a password."),
            ) from None
        if sheet is None and wanted.sheet:
            raise FeedError(
                N_("The workbook has no rows in a sheet “{sheet}”."),
                N_("Choose the sheet on the page Imports, or correct it in the mapping."),
                sheet=wanted.sheet,
            )
        if sheet is None and len(visible) < len(book.sheet_names):
            raise FeedError(
                N_("The visible sheets of the workbook are empty. It also has hidden sheets."),
                N_("Show the sheet with the sends, and save the workbook again."),
            )
        if sheet is None:
            raise FeedError(N_("The workbook is empty."), N_("Export it again."))
        self._sheet: CalamineSheet = sheet
        rows = _first_rows(sheet)
        found = (n for n, (line, _) in enumerate(rows) if line == wanted.heading_line)
        place = next(found, None) if wanted.heading_line else heading_place([r for _, r in rows])
        if place is None:
            raise FeedError(
                N_("Line {line} of the file has no headings."),
                N_(
                    "Choose the line with the headings on the page Imports, or correct it in the "
                    "mapping."
                ),
                line=wanted.heading_line,
            )
        heading_row, heading = rows[place]
        self._last_heading_row, second = next(iter(rows[place + 1 :]), (0, []))
        joined = with_second_row(_without_end(heading), _without_end(second))
        if joined is None:
            self._last_heading_row, second = heading_row, []
        self.headings = tuple(map(one_line, joined or _without_end(heading)))
        require_columns(self.headings)
        self.layout = replace(
            unseen(stream, sheet.name, self._last_heading_row, len(self.headings)),
            heading_line=heading_row,
            sheet=sheet.name,
            sheets=tuple(visible),
            likely_sheets=tuple(chosen),
            is_1904=counts_from_1904(stream),
            second_line=as_csv(_title(second))[:MAX_SKIPPED] if second else "",
            skipped=tuple(as_csv(_title(row))[:MAX_SKIPPED] for _, row in rows[:place]),
        )

    def blocks(self, expected: Expected = ANYTHING) -> Iterator[Block]:
        """See `Rows.blocks`."""
        kept: list[list[str]] = []
        lines: list[int] = []
        damaged: list[Damage] = []
        width, size = len(self.headings), 0
        count = min(_ROWS, BLOCK_CELLS // width)
        last, _column = self._sheet.end or (self._sheet.height - 1, 0)
        for number, row, wrong in self._rows(expected):
            if number <= self._last_heading_row or not any(row):
                continue
            length = sum(map(len, row))
            size += length
            if wrong is None and length > MAX_RECORD:
                wrong = TOO_LONG, {"most": MAX_RECORD}
            elif wrong is None and any(row[width:]):
                row = _without_end(row)
                wrong = OTHER_WIDTH, {"found": len(row), "expected": width}
            if wrong is not None:
                damaged.append(Damage(number, as_csv(row), *wrong))
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

    def _rows(self, expected: Expected) -> Iterator[tuple[int, list[str], _Wrong]]:
        rows: Iterator[Sequence[_Cell]] = self._sheet.iter_rows()
        formats = shown_rows(self._stream, self._sheet.name)
        line, shown = next(formats, (0, {}))
        for number, row in enumerate(rows, start=1):
            while 0 < line < number:
                line, shown = next(formats, (0, {}))
            cells = [_plain(cell) for cell in row]
            wrong = self._date_as_other(row, expected)
            if line == number:
                for place in shown.keys() & range(len(row)):
                    kind = expected.get(place, "id")
                    code, zone = shown[place].other_number, shown[place].zone
                    if zone and isinstance(row[place], date | time):
                        cells[place] = f"{cells[place]} {zone}"
                    elif code and kind != "id" and _is_number(row[place]):
                        template = _NUMBER_AS_DATE if kind == "time" else _OTHER_NUMBER
                        values = {"number": cells[place], "format": code}
                        wrong = template, {"heading": self.headings[place], **values}
                    elif kind == "id" or shown[place].parts == PERCENT:
                        cells[place] = _as_shown(row[place], cells[place], shown[place].parts)
            yield number, cells, wrong

    def _date_as_other(self, row: Sequence[_Cell], expected: Expected) -> _Wrong:
        for place, kind in expected.items():
            is_here = kind != "time" and place < len(row)
            if is_here and isinstance(row[place], date | time | timedelta):
                if not any(row[other] != "" for other in expected if place != other < len(row)):
                    continue  # a row with only a date: perhaps the date of the export
                template = _DATE_AS_ID if kind == "id" else _DATE_AS_COUNT
                return template, {"heading": self.headings[place]}
        return None


def _is_shown(sheet: SheetMetadata) -> bool:
    return sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet


def _likely(book: CalamineWorkbook, names: Sequence[str]) -> list[str]:
    found = []
    for name in names:
        rows = [row for _, row in _first_rows(book.get_sheet_by_name(name))]
        if rows:
            found.append((name, rows[heading_place(rows)]))
    likely_sheets = likely(found)
    # If Freio knows no heading in any sheet, return only the first sheet.
    is_known = any(known_in(row) for _, row in found)
    return likely_sheets if is_known else likely_sheets[:1]


def _first_rows(sheet: CalamineSheet) -> list[tuple[int, list[str]]]:
    rows = ((n, [_plain(c) for c in row]) for n, row in enumerate(sheet.iter_rows(), start=1))
    return list(islice(((n, row) for n, row in rows if any(row)), SEARCHED))


def _without_end(row: Sequence[str]) -> list[str]:
    """Remove empty cells at the end."""
    return list(row[: max((n for n, cell in enumerate(row, start=1) if cell), default=0)])


def _title(row: Sequence[str]) -> list[str]:
    """Remove empty cells, but not an empty first cell.

    After an empty cell, `says_scale` reads `Mil` as thousands. In the first cell, `Mil` can be a
    name.
    """
    return [*([] if row[0] else [""]), *filter(None, row)]


def _as_shown(cell: _Cell, text: str, shown: Code) -> str:
    """Return a number as the spreadsheet shows it: `0012`, `ENV-0012` or `12%`."""
    if not _is_number(cell):
        return text
    if shown == PERCENT:
        return f"{100 * cell:g}%"
    return shown_text(shown, text) if text.isdecimal() else text


def _is_number(cell: _Cell) -> TypeGuard[int | float]:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _plain(cell: _Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return number_text(cell) if abs(cell) <= _EXACT else f"{cell:.15G}"
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)
