"""What came of holding the second record of receipts against the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.domain.model import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalCheck:
    """What came of holding the second record against the database at the start.

    `missing` are receipts that the database has lost, oldest first. `damaged_lines` counts lines
    of the journal that cannot be read, `unreadable` is the system's reason where the whole file
    cannot. `was_absent` tells that there was none although the database has receipts; it has been
    written anew. `damaged_log` is the copy of a database log that could not be replayed to its end.
    """

    path: Path | None = None
    missing: Sequence[Receipt] = ()
    damaged_lines: int = 0
    unreadable: str = ""
    was_absent: bool = False
    damaged_log: Path | None = None

    @property
    def is_sound(self) -> bool:
        """Whether there is nothing to say."""
        trouble = self.missing or self.damaged_lines or self.unreadable
        return not (trouble or self.was_absent or self.damaged_log)
