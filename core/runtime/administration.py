"""The actions of administrators. Other actors get an AccessError."""

from dataclasses import replace
from pathlib import Path

from core.access.permissions import Right, require
from core.domain.model import Actor
from core.operations.backup import Backup
from core.runtime.application import Application
from core.services.receipt_repair import LostReceipt


def restore_receipts(app: Application, actor: Actor) -> list[LostReceipt]:
    """Restore all lost receipts, and decide each abort again."""
    require(actor, Right.ADMINISTER)
    restored = app.repairs.restore(app.journal_check.missing)
    app.journal_check = replace(app.journal_check, missing=())
    return restored


def renew_journal(app: Application, actor: Actor) -> Path | None:
    """Start a new receipt journal. Return the new path of the old journal."""
    require(actor, Right.ADMINISTER)
    old = app.store.renew_journal()
    app.journal_check = replace(app.journal_check, damaged_lines=0, unreadable="", was_absent=False)
    return old


def dismiss_journal_check(app: Application, actor: Actor) -> None:
    """Dismiss the journal problems `was_absent` and `damaged_log`."""
    require(actor, Right.ADMINISTER)
    app.journal_check = replace(app.journal_check, was_absent=False, damaged_log=None)


def make_backup(app: Application, actor: Actor) -> Backup:
    """Make a backup. The store must be a file."""
    require(actor, Right.ADMINISTER)
    assert app.backups is not None
    return app.backups.make(app.store)
