"""Verifying the record of receipts from a command, also while the dashboard runs."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.domain.audit_log_check import AuditLogResult, Flaw, Problem
from core.errors import N_, FreioError, StoreLockedError
from core.infrastructure.clock import utc_now
from core.operations.backup import ANSWER_TIMEOUT, Backups
from core.settings import Settings
from core.store.duckdb.engine import DuckDBEngine
from core.store.journal.journal import Journal
from core.store.opening import open_store
from core.store.sql_store import SqlStore

_SAID = {
    Flaw.CHANGED: "entry {where} is not what was written",
    Flaw.MISSING: "entry {where} is missing",
    Flaw.CUT: "the record does not begin or end where it should (entry {where})",
    Flaw.RECEIPT_CHANGED: "the receipt {where} is not what the record says",
    Flaw.RECEIPT_ADDED: "the receipt {where} is not in the record",
    Flaw.RECEIPT_LOST: "the receipt {where} is in the record and not in its table",
    Flaw.OUTCOME_CHANGED: "what came of the receipt {where} is not what the record says",
    Flaw.NOTE_CHANGED: "a note on the receipt {where} is not what the record says",
    Flaw.DROPPED: "the abort of the send {where} was dropped",
    Flaw.JOURNAL_DIFFERS: "the second record says something else about the receipt {where}",
}


def said(problem: Problem) -> str:
    """Return a problem in words."""
    return _SAID[problem.flaw].format(where=problem.where)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found, and in which copy, where the database itself was held."""

    chain: AuditLogResult
    copy: Path | None = None


def verify(settings: Settings, timeout: float = ANSWER_TIMEOUT) -> Verified:
    """Check the whole record of the database that the settings name.

    A file that the dashboard holds is checked in a copy, which the dashboard makes and which stays
    as a backup. Raises StoreError where the database cannot be opened, BackupError where whoever
    holds it makes no copy.
    """
    try:
        store = open_store(settings)
    except StoreLockedError:
        database = Path(settings.database_path)
        # Before the copy: what is written after that is not in it.
        said = Journal.beside(database).read()
        copy = Backups(database, utc_now).ask(timeout)
        with closing(SqlStore(DuckDBEngine(copy))) as store:
            return Verified(store.check_audit_log(said), copy)
    with closing(store):
        return Verified(store.check_audit_log())


def report(verified: Verified) -> str:
    """Return in words what a check found. Raises FreioError, with all that is wrong, for flaws."""
    said = _report(verified.chain)
    if verified.copy is not None:
        said += f"\nFreio is running, so this was checked in a backup that it made: {verified.copy}"
    return said


def _report(found: AuditLogResult) -> str:
    if found.is_sound:
        if not found.entries:
            return "Nothing is in the record of receipts yet."
        return (
            f"The record of receipts is whole: {found.entries} entries from {found.began_at} to "
            f"{found.ended_at}. The last one has the hash {found.last_hash}; whoever keeps that "
            "elsewhere can tell later that nothing before it was changed."
        )
    listed = "\n".join(f"  {said(problem)}" for problem in found.problems)
    if found.dropped and not found.flaws:
        raise FreioError(
            N_(
                "The record of receipts is whole, but {dropped} accepted aborts were dropped when "
                "other data replaced their sends:\n{list}\n"
            ),
            N_("Look in the platform whether these sends were stopped."),
            N_("Freio does not show these aborts any more, and their sends may go out."),
            dropped=found.dropped,
            list=listed,
        )
    if not found.flaws:
        raise FreioError(
            N_(
                "The record of receipts is whole, and the database has lost {lost} of the receipts "
                "that are in its second record."
            ),
            N_("Open Freio: every page shows them, and puts them right."),
            N_("Their sends may look here as if they had never been stopped."),
            lost=found.lost,
        )
    raise FreioError(
        N_("The record of receipts has been changed past Freio ({flaws} flaws):\n{list}\n"),
        N_(
            "Keep the database and its second record as they are, and find out who can write to "
            "them."
        ),
        N_("What it says of stopped sends is not to be relied on: look in the platform."),
        flaws=found.flaws,
        list=listed,
    )
