"""Results of a load, and of a dry run of a load."""

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
    """Return the label of a column, for pages to translate. Without a label, return `column`."""
    return _COLUMNS.get(column, column)


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason or a note: a template to translate, and the values of the template.

    `{column}` in the template becomes the label of `column`.
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

    - `line`: the first physical line of the row, counted from 1.
    - `id`: the id of the send, or "" if unreadable.
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
    """A possible answer to a question about a file, with examples.

    The kind of the question gives the meaning of `answer`:

    - "day_order": the first part of a date: "day", "month" or "year",
    - "decimal": a decimal sign,
    - "list", "sheet": the name of a list or sheet,
    - "recipients", "scheduled_at": the heading of a column,
    - "zone": the key of a zone.

    An example is a text of the file, and the resulting date or number.
    """

    answer: str
    examples: Sequence[tuple[str, date | int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An open question about a file, and the possible answers. `Reading` lists the kinds."""

    kind: str
    readings: Sequence[Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateWord:
    """A state word of a file, the state, and the number of rows."""

    word: str
    state: State
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A summary of the rows of a file. A field is None if no row has a value for the field.

    - `states`: the most frequent state words, most frequent first.
    - `other_words`: the number of rows with a state word outside `states`.
    - `earliest`, `latest`: scheduled times.
    - `smallest`, `median`, `largest`: numbers of recipients. `median` can be an estimate.
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
    """A loaded file. Each row counts once, in one of the fields `new`, …, `rejected`.

    - `held`: rows of sends aborted in Freio. Such a row does not change the state (I6).
    - `stale`: rows older than the stored facts. A row of unknown age is stale if it would move the
      send back in the lifecycle, and the file is not the newest one.
    - `as_of`: when the source made the file.
    - `confirmed`, `left_open`, `contradicted`: how many aborts the file confirms, leaves open or
      contradicts.
    - `missing`: how many stored sends a full file (a file of all sends) does not contain. None: the
      file is not full, or the id of a row is unreadable.
    - `fingerprint`: identifies the content of the file and the reading options.
    - `notes`: how the file was read. `notes` and `meaning` are not stored.
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
    """An abort made in Freio, with the facts of the send in a file."""

    name: str
    requested_at: datetime
    actor: str
    confirmation: Confirmation
    generated: int | None
    raw_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """The result of a dry run of a load.

    - `written`: the number of sends to write.
    - `aborts`: first contradicted aborts, then open aborts, then confirmed aborts.
    - `rejects`: the unreadable rows, in order of line.

    `aborts` and `rejects` have at most MOST_SHOWN elements each.
    """

    summary: ImportSummary
    written: int
    aborts: Sequence[SettledAbort] = ()
    rejects: Sequence[Reject] = ()
