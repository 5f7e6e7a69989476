"""Export the outcomes of a bulk abort as CSV for spreadsheets."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum

from core.domain.bulk_abort import BulkSend
from core.domain.spreadsheet_formulas import escape_formula

#: The columns: the fields of one send of a batch.
COLUMNS = tuple(field.name for field in fields(BulkSend))


def as_csv(sends: Sequence[BulkSend]) -> bytes:
    """Return outcomes as CSV in UTF-8. Formulas in texts are escaped."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for send in sends:
        writer.writerow([escape_formula(_text(getattr(send, name))) for name in COLUMNS])
    # With a byte order mark, spreadsheets read the file as UTF-8.
    return ("\ufeff" + out.getvalue()).encode()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
