"""Port for maintenance of a store: status, upkeep, audit log, receipt journal, backups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from core.domain.audit_log_check import AuditLogResult
from core.domain.model import Receipt


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a page may show about the store. `location` never contains a password."""

    engine: str
    engine_version: str
    location: str
    schema_version: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalCheck:
    """The result of comparing the receipt journal with the database at the start.

    `missing` are receipts that the database has lost, oldest first. `damaged_lines` counts lines
    of the journal that cannot be read. `unreadable` is the system's reason if the whole file
    cannot be read. `was_absent`: the database has receipts but there was no journal, so a new one
    was written. `damaged_log` is a copy of the write-ahead log, if it could not be replayed to its
    end.
    """

    path: Path | None = None
    missing: Sequence[Receipt] = ()
    damaged_lines: int = 0
    unreadable: str = ""
    was_absent: bool = False
    damaged_log: Path | None = None

    @property
    def is_sound(self) -> bool:
        """Whether the check found no problem."""
        trouble = self.missing or self.damaged_lines or self.unreadable
        return not (trouble or self.was_absent or self.damaged_log)


class StoreStatus(Protocol):
    """What is known about the store itself."""

    @property
    def revision(self) -> int:
        """A number that rises with every committed write to what pages show.

        Writes of other dashboards to a shared store may count up to 0.2 seconds later.
        """

    def ping(self) -> None:
        """Raise StoreError if the database does not answer."""

    def info(self) -> StoreInfo:
        """Return the engine, its version, the location, the schema version and the row counts."""

    def check_audit_log(self) -> AuditLogResult:
        """Check the audit log from end to end, and the tables and the journal against it."""


class BackupStore(Protocol):
    """What a backup needs."""

    def back_up(self, target: Path) -> None:
        """Write a consistent copy of the whole database to a new file; other calls continue."""


class Upkeep(Protocol):
    """What the application does with the store at start, at stop and in the background."""

    def close(self) -> None:
        """Close the database. Committed writes are kept."""

    def tidy(self) -> None:
        """Do the work that keeps the store fast. A background job calls this."""

    def drop_demo(self) -> bool:
        """Drop all sends, history, receipts and imports. Return False if they are not demo data.

        Other data is never dropped. Facts under `LASTING_PREFIX` stay.
        """

    def prune(self, before: datetime, now: datetime) -> int:
        """Drop settled data older than `before`; return how many receipts were dropped.

        Keep, at any age, receipts that are open, receipts that are contradicted and not
        acknowledged, and the history of sends that have not ended. After this, the rest of the
        audit log can still be checked.
        """

    def check_journal(self) -> JournalCheck:
        """Compare the receipt journal with the database. Without a journal, the result is sound."""

    def renew_journal(self) -> Path | None:
        """Replace the receipt journal by a new one, made from the old journal and the database.

        Return the path of the old journal. Raise StoreDiskError if the disk refuses the new
        journal. Then the old journal stays in use.
        """

    @property
    def journal_trouble(self) -> str:
        """Why the receipt journal cannot be written now, or ""."""
