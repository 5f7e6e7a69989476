"""Export the outcomes of a bulk abort as CSV for spreadsheets."""

from collections.abc import Sequence
from dataclasses import fields

from core.domain.bulk_abort import BulkSend
from core.infrastructure.spreadsheet_csv import spreadsheet_csv

#: The columns: the fields of one send of a batch.
COLUMNS = tuple(field.name for field in fields(BulkSend))


def as_csv(sends: Sequence[BulkSend]) -> bytes:
    """Return outcomes as CSV in UTF-8. Formulas in texts are escaped."""
    rows = ([getattr(send, name) for name in COLUMNS] for send in sends)
    return spreadsheet_csv(COLUMNS, rows).encode()
