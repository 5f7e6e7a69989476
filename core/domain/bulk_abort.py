"""Bulk abort: the plan of a batch of aborts, the outcome of each send, and the totals. Pure.

A batch has a fixed list of sends. Each abort of the batch has exactly the same effect as a single
abort.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from core.domain.model import (
    Actor,
    ConfigurationId,
    Receipt,
    ReceiptId,
    SendConfiguration,
    ShownFacts,
)
from core.domain.platform import Platform
from core.domain.rules import (
    CancelAfterProcessing,
    CancelNow,
    CancelRest,
    Consequences,
    Decision,
    Refuse,
    decide_abort,
)
from core.domain.states import Refusal, State

BulkId = NewType("BulkId", str)

#: The usual number of sends on one page of a batch.
PAGE_ROWS: Final = 50


class BulkGroup(StrEnum):
    """The groups of sends in the dialog, by what an abort does to the send."""

    AT_ONCE = "at_once"
    REST = "rest"
    WHEN_PROCESSING_ENDS = "when_processing_ends"
    UNKNOWN = "unknown"
    LEFT_OUT = "left_out"


class BulkOutcome(StrEnum):
    """The result for one send of a batch.

    - WAITING: the abort is recorded, and the platform has not confirmed the stop yet.
    - UNKNOWN: the abort is recorded, and it is unknown whether generation had begun.
    - CONTRADICTED: the send went on although it was aborted.
    - RAN_AGAIN: the send was stopped, and then a person scheduled it again in the platform.
    - CHANGED: at each try to write the abort, the facts of the send had changed.
    - KEPT: a person pressed *End here* before Freio had handled this send.
    """

    PENDING = "pending"
    STOPPED = "stopped"
    WHEN_PROCESSING_ENDS = "when_processing_ends"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    CONTRADICTED = "contradicted"
    RAN_AGAIN = "ran_again"
    TOO_LATE = "too_late"
    ALREADY = "already"
    NOT_STOPPABLE = "not_stoppable"
    CHANGED = "changed"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    NOT_WRITTEN = "not_written"
    KEPT = "kept"


#: Outcomes of sends whose abort was accepted.
ACCEPTED: Final = (
    BulkOutcome.STOPPED,
    BulkOutcome.WHEN_PROCESSING_ENDS,
    BulkOutcome.WAITING,
    BulkOutcome.UNKNOWN,
    BulkOutcome.CONTRADICTED,
    BulkOutcome.RAN_AGAIN,
)

#: Accepted outcomes for which it is unknown how many recipients get the send. The abort is open, or
#: the send ran again.
UNCONFIRMED: Final = tuple(
    each for each in ACCEPTED if each not in (BulkOutcome.STOPPED, BulkOutcome.CONTRADICTED)
)

#: Outcomes after which the same abort can be tried again.
RETRIABLE: Final = (BulkOutcome.CHANGED, BulkOutcome.NOT_WRITTEN)


@dataclass(frozen=True, slots=True)
class BulkTotals:
    """Recipients of a list of sends: spared + gone + unknown = total.

    `unknown` counts the recipients for whom it is unknown whether they get the send. `unsized`
    counts the sends whose number of recipients is not reported. No other number includes these
    sends.
    """

    spared: int = 0
    gone: int = 0
    unknown: int = 0
    unsized: int = 0

    @property
    def total(self) -> int:
        """All recipients of sends of known size."""
        return self.spared + self.gone + self.unknown

    def __add__(self, other: BulkTotals) -> BulkTotals:
        return BulkTotals(
            self.spared + other.spared,
            self.gone + other.gone,
            self.unknown + other.unknown,
            self.unsized + other.unsized,
        )


def totals_of(total: int | None, spared: int | None, gone: int | None) -> BulkTotals:
    """Return the totals of one send. Recipients who are not in `spared` or `gone` are unknown."""
    if total is None:
        return BulkTotals(unsized=1)
    known_spared = min(spared or 0, total)
    known_gone = min(gone or 0, total - known_spared)
    return BulkTotals(known_spared, known_gone, total - known_spared - known_gone)


def recipients_of(decision: Decision) -> int | None:
    """Return how many recipients have not got the send yet.

    If this number is unknown, return the number of all recipients. If that number is not reported,
    return None.
    """
    numbers = decision.consequences
    is_rest = isinstance(decision, CancelRest) and numbers.spared is not None
    return numbers.spared if is_rest else numbers.total


@dataclass(frozen=True, slots=True)
class PlannedSend:
    """A send of a plan, with the decision that follows from its current facts.

    `may_stop` says whether the actor is allowed to stop the send.
    """

    configuration: SendConfiguration
    decision: Decision
    may_stop: bool = True

    @property
    def group(self) -> BulkGroup:
        """The group in which the dialog shows the send."""
        if not self.may_stop or isinstance(self.decision, Refuse):
            return BulkGroup.LEFT_OUT
        if isinstance(self.decision, CancelNow):
            return BulkGroup.AT_ONCE
        if isinstance(self.decision, CancelRest):
            return BulkGroup.REST
        if isinstance(self.decision, CancelAfterProcessing):
            return BulkGroup.WHEN_PROCESSING_ENDS
        return BulkGroup.UNKNOWN

    @property
    def refusal(self) -> Refusal | None:
        """Why the batch leaves the send out, or None if it tries to stop the send."""
        if not self.may_stop:
            return Refusal.NOT_ALLOWED
        return self.decision.reason if isinstance(self.decision, Refuse) else None

    @property
    def consequences(self) -> Consequences:
        """The consequences of the abort in numbers."""
        return self.decision.consequences

    @property
    def recipients(self) -> int | None:
        """The number of recipients who have not got the send yet (see `recipients_of`)."""
        return recipients_of(self.decision)


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """The sends of one group, soonest first."""

    group: BulkGroup
    sends: Sequence[PlannedSend] = ()

    @property
    def count(self) -> int:
        """The number of sends."""
        return len(self.sends)

    @property
    def recipients(self) -> int:
        """The sum of the recipients of these sends, without sends of unknown size."""
        return _recipients(self.sends)

    @property
    def unsized(self) -> int:
        """The number of sends of unknown size."""
        return _unsized(self.sends)

    def first(self, limit: int) -> Sequence[PlannedSend]:
        """Return at most `limit` sends of the group, in the order of the group.

        Half of them are the soonest sends of the group. The other half are the largest other sends.
        """
        if len(self.sends) <= limit:
            return self.sends
        soonest = range((limit + 1) // 2)
        by_size = sorted(
            range(len(soonest), len(self.sends)),
            key=lambda n: (-(self.sends[n].recipients or 0), n),
        )
        chosen = sorted([*soonest, *by_size[: limit - len(soonest)]])
        return [self.sends[n] for n in chosen]


def _recipients(sends: Sequence[PlannedSend]) -> int:
    return sum(each.recipients or 0 for each in sends)


def _unsized(sends: Sequence[PlannedSend]) -> int:
    return sum(each.recipients is None for each in sends)


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """The dry run of a batch: what an abort of each send would do now.

    `missing` has the ids of sends that do not exist, or that the actor is not allowed to see.
    """

    groups: Mapping[BulkGroup, PlannedGroup]
    missing: Sequence[ConfigurationId] = ()

    @property
    def to_abort(self) -> Sequence[PlannedSend]:
        """The sends that the batch would try to stop, soonest first within each group."""
        return [
            send
            for group in BulkGroup
            if group is not BulkGroup.LEFT_OUT
            for send in self.groups[group].sends
        ]

    @property
    def ids(self) -> tuple[ConfigurationId, ...]:
        """The ids of the sends that the batch would try to stop."""
        return tuple(send.configuration.id for send in self.to_abort)

    @property
    def count(self) -> int:
        """The number of sends that the batch would try to stop."""
        return len(self.to_abort)

    @property
    def recipients(self) -> int:
        """The number of recipients of the sends in `to_abort`, without sends of unknown size."""
        return _recipients(self.to_abort)

    @property
    def unsized(self) -> int:
        """The number of sends in `to_abort` whose recipients are not reported."""
        return _unsized(self.to_abort)

    @property
    def left_out(self) -> Mapping[Refusal, int]:
        """The number of sends that are left out for each reason."""
        found: dict[Refusal, int] = {}
        for send in self.groups[BulkGroup.LEFT_OUT].sends:
            assert send.refusal is not None
            found[send.refusal] = found.get(send.refusal, 0) + 1
        return found


def plan(
    configurations: Sequence[SendConfiguration],
    platform: Platform,
    may_stop: Callable[[SendConfiguration], bool] = lambda _: True,
    missing: Sequence[ConfigurationId] = (),
) -> BulkPlan:
    """Return the plan of a batch. `configurations` are in the order of execution."""
    planned = [PlannedSend(c, decide_abort(c, platform), may_stop(c)) for c in configurations]
    groups = {
        group: PlannedGroup(group, [send for send in planned if send.group is group])
        for group in BulkGroup
    }
    return BulkPlan(groups, tuple(missing))


@dataclass(frozen=True, slots=True)
class BulkIds:
    """Ids of sends that match a list's filters and can be stopped, soonest first.

    `total` counts all these sends. If there are too many, `ids` has only the first ids.
    """

    ids: tuple[ConfigurationId, ...]
    total: int


@dataclass(frozen=True, slots=True)
class BulkLimit:
    """How many sends and recipients a person is allowed to abort at once. None means no limit.

    Above `type_sends` sends or `type_recipients` recipients, the person has to type the number of
    sends. A send of unknown size exceeds every limit of recipients, because it can be that large.
    """

    sends: int | None
    recipients: int | None
    type_sends: int
    type_recipients: int | None

    def allows(self, sends: int, recipients: int, unsized: int = 0) -> bool:
        """Return whether a person is allowed to abort this many sends and recipients at once.

        `unsized` is the number of these sends that have unknown size.
        """
        return (self.sends is None or sends <= self.sends) and (
            self.recipients is None or (recipients <= self.recipients and not unsized)
        )

    def needs_typing(self, sends: int, recipients: int, unsized: int = 0) -> bool:
        """Return whether the person has to type the number of sends."""
        return sends > self.type_sends or (
            self.type_recipients is not None and (recipients > self.type_recipients or unsized > 0)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A stored bulk abort without its sends.

    `requester` has the rights that the person had at the start. If this batch retries an earlier
    bulk abort, `retry_of` is the id of the earlier one. Each of these times is None before its
    event:

    - `stop_requested_at`: a person pressed *End here*.
    - `ended_at`: the last send got its outcome.
    - `seen_at`: the requester saw the result.
    """

    id: BulkId
    requested_at: datetime
    requester: Actor
    reason: str
    note: str
    retry_of: str = ""
    stop_requested_at: datetime | None = None
    ended_at: datetime | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSend:
    """A send in the fixed list of a batch, with its facts at the start of the batch.

    `shown` has the facts that the dialog showed. `position` counts from 0. A send that did not
    exist at the start has no name and no time. `total_records` is None if the number of recipients
    is not reported.
    """

    position: int
    configuration_id: ConfigurationId
    name: str = ""
    account: str = ""
    total_records: int | None = 0
    scheduled_at: datetime | None = None
    shown: ShownFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedSend:
    """The outcome of a send of a batch, and the facts to write with it in one transaction.

    `after` has the new facts of the send, or None if the abort was not accepted. If the stored
    facts are no longer the facts in `before`, `after` is not written. `receipt` is None if the
    attempt gets no receipt. `spared` and `gone` count recipients.
    """

    listed: ListedSend
    outcome: BulkOutcome
    decided_at: datetime
    before: SendConfiguration | None = None
    after: SendConfiguration | None = None
    receipt: Receipt | None = None
    spared: int | None = None
    gone: int | None = None
    refusal: Refusal | None = None
    trouble: str = ""
    changed_meanwhile: bool = False


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """The result of writing a chunk of sends.

    `written` has the sends whose outcome was written. `missed` has the sends whose guard failed.
    """

    written: Sequence[DecidedSend]
    missed: Sequence[ListedSend]


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """The number of sends of a batch with one outcome, and the sums of their recipients.

    The sums leave out unknown numbers. `unsized` counts the sends whose number of recipients is not
    reported. `to_abort` is the sum of what `recipients_of` returns for each send.
    """

    outcome: BulkOutcome
    sends: int
    recipients: int
    spared: int
    gone: int
    unsized: int = 0
    to_abort: int = 0

    @property
    def totals(self) -> BulkTotals:
        """The totals of these sends. If the outcome is unconfirmed, all recipients are unknown."""
        if self.outcome in UNCONFIRMED:
            return BulkTotals(unknown=self.recipients, unsized=self.unsized)
        known = totals_of(self.recipients, self.spared, self.gone)
        return replace(known, unsized=self.unsized)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSend:
    """One send of a batch, with the outcome that is known now.

    - `position`: the place in the order in which the sends are stopped, counted from 0.
    - `name`, `account`, `total_records`: the values at the decision. While the send is pending,
      they are the values at the start of the batch.
    - `generated_records`, `generation_started_at`: the values at the decision. They show how late
      the abort was.
    - `spared`, `gone`: None while an accepted abort is not confirmed.
    - `refusal`: why the abort was refused.
    - `trouble`: why the outcome could not be written. Pages translate this text.
    """

    position: int
    configuration_id: ConfigurationId
    name: str
    account: str
    total_records: int | None
    scheduled_at: datetime | None
    outcome: BulkOutcome
    state_before: State | None = None
    generated_records: int | None = None
    generation_started_at: datetime | None = None
    spared: int | None = None
    gone: int | None = None
    refusal: Refusal | None = None
    trouble: str = ""
    receipt_id: ReceiptId | None = None
    decided_at: datetime | None = None
    changed_meanwhile: bool = False


