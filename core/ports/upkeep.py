"""Port for the maintenance of a store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from core.domain.audit_log_check import AuditLogResult
from core.domain.model import Receipt


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """Facts about the store for pages. `location` never contains a password."""

    engine: str
    engine_version: str
    location: str
    schema_version: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalCheck:
    """The comparison of the receipt journal with the database at the start of Freio.

    - `missing`: the receipts that the database has lost, oldest first.
    - `damaged_lines`: the number of unreadable lines.
    - `unreadable`: the operating system's reason why the file is unreadable, or "".
    - `was_absent`: no journal existed, but the database had receipts. Freio has written a new
      journal.
    - `damaged_log`: a copy of DuckDB's write-ahead log, or None. Freio keeps a copy if DuckDB could
      not apply the whole log, or if receipts are missing.
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
    """The status of a store."""

    @property
    def revision(self) -> int:
        """A number that rises when a committed write changes what pages show.

        After a write by another dashboard, the number rises within 0.2 seconds.
        """

    def ping(self) -> None:
        """Raise StoreError if the database does not answer."""

    def info(self) -> StoreInfo:
        """Return facts about the store."""

    def check_audit_log(self) -> AuditLogResult:
        """Check the audit log, and compare the log with the tables and the receipt journal."""


class BackupStore(Protocol):
    """What a backup needs."""

    def back_up(self, target: Path) -> None:
        """Write a consistent copy of the database to a new file. Other calls do not wait for it."""


class Upkeep(StoreStatus, BackupStore, Protocol):
    """The maintenance of a store."""

    def close(self) -> None:
        """Close the database."""

    def tidy(self) -> None:
        """Do regular maintenance, so that reads stay fast."""

    def drop_demo(self) -> bool:
        """If the data is demo data, drop all sends, history, receipts and imports.

        Keep facts with the prefix `LASTING_PREFIX`. Return whether data was dropped.
        """

    def prune(self, before: datetime, now: datetime) -> int:
        """Drop data that is older than `before`. Return the number of dropped receipts.

        Keep open receipts, contradicted receipts without an acknowledgement, and the history of
        sends that have not ended. The rest of the audit log can be checked only if no entry in the
        middle is dropped. Therefore also keep all receipts after a kept receipt.
        """

    def check_journal(self) -> JournalCheck:
        """Compare the receipt journal with the database. Add receipts that the journal lacks.

        If the store has no journal (for example on PostgreSQL), the result is sound.
        """

    def renew_journal(self) -> Path | None:
        """Write a new receipt journal from the old journal and the database.

        Return the new path of the old journal, or None. If the new journal cannot be written, raise
        StoreDiskError and keep the old journal.
        """

    @property
    def journal_trouble(self) -> str:
        """Why the receipt journal cannot be written now, or ""."""
