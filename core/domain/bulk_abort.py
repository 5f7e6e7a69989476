"""Bulk abort: the plan, the outcome of each send, and the totals. Pure.

In this module, a batch is a bulk abort, not a batch of generation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from enum import StrEnum
from itertools import chain
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
from core.domain.rules import CancelRest, Decision, Refuse, decide_abort
from core.domain.states import Refusal, State, Verdict

BulkId = NewType("BulkId", str)

PAGE_ROWS: Final = 50


class BulkGroup(StrEnum):
    """The groups of sends in the dialog."""

    AT_ONCE = "at_once"
    REST = "rest"
    WHEN_PROCESSING_ENDS = "when_processing_ends"
    UNKNOWN = "unknown"
    LEFT_OUT = "left_out"


_GROUPS: Final[Mapping[Verdict, BulkGroup]] = {
    Verdict.CANCEL_NOW: BulkGroup.AT_ONCE,
    Verdict.CANCEL_REST: BulkGroup.REST,
    Verdict.CANCEL_AFTER_PROCESSING: BulkGroup.WHEN_PROCESSING_ENDS,
    Verdict.CANCEL_UNCONFIRMED: BulkGroup.UNKNOWN,
    Verdict.REFUSE: BulkGroup.LEFT_OUT,
}


class BulkOutcome(StrEnum):
    """The result for a send of a batch.

    - WAITING: the abort is recorded, but the platform has not confirmed the stop.
    - UNKNOWN: the abort is recorded, but generation has perhaps begun.
    - CHANGED: at each try, the facts of the send had changed.
    - KEPT: a person pressed *End here* before Freio handled the send.
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


ACCEPTED: Final = (
    BulkOutcome.STOPPED,
    BulkOutcome.WHEN_PROCESSING_ENDS,
    BulkOutcome.WAITING,
    BulkOutcome.UNKNOWN,
    BulkOutcome.CONTRADICTED,
    BulkOutcome.RAN_AGAIN,
)

#: Accepted outcomes without final numbers: the abort is open, or the send ran again.
UNCONFIRMED: Final = tuple(
    each for each in ACCEPTED if each not in (BulkOutcome.STOPPED, BulkOutcome.CONTRADICTED)
)

#: Outcomes that allow another try.
RETRIABLE: Final = (BulkOutcome.CHANGED, BulkOutcome.NOT_WRITTEN)


