"""Results of loading a file: its summary, rejected rows, and the result of a dry run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from core.domain.model import Confirmation, SendConfiguration
from core.domain.states import State

MOST_SHOWN: Final = 100


_COLUMNS: Final[Mapping[str, str]] = {
    "id": "ID",
    "name": "Name",
    "campaign": "Campaign",
    "channel": "Channel",
    "account": "Account",
    "audience": "Audience",
    "state": "State",
    "total_records": "Recipients",
    "generated_records": "Generated",
    "scheduled_at": "Scheduled time",
    "processing_started_at": "Processing started",
    "in_progress_at": "In progress since",
    "generation_started_at": "Generation started",
    "finished_at": "Finished",
    "updated_at": "Last report",
    "created_by": "Created by",
}


def column_name(column: str) -> str:
    """Return the label of a column, or the column if it has no label. Pages translate the label."""
    return _COLUMNS.get(column, column)


@dataclass(frozen=True, slots=True)
class Reason:
    """A text template that pages translate, and its values: why a row was rejected, or a note.

    If `values` has the key "column", `{column}` in the template becomes the label of `column`.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    column: str = ""

    def __str__(self) -> str:
        named = {"column": column_name(self.column)} if "column" in self.values else {}
        return self.template.format(**{**self.values, **named})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that could not be read.

    - `line`: the physical line at which the row begins, counted from 1.
    - `reasons`: at least one reason.
    - `id`: the id of the send, or "" if it could not be read.
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
class Reading:
    """One possible answer to a question about a file, with examples.

    The answer depends on the kind of the question:

    - "day_order": the part of a date that comes first, as "day", "month" or "year",
    - "decimal": a decimal sign,
    - "list", "sheet": the name of a list or sheet,
    - "recipients", "scheduled_at": the heading of a column,
    - "zone": the key of a zone.

    Each example has a text of the file, and the date or number that results from the answer.
    """

    answer: str
    examples: Sequence[tuple[str, date | int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that a file leaves open, and its possible answers. `Reading` lists the kinds."""

    kind: str
    readings: Sequence[Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateWord:
    """A state word of a file, its state, and the number of rows with this word."""

    word: str
    state: State
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A summary of the rows of a file. A value is None if no row has it.

    - `states`: the most frequent state words, most frequent first.
    - `other_words`: the number of rows with other state words.
    - `earliest`, `latest`: the range of the scheduled times.
    - `smallest`, `median`, `largest`: recipients of one send. `median` can be an estimate.
    - `first_send`: the send in the first readable row, as a load would store it.
    - `next_send`: the send that goes out next.
    """

    states: Sequence[StateWord] = ()
    other_words: int = 0
    earliest: datetime | None = None
    latest: datetime | None = None
    smallest: int | None = None
    median: int | None = None
    largest: int | None = None
    first_send: SendConfiguration | None = None
    largest_send: SendConfiguration | None = None
    next_send: SendConfiguration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """One loaded file, and the number of its rows for each result. Each row has exactly one result.

    - `held`: the row is about a send that was aborted in Freio. The send keeps its state (I6).
    - `stale`: the row is older than the stored facts. Or the row shows an earlier state, and
      nothing proves that the row is newer.
    - `as_of`: when the source made the file.
    - `confirmed`, `left_open`, `contradicted`: how many aborts made in Freio the file confirms,
      leaves open or contradicts.
    - `missing`: how many stored sends are not in a full file (a file of all sends). None for other
      files, or if the id of a row is unreadable.
    - `fingerprint`: identifies the content of the file and the options for reading it.
    - `notes`: facts for people about how the file was read. `notes` and `meaning` are not stored.
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
    notes: Sequence[Reason] = ()
    meaning: Meaning = Meaning()

    @property
    def rows(self) -> int:
        """The number of rows in the file."""
        return self.new + self.changed + self.unchanged + self.stale + self.held + self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledAbort:
    """An abort made in Freio, and what a file says about its send."""

    name: str
    requested_at: datetime
    actor: str
    confirmation: Confirmation
    generated: int | None
    raw_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """The result of a dry run: what loading a file would do.

    - `written`: the number of sends that a load would write.
    - `aborts`: the aborts that the file would contradict, leave open or confirm, in this order.
    - `rejects`: the rows that cannot be read, in order of line.

    `aborts` and `rejects` have at most MOST_SHOWN elements each.
    """

    summary: ImportSummary
    written: int
    aborts: Sequence[SettledAbort] = ()
    rejects: Sequence[Reject] = ()
