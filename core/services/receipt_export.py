"""Receipts as a file to take away: CSV for spreadsheets, Parquet for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from enum import Enum

import pyarrow as pa
import pyarrow.parquet as pq

from core.domain.model import Receipt
from core.domain.receipt_query import Placed
from core.domain.spreadsheet_formulas import escape_formula

_NAMES = tuple(field.name for field in fields(Receipt))
_TIMES = (*(name for name in _NAMES if name.endswith("_at")), "acknowledged_at")
_COUNTS = (
    *("total_records", "generated_records", "spared", "gone"),
    *("shown_total", "shown_generated", "shown_age_seconds", "ledger_number"),
)

#: The columns of both files: a receipt's own, how old the facts were that the dialog showed, who
#: has seen to it and what they made of it, and its place in the record. Whom an abort spared is
#: empty until it is confirmed, so that a sum of the column is true.
COLUMNS = (
    *_NAMES,
    "shown_age_seconds",
    *("acknowledged_at", "acknowledged_by", "acknowledgement"),
    *("ledger_number", "ledger_hash"),
)


def as_csv(placed: Sequence[Placed]) -> bytes:
    """Return receipts as CSV in UTF-8; nothing in it is taken for a formula by a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in placed:
        writer.writerow([escape_formula(_text(value)) for value in _values(each)])
    # With its mark, spreadsheets read it as UTF-8.
    return ("\ufeff" + out.getvalue()).encode()


def as_parquet(placed: Sequence[Placed]) -> bytes:
    """Return receipts as Parquet, with times and counts as what they are."""
    rows = [_values(each) for each in placed]
    arrays = [pa.array([row[n] for row in rows], _type(name)) for n, name in enumerate(COLUMNS)]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=list(COLUMNS)), out)
    return out.getvalue()


def _type(name: str) -> pa.DataType:
    if name in _TIMES:
        return pa.timestamp("us", tz="UTC")
    return pa.int64() if name in _COUNTS else pa.string()


def _values(placed: Placed) -> list[object]:
    told = placed.receipt
    if not told.is_settled:
        told = replace(told, spared=None, gone=None)
    found = [getattr(told, name) for name in _NAMES]
    plain = [value.value if isinstance(value, Enum) else value for value in found]
    seen = placed.acknowledgement
    noted = (seen.acknowledged_at, seen.actor, seen.note) if seen else (None, None, None)
    return [*plain, _age(placed.receipt), *noted, placed.number, placed.hash]


def _age(receipt: Receipt) -> int | None:
    since = receipt.shown_facts_at
    return None if since is None else int((receipt.requested_at - since).total_seconds())


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
