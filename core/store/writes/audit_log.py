"""Adding to the record of receipts (`domain.audit_log`), and checking it against the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from core.domain.audit_log import Entry, EntryKind, link, of_acknowledgement, of_receipt
from core.domain.audit_log_check import AuditLogCheck, AuditLogResult
from core.domain.model import Receipt
from core.store import rows as r
from core.store.engine import Engine, Params, Row, Transaction, named_sql

_COLUMNS: Final = ("number", "happened_at", "kind", "receipt_id", "body", "hash")
_NEWS: Final = ("receipt_id", "kind", "happened_at")

#: Rows that are checked at a time.
_CHUNK: Final = 2_000

#: Streams the rows of a statement.
_Stream = Callable[[str, int], Iterator[list[Row]]]


class Recording:
    """What one transaction adds to the record. Written last: others wait for the end of it."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Note an entry."""
        self._entries.append(entry)

    def news(
        self,
        tx: Transaction,
        kind: EntryKind,
        at: datetime,
        which: str,
        params: Params | None = None,
    ) -> None:
        """Add what came of the receipts that `which` finds, and note it.

        Whoever calls this holds their sends, so that nobody else adds the same meanwhile.
        """
        found = [id for (id,) in tx.rows(named_sql("ledger")[which], params)]
        if found:
            tx.add_rows("receipt_news", _NEWS, [(id, kind.value, at) for id in found])
        for id in found:
            self.add(Entry(kind, at, id))

    def write(self, tx: Transaction) -> None:
        """Add the entries to the end of the record."""
        if self._entries:
            append(tx, self._entries)


def append(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Add entries to the end of the record, each with its number and hash."""
    sql = named_sql("ledger")
    number, hash = _held_end(tx)
    rows: list[Row] = []
    for entry in entries:
        number, body = number + 1, entry.body()
        hash = link(hash, number, body)
        rows.append((number, entry.at, entry.kind.value, entry.receipt_id, body, hash))
    if len(rows) == 1:
        tx.rows(sql["add"], dict(zip(_COLUMNS, rows[0], strict=True)))
    else:
        tx.add_rows("ledger", _COLUMNS, rows)
    tx.change(sql["move_end"], {"place": 1, "number": number, "hash": hash})


def _held_end(tx: Transaction) -> tuple[int, str]:
    sql = named_sql("ledger")
    held = tx.rows(sql["hold_end" if tx.locks_rows else "end"])
    if not held:
        # Somebody took it away. That must stop no abort; a check finds what else is gone.
        last = tx.rows(sql["last"])
        held = [last[0] if last else (0, "")]
        tx.rows(sql["set_end"], {"number": held[0][0], "hash": held[0][1]})
    return int(held[0][0]), str(held[0][1])


def begin(engine: Engine) -> None:
    """Begin the record with the receipts that were there before it, if nothing is in it yet."""
    sql = named_sql("ledger")
    ended = engine.rows(sql["end"])
    if not ended or ended[0][0] or not engine.rows(sql["count_receipts"])[0][0]:
        return
    with engine.transaction() as tx:
        if _held_end(tx)[0]:
            return  # another dashboard came first
        receipts = [
            r.to_receipt(row) for row in tx.rows(_all("receipts", r.WRITTEN_RECEIPT_COLUMNS))
        ]
        notes = tx.rows(_all("acknowledgements", r.ACKNOWLEDGEMENT_COLUMNS))
        told = [of_receipt(receipt) for receipt in receipts]
        told += [Entry(EntryKind(kind), at, id) for id, kind, at in tx.rows(sql["news"])]
        told += [of_acknowledgement(r.to_acknowledgement(row)) for row in notes]
        began = Entry(EntryKind.BEGAN, datetime.now(UTC), facts={"receipts": len(receipts)})
        append(tx, [began, *told])


def check(engine: Engine, elsewhere: Callable[[], Sequence[Receipt]]) -> AuditLogResult:
    """Check the whole record, and the tables and the second record's receipts against it.

    Nobody waits for it, unless it finds something: then it looks again while nobody can write.
    """
    found = _check(engine.rows, engine.stream, elsewhere())
    if found.is_sound:
        return found
    with engine.transaction() as tx:
        if tx.locks_rows:
            tx.rows(named_sql("ledger")["hold_end"])
        return _check(tx.rows, tx.stream, elsewhere())


def _check(
    rows: Callable[[str], list[Row]], stream: _Stream, elsewhere: Sequence[Receipt]
) -> AuditLogResult:
    sql = named_sql("ledger")
    begin, end = _end(rows(sql["begin"])), _end(rows(sql["end"]))
    checking = AuditLogCheck(begin, end)
    for chunk in stream(sql["entries"], _CHUNK):
        for entry in chunk:
            checking.entry(*entry)
    for chunk in stream(_all("receipts", r.WRITTEN_RECEIPT_COLUMNS), _CHUNK):
        for row in chunk:
            checking.receipt(r.to_receipt(row))
    for chunk in stream(sql["news"], _CHUNK):
        for id, kind, at in chunk:
            checking.outcome(id, kind, at)
    for chunk in stream(_all("acknowledgements", r.ACKNOWLEDGEMENT_COLUMNS), _CHUNK):
        for row in chunk:
            checking.acknowledgement(r.to_acknowledgement(row))
    for receipt in elsewhere:
        checking.journal_line(receipt)
    return checking.result()


def _end(found: list[Row]) -> tuple[int, str]:
    # Where somebody took the row away, nothing in the record can follow it.
    return (int(found[0][0]), str(found[0][1])) if found else (-1, "")


def _all(table: str, columns: tuple[str, ...]) -> str:
    return named_sql("ledger")[table].format(columns=r.columns(columns))
