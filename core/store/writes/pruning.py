"""Dropping what is older than it has to be kept, so that what is left of the record still holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.domain.audit_log import Entry, EntryKind
from core.store.engine import Transaction, named_sql
from core.store.writes.audit_log import append


def prune(tx: Transaction, before: datetime, now: datetime) -> int:
    """Drop what is older than `before`; return how many receipts were.

    The record loses its beginning up to an entry that all receipts before it are done with: nothing
    that is open, contradicted and not seen to, or newer is touched. Where it was cut, and after
    which hash, becomes an entry itself.
    """
    sql, since = named_sql("prune"), {"before": before}
    if tx.locks_rows:
        tx.rows(named_sql("ledger")["hold_end"])
    for name in ("rejects", "imports", "changes", "tellings", "alerts"):
        tx.change(sql[name], since)
    limit = int(tx.rows(sql["limit"], since)[0][0])
    cut = _clean_cut(tx.rows(sql["lasts"], {"limit": limit}))
    if cut == 0:
        return 0
    upto = {"cut": cut}
    hash = str(tx.rows(sql["hash"], upto)[0][0])
    tx.change(sql["acknowledgements"], upto)
    tx.change(sql["news"], upto)
    dropped = tx.change(sql["receipts"], upto)
    tx.change(sql["entries"], upto)
    tx.change(named_sql("ledger")["move_end"], {"place": 0, "number": cut, "hash": hash})
    facts = {"number": cut, "hash": hash, "receipts": dropped}
    append(tx, [Entry(EntryKind.PRUNED, now, facts=facts)])
    return dropped


def _clean_cut(entries: Iterable[tuple[int, int]]) -> int:
    """Return the last entry that no receipt's entries lie on both sides of, or 0.

    Each entry comes with the number of the last one about the same receipt.
    """
    furthest = cut = 0
    for number, last in entries:
        furthest = max(furthest, last)
        if furthest == number:
            cut = number
    return cut
