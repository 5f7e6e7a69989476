"""The command that checks the audit log, even while the dashboard runs."""

from contextlib import closing
from pathlib import Path

from core.domain.audit_log_check import AuditLogResult, Flaw
from core.errors import N_, FreioError, StoreLockedError
from core.infrastructure.clock import utc_now
from core.operations.backup import ANSWER_TIMEOUT, Backups
from core.settings import Settings
from core.store.duckdb.engine import DuckDBEngine
from core.store.journal.journal import Journal
from core.store.opening import open_store
from core.store.sql_store import SqlStore

_SENTENCES = {
    Flaw.CHANGED: "entry {where} is not what was written",
    Flaw.MISSING: "entry {where} is missing",
    Flaw.CUT: "the audit log does not begin or end where it should (entry {where})",
    Flaw.RECEIPT_CHANGED: "the receipt {where} differs from the audit log",
    Flaw.RECEIPT_ADDED: "the receipt {where} is not in the audit log",
    Flaw.RECEIPT_LOST: "the receipt {where} is in the audit log but not in its table",
    Flaw.OUTCOME_CHANGED: "the outcome of the receipt {where} differs from the audit log",
    Flaw.NOTE_CHANGED: "a note on the receipt {where} differs from the audit log",
    Flaw.DROPPED: "the abort of the send {where} was dropped",
    Flaw.JOURNAL_DIFFERS: "the receipt journal has other facts about the receipt {where}",
}


def verify(settings: Settings, timeout: float = ANSWER_TIMEOUT) -> str:
    """Check the audit log, and return a report.

    If the dashboard has the database open, check a new backup. The backup is kept. Raise FreioError
    with the problems of the audit log. Raise StoreError if the database cannot be opened. Raise
    BackupError if the dashboard makes no backup in `timeout` seconds.
    """
    try:
        store = open_store(settings)
    except StoreLockedError:
        database = Path(settings.database_path)
        # Read the journal before the backup. A receipt that is written in between is then only in
        # the backup. In the other order, such a receipt would be only in the journal and seem lost.
        journal = Journal.beside(database).read()
        copy = Backups(database, utc_now).request(timeout)
        with closing(SqlStore(DuckDBEngine(copy))) as store:
            return (
                f"{report(store.check_audit_log(journal))}\n"
                f"Freio is running, so this was checked in a backup that it made: {copy}"
            )
    with closing(store):
        return report(store.check_audit_log())


def report(found: AuditLogResult) -> str:
    """Return the report of a check. Raise FreioError with a list of problems."""
    if found.is_sound:
        if not found.entries:
            return "The audit log is empty."
        return (
            f"The audit log is intact: {found.entries} entries from {found.began_at} to "
            f"{found.ended_at}. The last one has the hash {found.last_hash}. Note it elsewhere to "
            "prove later that no entry before it was changed."
        )
    listed = "\n".join(f"  {_SENTENCES[p.flaw].format(where=p.where)}" for p in found.problems)
    if found.dropped and not found.flaws:
        raise FreioError(
            N_(
                "The audit log is intact, but {dropped} accepted aborts were dropped when other "
                "data replaced their sends:\n{list}\n"
            ),
            N_("Check in the platform whether these sends were stopped."),
            N_("Freio does not show these aborts any more, and their sends may go out."),
            dropped=found.dropped,
            list=listed,
        )
    if not found.flaws:
        raise FreioError(
            N_(
                "The audit log is intact, but the database has lost {lost} of the receipts in its "
                "receipt journal."
            ),
            N_("Open Freio: every page shows them, and can restore them."),
            N_("Their sends may look here as if they had never been stopped."),
            lost=found.lost,
        )
    raise FreioError(
        N_("The audit log was changed by others than Freio ({flaws} flaws):\n{list}\n"),
        N_(
            "Keep the database and its receipt journal as they are, and find out who can write to "
            "them."
        ),
        N_("Do not rely on what it says about stopped sends: check in the platform."),
        flaws=found.flaws,
        list=listed,
    )
