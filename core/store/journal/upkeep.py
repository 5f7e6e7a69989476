"""Compare the receipt journal with the database (`core.ports.upkeep`)."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core.domain.audit_log_check import AuditLogResult
from core.domain.model import Receipt
from core.errors import N_, StoreDiskError
from core.ports.upkeep import JournalCheck
from core.store.journal.journal import Journal, JournalContent, Line
from core.store.rows import RECEIPT
from core.store.store_part import StorePart
from core.store.writes import audit_log
from core.store.writes.data_origin import ERA, ERA_BEFORE, data_origin
from core.store.writes.retries import retried
from core.store.writes.shared_state import read_fact, write_fact

#: The name of a stored fact: a time. All receipts that Freio has pruned are from before this time.
PRUNED_BEFORE: Final = "pruned_before"
_EVER: Final = datetime.min.replace(tzinfo=UTC).isoformat()


class JournalUpkeep(StorePart):
    def create_journal(self) -> None:
        """Create a missing journal file if the database has no receipts.

        If the database has receipts, `check_journal` reports the missing journal.
        """
        journal = self._journal
        if journal is not None and not journal.path.exists() and not self._stored_lines():
            journal.create()

    def check_audit_log(self, content: JournalContent | None = None) -> AuditLogResult:
        """Check the audit log. For a copy of a database, `content` is the journal of the copy."""

        def receipts() -> list[Receipt]:
            found = content
            if content is None and self._journal is not None:
                found = self._journal.read()
            lines = [] if found is None else found.open_lines([self._era_before()])
            pruned = self._pruned_before()
            return [receipt for _, receipt in lines if receipt.requested_at >= pruned]

        return audit_log.check(self._engine, receipts)

    def check_journal(self) -> JournalCheck:
        if self._journal is None:
            return JournalCheck()
        # Read the journal before the database. In the other order, a receipt written between both
        # reads would look lost.
        found = self._journal.read()
        if data_origin(self._engine).era in found.closed:
            # Somebody has restored a backup from a closed era. Begin a new era, because the check
            # ignores the receipts of closed eras.
            self._begin_era()
        checked = self._compare_journal(self._journal, found)
        damaged_log = self._engine.settle_log(lost=bool(checked.missing))
        return replace(checked, damaged_log=damaged_log)

    @retried
    def _begin_era(self) -> None:
        with self._revision.transaction() as tx:
            write_fact(tx, ERA, uuid.uuid4().hex)

    def _compare_journal(self, journal: Journal, found: JournalContent) -> JournalCheck:
        """Compare the journal with the database. Add receipts that only the database has."""
        if found.trouble:
            return JournalCheck(path=journal.path, unreadable=found.trouble)
        known, era_before, pruned = self._stored_lines(), self._era_before(), self._pruned_before()
        if found.exists and era_before and era_before not in found.closed:
            # A process was killed after it ended the era, and before it wrote the closing line.
            journal.close_era(era_before)
        # A restored receipt has several lines. The first line must count: it has the receipt from
        # before the loss. A dict keeps the last line of each id. Therefore reverse the lines.
        lines = reversed(found.open_lines([era_before]))
        in_journal = {receipt.id: receipt for _, receipt in lines}
        in_database = {receipt.id for _, receipt in known}
        # A process can be killed between the write to the database and the write to the journal.
        journal.add(line for line in known if line[1].id not in in_journal)
        missing = [
            receipt
            for receipt in in_journal.values()
            if receipt.id not in in_database and receipt.requested_at >= pruned
        ]
        return JournalCheck(
            path=journal.path,
            missing=sorted(missing, key=lambda receipt: (receipt.requested_at, receipt.id)),
            damaged_lines=len(found.damaged),
            was_absent=not found.exists and bool(known),
        )

    def renew_journal(self) -> Path | None:
        if self._journal is None:
            return None
        try:
            return self._journal.replace_file(self._wanted_lines)
        except OSError as error:
            raise StoreDiskError(
                N_("The disk did not accept the write ({reason})."),
                N_("Make room on the disk of {path}, or make it writable, then try again."),
                reason=error.strerror or error,
                path=self._journal.path,
            ) from error

    def shorten_journal(self) -> None:
        if self._journal is not None:
            self._journal.shorten(self._wanted_lines)

    def _era_before(self) -> str:
        return read_fact(self._engine, ERA_BEFORE) or ""

    def _pruned_before(self) -> datetime:
        return datetime.fromisoformat(read_fact(self._engine, PRUNED_BEFORE) or _EVER)

    def _stored_lines(self) -> list[Line]:
        found = self._read("read", "all_receipts", {"era": ERA}, columns=RECEIPT.sql)
        return [(str(era or ""), RECEIPT.read(row)) for era, *row in found]

    def _wanted_lines(self, found: JournalContent) -> list[Line]:
        """Return the lines for a new journal. Keep receipts that the database has lost."""
        stored, pruned = self._stored_lines(), self._pruned_before()
        in_database = {receipt.id for _, receipt in stored}
        kept = [
            (era, receipt)
            for era, receipt in found.open_lines([self._era_before()])
            if receipt.id in in_database or receipt.requested_at >= pruned
        ]
        in_journal = {receipt.id for _, receipt in kept}
        return [*kept, *(line for line in stored if line[1].id not in in_journal)]