@dataclass(frozen=True, slots=True)
class BulkTotals:
    """Numbers of recipients. `unsized` is the number of sends of unknown size."""

    spared: int = 0
    gone: int = 0
    unknown: int = 0
    unsized: int = 0

    def __add__(self, other: BulkTotals) -> BulkTotals:
        return BulkTotals(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def recipients_of(decision: Decision) -> int | None:
    """Return the number of recipients to show for a decision, or None if unknown.

    The number is `spared` for CancelRest with a known `spared`. If not, the number is `total`.
    """
    numbers = decision.consequences
    is_rest = isinstance(decision, CancelRest) and numbers.spared is not None
    return numbers.spared if is_rest else numbers.total


@dataclass(frozen=True, slots=True)
class PlannedSend:
    """A send and the decision about an abort. `may_stop`: the actor is allowed to stop the send."""

    configuration: SendConfiguration
    decision: Decision
    may_stop: bool = True

    @property
    def group(self) -> BulkGroup:
        """The group of the send in the dialog."""
        return _GROUPS[self.decision.rule.verdict] if self.may_stop else BulkGroup.LEFT_OUT

    @property
    def refusal(self) -> Refusal | None:
        """Why the batch leaves the send out, or None."""
        if not self.may_stop:
            return Refusal.NOT_ALLOWED
        return self.decision.reason if isinstance(self.decision, Refuse) else None

    @property
    def recipients(self) -> int | None:
        """The result of `recipients_of`."""
        return recipients_of(self.decision)


@dataclass(frozen=True, slots=True)
class PlannedSends:
    """Some sends of a plan, in the order of the aborts."""

    sends: Sequence[PlannedSend]

    @property
    def count(self) -> int:
        """The number of sends."""
        return len(self.sends)

    @property
    def recipients(self) -> int:
        """The sum of the known numbers of recipients."""
        return sum(each.recipients or 0 for each in self.sends)

    @property
    def unsized(self) -> int:
        """The number of sends of unknown size."""
        return sum(each.recipients is None for each in self.sends)


@dataclass(frozen=True, slots=True)
class PlannedGroup(PlannedSends):
    """The sends of a group, soonest first."""

    group: BulkGroup

    def first(self, limit: int) -> Sequence[PlannedSend]:
        """Return at most `limit` sends, soonest first.

        If the group is larger, half of the result are the soonest sends. The other half are the
        largest of the remaining sends.
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


@dataclass(frozen=True, slots=True)
class BulkPlan(PlannedSends):
    """The dry run of a batch.

    `sends` has the sends to stop. `missing` has the ids without a visible send.
    """

    groups: Mapping[BulkGroup, PlannedGroup]
    missing: Sequence[ConfigurationId]

    @property
    def ids(self) -> tuple[ConfigurationId, ...]:
        """The ids of the sends to stop."""
        return tuple(send.configuration.id for send in self.sends)


def plan(
    configurations: Sequence[SendConfiguration],
    platform: Platform,
    may_stop: Callable[[SendConfiguration], bool] = lambda _: True,
    missing: Sequence[ConfigurationId] = (),
) -> BulkPlan:
    """Return the plan of a batch. Each group keeps the order of `configurations`."""
    planned = [PlannedSend(c, decide_abort(c, platform), may_stop(c)) for c in configurations]
    groups = {
        group: PlannedGroup([send for send in planned if send.group is group], group)
        for group in BulkGroup
    }
    kept = [group.sends for group in groups.values() if group.group is not BulkGroup.LEFT_OUT]
    return BulkPlan(list(chain.from_iterable(kept)), groups, tuple(missing))


@dataclass(frozen=True, slots=True)
class BulkIds:
    """The sends of a list that can surely or perhaps be stopped.

    - `ids`: the ids, soonest first. In a long list, only the first ids.
    - `total`: the number of all these sends.
    """

    ids: tuple[ConfigurationId, ...]
    total: int


@dataclass(frozen=True, slots=True)
class BulkLimit:
    """The limits of a bulk abort. None means no limit.

    Above `type_sends` or `type_recipients`, the person has to type the number of sends. A send of
    unknown size exceeds `recipients` and `type_recipients`.
    """

    sends: int | None
    recipients: int | None
    type_sends: int
    type_recipients: int | None

    def allows(self, sends: int, recipients: int, unsized: int = 0) -> bool:
        """Return whether the numbers are allowed."""
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
    """A stored bulk abort without the list of sends.

    - `requester`: the person, with the rights that the person had at the start.
    - `retry_of`: the id of the retried batch, or "".
    - `stop_requested_at`: when a person pressed *End here*.
    - `seen_at`: when the requester saw the result after the end of the batch, or None.
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
    """A send in the list of a batch, with the facts at the start.

    - `position`: the place in the list, from 0.
    - `name`, `account`, `scheduled_at`: empty if the send did not exist at the start.
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
    """The outcome of a send, and the facts to write in one transaction with the outcome.

    - `before`: the facts at the decision. If the stored facts differ, `after` is not written.
    - `after`: None if the abort was not accepted.
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
    """The result of a chunk. The guard failed for the sends in `missed`."""

    written: Sequence[DecidedSend]
    missed: Sequence[ListedSend]


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """Numbers for those sends of a batch that have the outcome `outcome`.

    `to_abort` is the number of recipients without a generated record at the decision.
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
        """The totals. If the outcome is in UNCONFIRMED, all recipients count as `unknown`."""
        is_known = self.outcome not in UNCONFIRMED
        spared = min(self.spared, self.recipients) if is_known else 0
        gone = min(self.gone, self.recipients - spared) if is_known else 0
        return BulkTotals(spared, gone, self.recipients - spared - gone, self.unsized)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSend:
    """A send of a batch, with the current outcome and the facts at the decision.

    - `name`, `account`, `total_records`: while the outcome is PENDING, the facts at the start.
    - `spared`, `gone`: None while an accepted abort is not confirmed.
    - `trouble`: a text to translate: why the outcome could not be written.
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
    """A page of the sends of a batch, in the order of the list of the batch."""

    rows: Sequence[BulkSend]
    total: int
    page: int = 1
    page_rows: int = PAGE_ROWS

    @property
    def pages(self) -> int:
        """The number of pages, at least 1."""
        return max(1, -(-self.total // self.page_rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkProgress(Batch):
    """A batch with the progress. The numbers are only for sends in visible accounts.

    - `counts`: the number of sends by outcome.
    - `unknown`: the number of recipients with an unknown result, by outcome.
    """

    counts: Mapping[BulkOutcome, int]
    totals: BulkTotals
    unknown: Mapping[BulkOutcome, int]

    @classmethod
    def of(cls, batch: Batch, found: Sequence[OutcomeCount]) -> BulkProgress:
        """Return the progress of a batch."""
        return cls(
            **{each.name: getattr(batch, each.name) for each in fields(batch)},
            counts={each.outcome: each.sends for each in found},
            totals=sum((each.totals for each in found), BulkTotals()),
            unknown={each.outcome: n for each in found if (n := each.totals.unknown)},
        )

    @property
    def actor(self) -> str:
        """The name of the requester."""
        return self.requester.name

    @property
    def uncounted(self) -> int:
        """The number of recipients in stopped sends with an unknown number of sent messages."""
        return self.unknown.get(BulkOutcome.STOPPED, 0)

    @property
    def uncertain(self) -> Mapping[BulkOutcome, int]:
        """`unknown` without the outcome STOPPED."""
        return {each: n for each, n in self.unknown.items() if each is not BulkOutcome.STOPPED}

    @property
    def sends(self) -> int:
        """The number of sends."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """The number of sends with an outcome."""
        return self.sends - self.counts.get(BulkOutcome.PENDING, 0)

    @property
    def retriable(self) -> int:
        """The number of sends with a retriable outcome."""
        return sum(self.counts.get(each, 0) for each in RETRIABLE)

    @property
    def is_ended(self) -> bool:
        """Whether every send has an outcome."""
        return self.ended_at is not None
