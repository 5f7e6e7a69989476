"""Find columns of dates in which a spreadsheet may have exchanged day and month.

Example: a file has the day first, and the spreadsheet expects the month first. The spreadsheet
reads `03/04/2026` as 4 March, and saves `2026-03-04`. `25/04/2026` stays unchanged, because there
is no month 25. In the saved column, dates with the year first have only days up to 12.
"""

from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.feed.formats.rows import as_text, text_bytes

_MONTHS: Final = 12
#: A time that begins with a year. The group is the day. A zone can follow. Years before 2000 do not
#: match: `1970-01-01` can mean “no time”.
_YEAR_FIRST: Final = (
    r"^20\d\d[-/.]\d\d?[-/.](\d\d?)(?:[T ]\d\d?:\d\d(?::\d\d(?:\.\d+)?)?)?"
    r"(?: (?:Z|\(?(?:UTC|GMT).*))?$"
)
#: A date with the year last: `25/04/2026`.
_OPEN: Final = r"^\d{1,2}([/.-])\d{1,2}[/.-]\d{2,4}(\D.*)?$"
#: A number of days, as spreadsheets save dates: `46115`. It counts as a date with the year first.
_SERIAL: Final = r"^[4-9]\d{4}([.,]\d+)?$"
_DAY_ZERO: Final = date(1899, 12, 30)
_SIGNS: Final = tuple(b"/.-")


class DateForms:
    """The forms of the dates in a column. `example` is a date with the year last, or ""."""

    def __init__(self) -> None:
        self.example = ""
        self._latest = 0

    @property
    def may_be_exchanged(self) -> bool:
        """Whether both forms occur: the year first, with no day above 12, and the year last."""
        return bool(self.example) and 0 < self._latest <= _MONTHS

    def add(self, column: pa.Array) -> None:
        """Add a part of the column."""
        if self._latest > _MONTHS:
            return
        if pa.types.is_timestamp(column.type):
            if column.type.tz is None:
                self._add_days(pc.day(pc.filter(column, pc.greater_equal(pc.year(column), 2000))))
            return
        if not (pa.types.is_string(column.type) and len(column)):
            return
        text = as_text(column)
        bounds, data = text_bytes(text)
        lengths = np.diff(bounds)

        def has_sign(place: int) -> bool:
            letters = data[bounds[:-1][lengths > place] + place]
            return any(bool(np.any(letters == sign)) for sign in _SIGNS)

        if has_sign(4):
            found = pc.filter(text, pc.match_substring_regex(text, _YEAR_FIRST))
            self._add_days(pc.replace_substring_regex(found, _YEAR_FIRST, r"\1").cast(pa.int64()))
        if has_sign(5) or bool(np.any(lengths == len("46115"))):
            found = pc.unique(pc.filter(text, pc.match_substring_regex(text, _SERIAL)))
            days = (_DAY_ZERO + timedelta(int(each[:5])) for each in found.to_pylist())
            self._add_days(pa.array([each.day for each in days], pa.int64()))
        if not self.example and (has_sign(1) or has_sign(2)):
            place = pc.index(pc.match_substring_regex(text, _OPEN), True).as_py()
            self.example = text[place].as_py()[:80] if place >= 0 else ""

    def _add_days(self, days: pa.Array) -> None:
        self._latest = max(self._latest, pc.max(days).as_py() or 0)
