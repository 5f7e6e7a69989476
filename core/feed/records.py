"""What reading and loading a feed leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that could not be read: where it stands, what stands there, and why.

    `line` is the physical line at which the row begins, counted from 1. The reason is a text
    template and its values, so that it can be translated; `reason` is the English text.
    """

    line: int
    raw: str
    column: str
    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The reason in English."""
        return self.template.format(**self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """One loaded file and the fate of its rows: every row read has exactly one.

    `held` rows show a send that was aborted here and is kept as it is (I6); `stale` rows are older
    than what is stored or would move a send back in time.
    """

    id: str
    name: str
    loaded_at: datetime
    actor: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    held: int = 0
    rejected: int = 0

    @property
    def rows(self) -> int:
        """All rows read."""
        return self.new + self.changed + self.unchanged + self.stale + self.held + self.rejected
