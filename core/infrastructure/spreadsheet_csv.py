"""Write CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum

from core.domain.spreadsheet_formulas import escape_formula


def spreadsheet_csv(headings: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV with escaped formulas. Times are in UTC, and None is an empty cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([escape_formula(_text(value)) for value in row])
    # With a byte order mark, spreadsheets read the file as UTF-8.
    return "\ufeff" + out.getvalue()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
