"""Receipts to take away: whatever stands in a field, a spreadsheet reads it as text."""

import csv
import io
from dataclasses import fields, replace
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from core.model import ConfigurationId, Confirmation, Receipt, ReceiptId
from core.receipt_export import COLUMNS, as_csv, as_parquet
from core.receipt_log import Placed
from core.states import Refusal, State, Verdict

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAIN = Receipt(
    id=ReceiptId("r"),
    configuration_id=ConfigurationId("a"),
    configuration_name="Promoção",
    account="Sul",
    requested_at=NOW,
    actor="Ana",
    verdict=Verdict.REFUSE,
    refusal=Refusal.TOO_LATE,
    state_before=State.IN_PROGRESS,
    state_after=State.IN_PROGRESS,
    total_records=7_000,
    generated_records=5_000,
    spared=0,
    gone=7_000,
    reason="other",
    note="",
    facts_at=NOW,
    confirmation=Confirmation.NOT_APPLICABLE,
)
TEXTS = [f.name for f in fields(Receipt) if f.type in ("str", "ConfigurationId", "ReceiptId")]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")']


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("formula", FORMULAS)
def test_no_field_is_a_formula(name: str, formula: str) -> None:
    changed = replace(PLAIN, **{name: formula})
    (row,) = read(as_csv([Placed(changed, 1, "f00")]))
    assert row[name] == "'" + formula


def test_every_fact_of_a_receipt_is_in_both_files() -> None:
    placed = [Placed(PLAIN, 3, "f00"), Placed(PLAIN, None, "")]
    rows = read(as_csv(placed))
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["requested_at"], rows[0]["ledger_number"]) == ("2026-11-23T12:00:00+00:00", "3")
    table = pq.read_table(io.BytesIO(as_parquet(placed))).to_pylist()
    assert table[0]["requested_at"] == NOW
    assert table[0]["gone"] == 7_000
    assert (table[0]["ledger_hash"], table[1]["ledger_number"]) == ("f00", None)
    assert read(as_csv([])) == []
    assert pq.read_table(io.BytesIO(as_parquet([]))).num_rows == 0