@dataclass(frozen=True, slots=True)
class BulkPage:
    """One page of the sends of a batch, in the order of execution.

    `total` is the number of sends on all pages.
    """

    rows: Sequence[BulkSend]
    total: int
    page: int = 1
    page_rows: int = PAGE_ROWS

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(1, -(-self.total // self.page_rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkProgress:
    """A batch and its progress. All numbers count only sends that one actor is allowed to see.

    - `counts`: the number of sends for each outcome that occurs.
    - `totals`: the recipients of these sends.
    - `unknown`: for each outcome, the recipients for whom it is unknown whether they get the send.
      Examples are the recipients of pending sends and of open aborts.
    """

    id: BulkId
    requested_at: datetime
    actor: str
    reason: str
    note: str
    counts: Mapping[BulkOutcome, int]
    totals: BulkTotals
    unknown: Mapping[BulkOutcome, int]
    retry_of: str = ""
    stop_requested_at: datetime | None = None
    ended_at: datetime | None = None
    seen_at: datetime | None = None

    @classmethod
    def of(cls, batch: Batch, found: Sequence[OutcomeCount]) -> BulkProgress:
        """Return the progress of a batch from its counts."""
        return cls(
            id=batch.id,
            requested_at=batch.requested_at,
            actor=batch.requester.name,
            reason=batch.reason,
            note=batch.note,
            counts={each.outcome: each.sends for each in found},
            totals=sum((each.totals for each in found), BulkTotals()),
            unknown={each.outcome: n for each in found if (n := each.totals.unknown)},
            retry_of=batch.retry_of,
            stop_requested_at=batch.stop_requested_at,
            ended_at=batch.ended_at,
            seen_at=batch.seen_at,
        )

    @property
    def uncounted(self) -> int:
        """The recipients of stopped sends whose final numbers are not known yet."""
        return self.unknown.get(BulkOutcome.STOPPED, 0)

    @property
    def uncertain(self) -> Mapping[BulkOutcome, int]:
        """`unknown` without the outcome STOPPED."""
        return {each: n for each, n in self.unknown.items() if each is not BulkOutcome.STOPPED}

    @property
    def sends(self) -> int:
        """The number of sends of the batch."""
        return sum(self.counts.values())

    @property
    def pending(self) -> int:
        """The number of sends without an outcome."""
        return self.counts.get(BulkOutcome.PENDING, 0)

    @property
    def done(self) -> int:
        """The number of sends with an outcome."""
        return self.sends - self.pending

    @property
    def accepted(self) -> int:
        """The number of sends whose abort was accepted."""
        return sum(self.counts.get(each, 0) for each in ACCEPTED)

    @property
    def retriable(self) -> int:
        """The number of sends that can be tried again."""
        return sum(self.counts.get(each, 0) for each in RETRIABLE)

    @property
    def is_ended(self) -> bool:
        """Whether every send has an outcome."""
        return self.ended_at is not None
