"""The statements of a guarded write: new state, row of history, receipt, delivery."""

from collections.abc import Sequence
from datetime import datetime

from core.domain.audit_log import EntryKind, contradicted_at
from core.domain.delivery import delivery_of
from core.domain.model import (
    Confirmation,
    Guard,
    Receipt,
    ReceiptId,
    SendConfiguration,
    Source,
    StateChange,
)
from core.store.engine import Row, Transaction
from core.store.named_sql import named_sql
from core.store.rows import (
    CHANGE_COLUMNS,
    DELIVERY_COLUMNS,
    RECEIPT_COLUMNS,
    WRITTEN_RECEIPT_COLUMNS,
    columns,
    placeholders,
    to_params,
)
from core.store.state_conditions import ON_SENDS

_UPDATED = (
    "state",
    "raw_state",
    "total_records",
    "generated_records",
    "processing_started_at",
    "in_progress_at",
    "generation_started_at",
    "finished_at",
    "updated_at",
    "abort_confirmation",
    "went_on_as",
)


def insert(tx: Transaction, table: str, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows. A single row uses a plain INSERT, which takes less time than `add_rows`."""
    if len(rows) == 1:
        # Names from the code only.
        sql = f"INSERT INTO {table} ({columns(names)}) VALUES ({placeholders(names)})"  # noqa: S608
        tx.rows(sql, dict(zip(names, rows[0], strict=True)))
    elif rows:
        tx.add_rows(table, names, rows)


def update(tx: Transaction, guard: Guard, after: SendConfiguration) -> bool:
    """Write new facts if the send still matches the guard; return whether it matches (I1, I5)."""
    sql = named_sql("write")["guarded_update"].format(generation=ON_SENDS[guard.generation])
    params = to_params(after, _UPDATED) | {
        "id": guard.id,
        "guard_version": guard.version,
        "guard_state": guard.state.value,
        "guard_total": guard.total_records,
        "guard_went_on_as": guard.went_on_as and guard.went_on_as.value,
        "guard_confirmation": guard.abort_confirmation and guard.abort_confirmation.value,
    }
    return tx.change(sql, params) == 1


def insert_change(
    tx: Transaction,
    guard: Guard,
    after: SendConfiguration,
    source: Source,
    actor: str,
    when: datetime,
    receipt_id: ReceiptId | None = None,
) -> None:
    """Add the history row of a write."""
    change = change_of(guard, after, source, actor, when, receipt_id)
    insert(tx, "state_changes", CHANGE_COLUMNS, [tuple(to_params(change, CHANGE_COLUMNS).values())])


def change_of(
    guard: Guard,
    after: SendConfiguration,
    source: Source,
    actor: str,
    when: datetime,
    receipt_id: ReceiptId | None = None,
) -> StateChange:
    """Return the history row of a write."""
    return StateChange(
        configuration_id=guard.id,
        changed_at=when,
        from_state=guard.state,
        to_state=after.state,
        generated_records=after.generated_records,
        version=after.version,
        source=source,
        actor=actor,
        receipt_id=receipt_id,
    )


def insert_receipts(tx: Transaction, receipts: Sequence[Receipt]) -> None:
    """Add receipts and their deliveries. Also add the news of aborts that are contradicted."""
    rows = [tuple(to_params(r, RECEIPT_COLUMNS).values()) for r in receipts]
    insert(tx, "receipts", WRITTEN_RECEIPT_COLUMNS, rows)
    rows = [tuple(to_params(d, DELIVERY_COLUMNS).values()) for d in map(delivery_of, receipts) if d]
    insert(tx, "deliveries", DELIVERY_COLUMNS, rows)
    for receipt in receipts:
        if receipt.confirmation is Confirmation.CONTRADICTED:
            add_news(tx, receipt.id, EntryKind.CONTRADICTED, contradicted_at(receipt))


def add_news(
    tx: Transaction,
    id: ReceiptId,
    kind: EntryKind,
    at: datetime,
    spared: int | None = None,
    gone: int | None = None,
) -> bool:
    """Add news about a receipt; return False if the receipt has news of this kind already."""
    news = {"kind": kind.value, "happened_at": at, "spared": spared, "gone": gone}
    return tx.change(named_sql("write")["add_news"], {"receipt_id": id, **news}) == 1
