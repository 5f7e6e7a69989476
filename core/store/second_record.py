"""The journal held against the database: what is missing, damaged, or was never there."""

from __future__ import annotations

from collections.abc import Sequence

from core.model import Receipt
from core.record import RecordCheck
from core.store.journal import Journal


def check_record(
    journal: Journal, known: Sequence[Receipt], era: str, era_before: str
) -> RecordCheck:
    """Hold a journal against the database's receipts; add to it what only the database has."""
    found = journal.read()
    if found.trouble:
        return RecordCheck(path=journal.path, unreadable=found.trouble)
    kept = {receipt.id for _, receipt in found.entries}
    have = {receipt.id for receipt in known}
    # Written to the database a moment before the process ended, and never acknowledged.
    journal.add(era, [receipt for receipt in known if receipt.id not in kept])
    missing = [r for r in found.open_receipts([era_before]) if r.id not in have]
    return RecordCheck(
        path=journal.path,
        missing=sorted(missing, key=lambda r: (r.requested_at, r.id)),
        damaged_lines=len(found.damaged),
        was_absent=not found.exists and bool(known),
    )
