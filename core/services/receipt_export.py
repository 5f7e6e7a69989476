"""Export receipts and bulk aborts as CSV, and receipts as Parquet."""

import io
from collections.abc import Sequence
from dataclasses import fields, replace
from enum import Enum

import pyarrow as pa
import pyarrow.parquet as pq

from core.domain.bulk_abort import BulkSend
from core.domain.model import Receipt
from core.domain.receipt_query import LoggedReceipt
from core.infrastructure.spreadsheet_csv import spreadsheet_csv

_NAMES = tuple(field.name for field in fields(Receipt))
_TIMES = (*(name for name in _NAMES if name.endswith("_at")), "acknowledged_at")
_COUNTS = (
    *("total_records", "generated_records", "spared", "gone"),
    *("shown_total", "shown_generated", "shown_age_seconds", "ledger_number"),
)

#: The columns of an exported receipt. People add up `spared` and `gone`, so these columns are empty
#: until the numbers are final.
COLUMNS = (
    *_NAMES,
    "shown_age_seconds",
    *("acknowledged_at", "acknowledged_by", "acknowledgement"),
    *("ledger_number", "ledger_hash"),
)


BULK_COLUMNS = tuple(field.name for field in fields(BulkSend))


def bulk_as_csv(sends: Sequence[BulkSend]) -> bytes:
    """Return the outcomes of a bulk abort as CSV in UTF-8, with escaped formulas."""
    rows = ([getattr(send, name) for name in BULK_COLUMNS] for send in sends)
    return spreadsheet_csv(BULK_COLUMNS, rows).encode()


def as_csv(placed: Sequence[LoggedReceipt]) -> bytes:
    """Return receipts as CSV in UTF-8, with escaped formulas."""
    return spreadsheet_csv(COLUMNS, map(_values, placed)).encode()


def as_parquet(placed: Sequence[LoggedReceipt]) -> bytes:
    """Return receipts as Parquet, with typed times and counts."""
    rows = [_values(each) for each in placed]
    arrays = [pa.array([row[n] for row in rows], _type(name)) for n, name in enumerate(COLUMNS)]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=list(COLUMNS)), out)
    return out.getvalue()


def _type(name: str) -> pa.DataType:
    if name in _TIMES:
        return pa.timestamp("us", tz="UTC")
    return pa.int64() if name in _COUNTS else pa.string()


def _values(placed: LoggedReceipt) -> list[object]:
    receipt = placed.receipt
    if not placed.has_final_numbers:
        receipt = replace(receipt, spared=None, gone=None)
    values = [getattr(receipt, name) for name in _NAMES]
    plain = [value.value if isinstance(value, Enum) else value for value in values]
    noted = placed.acknowledgement
    by = (noted.acknowledged_at, noted.actor, noted.note) if noted else (None, None, None)
    since = receipt.shown_facts_at
    age = None if since is None else int((receipt.requested_at - since).total_seconds())
    return [*plain, age, *by, placed.number, placed.hash]
