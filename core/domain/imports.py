"""What reading and loading a feed leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from core.domain.model import ConfigurationId, Confirmation

#: Rejected rows and settled aborts that a dry run lists.
MOST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong with a row: a text template, its values, and the column if it is one.

    A template and its values can be translated; `str` is the English text.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    column: str = ""

    def __str__(self) -> str:
        return self.template.format(**self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that could not be read: where it stands, what stands there, and why.

    `line` is the physical line at which the row begins, counted from 1. `reasons` are all that can
    be told at once, at least one; `reason` is their English text. `id` is the send's number where
    that much could be read.
    """

    line: int
    raw: str
    reasons: Sequence[Reason]
    id: str = ""

    @property
    def reason(self) -> str:
        """The reasons in English."""
        return "; ".join(str(each) for each in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """One loaded file and the fate of its rows: every row read has exactly one.

    `held` rows show a send that was aborted here and is kept as it is (I6); `stale` rows are older
    than what is stored, or move a send back and nothing proves that they are newer. `as_of` is when
    the source made the file, `headings` are the file's own. The file confirms, leaves open or
    contradicts that many aborts made here; `missing` counts the sends that a full snapshot left
    out, None where it could not be told: a row that could not be read may be any of them.
    `fingerprint` tells the file, and the way in which it was read, from all others.
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
    as_of: datetime | None = None
    headings: tuple[str, ...] = ()
    confirmed: int = 0
    left_open: int = 0
    contradicted: int = 0
    missing: int | None = None
    fingerprint: str = ""

    @property
    def rows(self) -> int:
        """All rows read."""
        return self.new + self.changed + self.unchanged + self.stale + self.held + self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledAbort:
    """An abort made here, and what a file says about it: confirmed, open or contradicted.

    `generated` and `raw_state` are what the file reports of the send.
    """

    configuration_id: ConfigurationId
    name: str
    requested_at: datetime
    actor: str
    confirmation: Confirmation
    generated: int | None
    raw_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What a load would change: the counts, and the first aborts and rejected rows.

    `aborts` are those that the file says something about, contradicted ones first; `rejects` the
    rows that cannot be read, in order of line.
    """

    summary: ImportSummary
    aborts: Sequence[SettledAbort] = ()
    rejects: Sequence[Reject] = ()
