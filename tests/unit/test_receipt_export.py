"""The export of receipts: spreadsheets read every field as text."""

import csv
import io
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from core.domain.model import (
    Acknowledgement,
    Concern,
    ConfigurationId,
    Confirmation,
    Receipt,
    ReceiptId,
)
from core.domain.receipt_query import LoggedReceipt
from core.domain.states import Refusal, State, Verdict
from core.services.receipt_export import COLUMNS, as_csv, as_parquet

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
    (row,) = read(as_csv([LoggedReceipt(changed, 1, "f00")]))
    assert row[name] == "'" + formula


@pytest.mark.parametrize("formula", FORMULAS)
def test_an_acknowledgement_is_never_a_formula(formula: str) -> None:
    seen = Acknowledgement(PLAIN.id, Concern.CONTRADICTED, NOW, formula, formula)
    (row,) = read(as_csv([LoggedReceipt(PLAIN, 1, "f00", seen)]))
    assert row["acknowledged_by"] == row["acknowledgement"] == "'" + formula


def test_what_was_shown_and_what_came_of_it_is_in_both_files() -> None:
    shown = replace(
        PLAIN,
        role="operator",
        address="10.0.0.9",
        shown_state="SCHEDULED",
        shown_total=7_000,
        shown_generated=0,
        shown_facts_at=NOW - timedelta(seconds=90),
        confirmation=Confirmation.CONTRADICTED,
        confirmed_at=NOW,
    )
    seen = Acknowledgement(PLAIN.id, Concern.CONTRADICTED, NOW, "Ana", "told the customer")
    said = {
        "role": "operator",
        "address": "10.0.0.9",
        "shown_state": "SCHEDULED",
        "shown_total": 7_000,
        "shown_generated": 0,
        "shown_age_seconds": 90,
        "confirmation": "contradicted",
        "acknowledged_by": "Ana",
        "acknowledgement": "told the customer",
    }
    (row,) = read(as_csv([LoggedReceipt(shown, 1, "f00", seen)]))
    assert {name: row[name] for name in said} == {name: str(v) for name, v in said.items()}
    (exported,) = pq.read_table(
        io.BytesIO(as_parquet([LoggedReceipt(shown, 1, "f00", seen)]))
    ).to_pylist()
    assert {name: exported[name] for name in said} == said
    assert exported["acknowledged_at"] == exported["confirmed_at"] == NOW


def test_every_fact_of_a_receipt_is_in_both_files() -> None:
    placed = [LoggedReceipt(PLAIN, 3, "f00"), LoggedReceipt(PLAIN, None, "")]
    rows = read(as_csv(placed))
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["requested_at"], rows[0]["ledger_number"]) == ("2026-11-23T12:00:00+00:00", "3")
    table = pq.read_table(io.BytesIO(as_parquet(placed))).to_pylist()
    assert table[0]["requested_at"] == NOW
    assert table[0]["gone"] == 7_000
    assert (table[0]["ledger_hash"], table[1]["ledger_number"]) == ("f00", None)
    assert read(as_csv([])) == []
    assert pq.read_table(io.BytesIO(as_parquet([]))).num_rows == 0


@pytest.mark.parametrize("confirmation", Confirmation)
def test_a_sum_of_whom_aborts_spared_counts_only_confirmed_ones(confirmation: Confirmation) -> None:
    stopped = replace(
        PLAIN, verdict=Verdict.CANCEL_NOW, refusal=None, spared=7_000, gone=0,
        confirmation=confirmation,
    )  # fmt: skip
    (row,) = read(as_csv([LoggedReceipt(stopped, 1, "f00")]))
    known = confirmation in (Confirmation.CONFIRMED, Confirmation.NOT_APPLICABLE)
    assert (row["spared"], row["gone"]) == (("7000", "0") if known else ("", ""))
