"""Write and check the audit log (`core.domain.audit_log`)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Final

from core.domain.audit_log import Entry, EntryKind, link, of_acknowledgement, of_news, of_receipt
from core.domain.audit_log_check import AuditLogCheck, AuditLogResult
from core.domain.model import Receipt
from core.store.engine import Engine, Params, Row, Streams, Transaction
from core.store.named_sql import named_sql
from core.store.rows import (
    ACKNOWLEDGEMENT,
    RECEIPT,
    WRITTEN_RECEIPT_COLUMNS,
    columns,
)
from core.store.writes.retries import retried
from core.store.writes.statements import insert

_COLUMNS: Final = ("number", "happened_at", "kind", "receipt_id", "body", "hash")
_NEWS: Final = ("receipt_id", "kind", "happened_at", "gone")

#: The number of rows that a check has in memory at once.
_CHUNK: Final = 2_000


def write_news(
    tx: Transaction, kind: EntryKind, at: datetime, statement: str, params: Params | None = None
) -> list[Entry]:
    """Write news about each receipt in the result of a statement. Return the log entries.

    `statement` is a name in `audit_log.sql`. The result has two columns: the id of a receipt, and
    the number of records that were sent before the stop. This number is NULL if there are none, or
    if the number is unknown. The caller must have locked the sends.
    """
    found = tx.rows(named_sql("audit_log")[statement], params)
    insert(tx, "receipt_news", _NEWS, [(id, kind.value, at, gone) for id, gone in found])
    return [of_news(kind, at, id, None, gone) for id, gone in found]


def append(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Add entries to the end of the audit log.

    From this call until the commit, other writers wait. Call this last in a transaction.
    """
    if not entries:
        return
    sql = named_sql("audit_log")
    number, hash = _held_end(tx)
    rows: list[Row] = []
    for entry in entries:
        number, body = number + 1, entry.body()
        hash = link(hash, number, body)
        rows.append((number, entry.at, entry.kind.value, entry.receipt_id, body, hash))
    insert(tx, "ledger", _COLUMNS, rows)
    tx.change(sql["move_end"], {"place": 1, "number": number, "hash": hash})


def _held_end(tx: Transaction) -> tuple[int, str]:
    sql = named_sql("audit_log")
    held = tx.rows(sql["hold_end" if tx.locks_rows else "end"])
    if not held:
        # Somebody deleted this row. Go on after the last entry: people must still be able to abort.
        # If entries about receipts were deleted too, the next check reports the receipts.
        last = tx.rows(sql["last"])
        held = [last[0] if last else (0, "")]
        tx.rows(sql["set_end"], {"number": held[0][0], "hash": held[0][1]})
    return int(held[0][0]), str(held[0][1])


def begin(engine: Engine) -> None:
    """Write the stored receipts into an empty audit log."""
    sql = named_sql("audit_log")
    ended = engine.rows(sql["end"])
    if not ended or ended[0][0] or not engine.rows(sql["count_receipts"])[0][0]:
        return
    with engine.transaction() as tx:
        if _held_end(tx)[0]:
            return  # another dashboard has begun the log
        receipts = tx.rows(_all("receipts", WRITTEN_RECEIPT_COLUMNS))
        acknowledgements = tx.rows(_all("acknowledgements", ACKNOWLEDGEMENT.names))
        entries = [Entry(EntryKind.BEGAN, datetime.now(UTC), "", {"receipts": len(receipts)})]
        entries += [of_receipt(RECEIPT.read(row)) for row in receipts]
        entries += [
            of_news(EntryKind(kind), at, id, spared, gone)
            for id, kind, at, spared, gone in tx.rows(sql["news"])
        ]
        entries += [of_acknowledgement(ACKNOWLEDGEMENT.read(row)) for row in acknowledgements]
        append(tx, entries)


def check(engine: Engine, journal: Callable[[], Sequence[Receipt]]) -> AuditLogResult:
    """Check the whole audit log. Compare the log with the tables and the journal.

    The first check does not block writers. A write during this check can look like a difference. If
    there is a difference, check again while nobody can write.
    """
    found = _check(engine, journal())
    return found if found.is_sound else _check_alone(engine, journal)


@retried
def _check_alone(engine: Engine, journal: Callable[[], Sequence[Receipt]]) -> AuditLogResult:
    with engine.transaction(gives_way=True) as tx:
        if tx.locks_rows:
            tx.rows(named_sql("audit_log")["hold_end"])
        return _check(tx, journal())


def _check(at: Streams, journal: Sequence[Receipt]) -> AuditLogResult:
    sql = named_sql("audit_log")
    checking = AuditLogCheck(_end(at.rows(sql["begin"])), _end(at.rows(sql["end"])))

    def all_rows(text: str) -> Iterator[Row]:
        return chain.from_iterable(at.stream(text, _CHUNK))

    for entry in all_rows(sql["entries"]):
        checking.entry(*entry)
    for row in all_rows(_all("receipts", WRITTEN_RECEIPT_COLUMNS)):
        checking.receipt(RECEIPT.read(row))
    for news in all_rows(sql["news"]):
        checking.outcome(*news)
    for row in all_rows(_all("acknowledgements", ACKNOWLEDGEMENT.names)):
        checking.acknowledgement(ACKNOWLEDGEMENT.read(row))
    for receipt in journal:
        checking.journal_line(receipt)
    return checking.result()


def _end(found: list[Row]) -> tuple[int, str]:
    # If the row was deleted, return -1. No entry has this number, so the check finds a flaw.
    return (int(found[0][0]), str(found[0][1])) if found else (-1, "")


def _all(table: str, names: tuple[str, ...]) -> str:
    return named_sql("audit_log")[table].format(columns=columns(names))
