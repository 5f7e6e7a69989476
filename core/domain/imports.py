"""Results of loading a file: its summary, rejected rows, and the result of a dry run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from core.domain.model import ConfigurationId, Confirmation, SendConfiguration
from core.domain.states import State

#: The maximum number of rejected rows, and of settled aborts, in the result of a dry run.
MOST_SHOWN: Final = 100


#: The labels of the columns of a feed.
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
    """Return the label of a column, which pages translate, or the column itself."""
    return _COLUMNS.get(column, column)


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason to reject a row: a text template, its values, and the column if there is one.

    The template is translated on a page; `str` is the English text. If `values` has the
    key `column`, the text shows the label of the column there.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    column: str = ""

    def __str__(self) -> str:
        named = {"column": column_name(self.column)} if "column" in self.values else {}
        return self.template.format(**{**self.values, **named})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that could not be read: its line, its text and the reasons.

    `line` is the physical line at which the row begins, counted from 1. There is at least one
    reason. `id` is the send's id if it could be read.
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
    """One way to read a file: the answer to a question, and examples of texts as they are read.

    The answer is "day", "month" or "year" (which one comes first), a decimal sign, a list or sheet,
    the heading of a column, or a zone. Each example is a text of the file, with the date or the
    number that it means for this answer.
    """

    answer: str
    examples: Sequence[tuple[str, date | int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that the file does not answer, so that a person has to decide.

    The kind is "day_order", "decimal", "list", "sheet", "recipients" or "zone".
    """

    kind: str
    readings: Sequence[Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateWord:
    """A state word of a file, the state that it means, and the number of rows that have it."""

    word: str
    state: State
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A summary of what the rows of a file say. A value is None if no row has it.

    `states` has the most frequent word first, and `other_words` counts the rows with words that are
    not listed. `smallest`, `median` and `largest` are the recipients of one send; `median` is
    estimated if there are many rows. `first_send`, `largest_send` and `next_send` are the first
    row, the send with the most recipients, and the send that goes out next, as they would be
    stored.
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

    `held` rows are about a send that was aborted here and keeps its state (I6). `stale` rows are
    older than the stored facts, or move a send back without proof that they are newer. `as_of` is
    when the source made the file. `headings` are the headings of the file. `confirmed`, `left_open`
    and `contradicted` count the aborts made here that the file confirms, leaves open or
    contradicts. `missing` counts
    sends that a full snapshot leaves out. It is None if the file is not a full snapshot. It is also
    None if a row has no readable id, because that row may be one of these sends. `fingerprint`
    identifies the content of the file and the options it was read with. `notes` say what people
    should know about how the file was read. `notes` and `meaning` are not stored.
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
        """The number of all rows read."""
        return self.new + self.changed + self.unchanged + self.stale + self.held + self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledAbort:
    """An abort made here, and what a file says about it: confirmed, open or contradicted.

    `generated` and `raw_state` are the facts about the send in the file.
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
    """The result of a dry run: what loading a file would do.

    `aborts` are the aborts that the file would confirm, contradict or leave open; contradicted
    aborts come first. `rejects` are the rows that cannot be read, in order of line. Both lists are
    cut at a limit. `written` counts the sends of the file that a load would write.
    """

    summary: ImportSummary
    written: int
    aborts: Sequence[SettledAbort] = ()
    rejects: Sequence[Reject] = ()
