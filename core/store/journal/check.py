"""The journal held against the database: what is missing, damaged, or was never there."""

from __future__ import annotations

from collections.abc import Sequence

from core.ports.journal_check import JournalCheck
from core.store.journal.journal import Journal, Line, Reading


def check_journal(
    journal: Journal, found: Reading, known: Sequence[Line], era_before: str
) -> JournalCheck:
    """Hold what a journal said against the database's receipts, which were read after it.

    Adds to the journal what only the database has.
    """
    if found.trouble:
        return JournalCheck(path=journal.path, unreadable=found.trouble)
    if found.exists and era_before and era_before not in found.closed:
        # The process ended before the journal heard of it.
        journal.close_era(era_before)
    kept = {receipt.id for _, receipt in found.open_lines([era_before])}
    have = {receipt.id for _, receipt in known}
    # Written to the database a moment before the process ended, and never acknowledged.
    journal.add(line for line in known if line[1].id not in kept)
    missing = [r for r in found.open_receipts([era_before]) if r.id not in have]
    return JournalCheck(
        path=journal.path,
        missing=sorted(missing, key=lambda r: (r.requested_at, r.id)),
        damaged_lines=len(found.damaged),
        was_absent=not found.exists and bool(known),
    )
