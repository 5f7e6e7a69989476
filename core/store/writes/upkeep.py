"""Upkeep (`core.ports.upkeep`): merge the summary by day, and drop old data."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from core.domain.audit_log import Entry, EntryKind
from core.store.daily_counts import COLUMNS
from core.store.engine import Transaction
from core.store.journal.upkeep import PRUNED_BEFORE, JournalUpkeep
from core.store.named_sql import named_sql
from core.store.store_part import Shared, StorePart
from core.store.writes.audit_log import append
from core.store.writes.data_origin import held_origin
from core.store.writes.retries import retried
from core.store.writes.shared_state import write_fact

#: A cell of the summary can have several rows. If the table has over 1,000 more rows than cells,
#: `tidy` merges the rows of each cell.
MAX_EXTRA_ROWS: Final = 1_000

#: The statements of `prune.sql` that drop other data than receipts, in order of execution.
_WITHOUT_RECEIPTS: Final = (
    *("rejects", "imports", "changes", "alert_tellings", "alerts"),
    *("bulk_abort_sends", "bulk_aborts"),
)


class StoreUpkeep(StorePart):
    def __init__(self, shared: Shared, journal_upkeep: JournalUpkeep) -> None:
        super().__init__(shared)
        self._journal_upkeep = journal_upkeep

    @retried
    def tidy(self) -> None:
        self._engine.tidy()
        sql = named_sql("daily")
        rows, cells = self._engine.rows(sql["size"])[0]
        if rows - cells <= MAX_EXTRA_ROWS:
            return
        with self._engine.transaction(gives_way=True) as tx:
            if tx.locks_rows:
                # All statements must see the same rows, even if other transactions commit.
                tx.rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            tx.rows(sql["create_summary"])
            tx.change(sql["delete_all"])
            tx.change(sql["insert_summary"].format(columns=", ".join(COLUMNS)))
            tx.rows("DROP TABLE summary")

    @retried
    def prune(self, before: datetime, now: datetime) -> int:
        with self._revision.transaction(gives_way=True) as tx:
            # Without the lock, another transaction could add news about a dropped receipt.
            held_origin(tx, alone=True)
            dropped = _prune(tx, before, now)
            if dropped:
                write_fact(tx, PRUNED_BEFORE, before.isoformat())
        if dropped:
            self._journal_upkeep.shorten_journal()
        return dropped


def _prune(tx: Transaction, before: datetime, now: datetime) -> int:
    """Drop old data. Return the number of dropped receipts.

    The *cut* is the number of the last dropped entry of the audit log. A new entry records the cut,
    and the hash of the last dropped entry.
    """
    sql, since = named_sql("prune"), {"before": before}
    if tx.locks_rows:
        tx.rows(named_sql("audit_log")["hold_end"])
    for name in _WITHOUT_RECEIPTS:
        tx.change(sql[name], since)
    limit = int(tx.rows(sql["limit"], since)[0][0])
    cut = _clean_cut(tx.rows(sql["last_entries"], {"limit": limit}))
    if cut == 0:
        return 0
    upto = {"cut": cut}
    hash = str(tx.rows(sql["hash"], upto)[0][0])
    for name in ("acknowledgements", "deliveries", "news"):
        tx.change(sql[name], upto)
    dropped = tx.change(sql["receipts"], upto)
    tx.change(sql["entries"], upto)
    tx.change(named_sql("audit_log")["move_end"], {"place": 0, "number": cut, "hash": hash})
    facts = {"number": cut, "hash": hash, "receipts": dropped}
    append(tx, [Entry(EntryKind.PRUNED, now, "", facts)])
    return dropped


def _clean_cut(entries: Iterable[tuple[int, int]]) -> int:
    """Return the cut, or 0 (drop nothing). No receipt may have both dropped and remaining entries.

    `(7, 12)` in `entries` means: entry 12 is the last entry about the receipt of entry 7.
    """
    furthest = cut = 0
    for number, last in entries:
        furthest = max(furthest, last)
        if furthest == number:
            cut = number
    return cut
