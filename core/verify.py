"""Verifying the record of receipts from a command, also while the dashboard runs."""

from __future__ import annotations

from pathlib import Path

from core.backup import Backups
from core.errors import N_, FreioError, StoreLockedError
from core.ledger import Chain, Flaw, Problem
from core.settings import Settings
from core.store.duckdb_engine import DuckDBEngine
from core.store.sql_store import SqlStore
from core.wiring import open_store, utc_now

_SAID = {
    Flaw.CHANGED: "entry {where} is not what was written",
    Flaw.MISSING: "entry {where} is missing",
    Flaw.CUT: "the record does not begin or end where it should (entry {where})",
    Flaw.RECEIPT_CHANGED: "the receipt {where} is not what the record says",
    Flaw.RECEIPT_ADDED: "the receipt {where} is not in the record",
    Flaw.RECEIPT_LOST: "the receipt {where} is in the record and not in its table",
    Flaw.NOTE_CHANGED: "a note on the receipt {where} is not what the record says",
    Flaw.OTHER_RECORD: "the second record says something else about the receipt {where}",
}


def said(problem: Problem) -> str:
    """Return a problem in words."""
    return _SAID[problem.flaw].format(where=problem.where)


def verify(settings: Settings) -> Chain:
    """Check the whole record of the database that the settings name.

    A file that the dashboard holds is checked in a copy, which the dashboard makes and which stays
    as a backup. Raises StoreError where the database cannot be opened.
    """
    try:
        store = open_store(settings)
    except StoreLockedError:
        copy = Backups(Path(settings.database_path), utc_now).ask()
        store = SqlStore(DuckDBEngine(copy))
    try:
        return store.check_ledger()
    finally:
        store.close()


def report(found: Chain) -> str:
    """Return in words what a check found. Raises FreioError, with all that is wrong, for flaws."""
    if found.is_sound:
        if not found.entries:
            return "Nothing is in the record of receipts yet."
        return (
            f"The record of receipts is whole: {found.entries} entries from {found.began_at} to "
            f"{found.ended_at}. The last one has the hash {found.last_hash}; whoever keeps that "
            "elsewhere can tell later that nothing before it was changed."
        )
    raise FreioError(
        N_("The record of receipts has been changed past Freio ({flaws} flaws):\n{list}\n"),
        N_(
            "Keep the database and its second record as they are, and find out who can write to "
            "them."
        ),
        N_("What it says of stopped sends is not to be relied on: look in the platform."),
        flaws=found.flaws,
        list="\n".join(f"  {said(problem)}" for problem in found.problems),
    )
