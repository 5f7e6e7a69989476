"""Write new facts, the history, receipts and deliveries."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Final

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
from core.store.daily_counts import COLUMNS, day_of
from core.store.engine import Row, Transaction
from core.store.named_sql import named_sql
from core.store.rows import (
    CHANGE,
    DELIVERY,
    RECEIPT,
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
#: The maximum number of rows for a plain INSERT. An abort adds two rows to `daily_counts`.
_FEW: Final = 2


def insert(tx: Transaction, table: str, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows. For a few rows, a plain INSERT is faster than `add_rows`."""
    if len(rows) > _FEW:
        tx.add_rows(table, names, rows)
    elif rows:
        numbered = [[f"{name}_{n}" for name in names] for n in range(len(rows))]
        places = ", ".join(f"({placeholders(each)})" for each in numbered)
        params = dict(zip(chain(*numbered), chain(*rows), strict=True))
        # All names come from the code.
        tx.change(f"INSERT INTO {table} ({columns(names)}) VALUES {places}", params)  # noqa: S608


def change_send(
    tx: Transaction, guard: Guard, after: SendConfiguration, change: StateChange
) -> bool:
    """If the send still matches the guard, write new facts and a row of history (I1, I5).

    Return whether the send matches. If it does, the caller must call `count_changes`.
    """
    sql = named_sql("write")["guarded_update"].format(generation=ON_SENDS[guard.generation])
    params = to_params(after, _UPDATED) | {
        "id": guard.id,
        "guard_version": guard.version,
        "guard_state": guard.state.value,
        "guard_total": guard.total_records,
        "guard_went_on_as": guard.went_on_as and guard.went_on_as.value,
        "guard_confirmation": guard.abort_confirmation and guard.abort_confirmation.value,
    }
    if tx.change(sql, params) != 1:
        return False
    insert_changes(tx, [change])
    return True


def insert_changes(tx: Transaction, changes: Sequence[StateChange]) -> None:
    """Add rows of history."""
    insert(tx, "state_changes", CHANGE.names, [CHANGE.row(each) for each in changes])


def change_of(
    guard: Guard,
    after: SendConfiguration,
    source: Source,
    actor: str,
    when: datetime,
    receipt_id: ReceiptId | None = None,
) -> StateChange:
    """Return the row of history for a write."""
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


def count_changes(tx: Transaction, changes: Sequence[tuple[Guard, SendConfiguration]]) -> None:
    """Update the summary by day: subtract the old facts, and add the new facts."""
    # Three sums for each cell: sends, recipients, and sends of unknown size.
    added: defaultdict[tuple[object, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for before, after in changes:
        due = after.scheduled_at
        place = (None if due is None else day_of(due), after.account, after.channel)
        for facts, sign in ((before, -1), (after, 1)):
            state, generation = facts.state.value, facts.generation.value
            cell = (*place, state, generation, facts.abort_confirmation, facts.went_on_as)
            total = facts.total_records
            for n, count in enumerate((1, total or 0, int(total is None))):
                added[cell][n] += sign * count
    rows = [(*cell, *counts) for cell, counts in added.items() if any(counts)]
    insert(tx, "daily_counts", COLUMNS, rows)


def insert_receipts(tx: Transaction, receipts: Sequence[Receipt]) -> None:
    """Add receipts and deliveries, and the news about contradicted aborts."""
    rows = [RECEIPT.row(receipt) for receipt in receipts]
    insert(tx, "receipts", WRITTEN_RECEIPT_COLUMNS, rows)
    rows = [DELIVERY.row(delivery) for delivery in map(delivery_of, receipts) if delivery]
    insert(tx, "deliveries", DELIVERY.names, rows)
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
    """Add news about a receipt. Return False if the receipt already has news of this kind."""
    news = {"kind": kind.value, "happened_at": at, "spared": spared, "gone": gone}
    return tx.change(named_sql("write")["add_news"], {"receipt_id": id, **news}) == 1
