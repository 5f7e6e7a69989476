"""Flags: reasons to check a send, with numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.alert_rules import last_movement
from core.domain.generation_batches import batches_for
from core.domain.list_query import OVERDUE_FOR
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.platform import Platform
from core.domain.rules import again, finished_short, runs_again
from core.domain.states import Again, Generation, State
from core.forecasting.baselines import Baselines, Group, Span, size_class
from core.forecasting.forecast import awaits_generation

#: The longest usual time and the greatest usual size are the quantiles at this level.
NEARLY_ALL = 0.98
#: A send is stuck if the wait exceeds SLACK times the longest usual time, and also exceeds LEAST.
SLACK = 1.5
LEAST = timedelta(minutes=5)
#: A send in generation usually reports progress after at most SILENT_BATCHES batches.
SILENT_BATCHES = 20

#: A send is unusually large above this multiple of the greatest usual size.
FAR_ABOVE = 2.0
#: With fewer past sends, an account and channel have no usual size.
ENOUGH_OF_ACCOUNT = 50


@dataclass(frozen=True, slots=True)
class Wait:
    """The send has not moved since the time `since`.

    Nearly all similar sends moved within the time `usual`. `based_on` counts the similar sends.
    """

    since: datetime
    usual: timedelta
    based_on: int
    group: Group

    @property
    def stuck_at(self) -> datetime:
        """When the send becomes stuck, if the send does not move."""
        return self.since + max(LEAST, self.usual * SLACK)


@dataclass(frozen=True, slots=True)
class Stuck(Wait):
    """The send has waited much longer than similar sends.

    Without enough history, it has waited at least OVERDUE_FOR, and `based_on` is 0.
    """


@dataclass(frozen=True, slots=True)
class UnusuallyLarge:
    """The send has far more recipients than past sends of the account and channel.

    Nearly all past sends have at most `usual` recipients.
    """

    recipients: int
    median: int
    usual: int
    based_on: int


@dataclass(frozen=True, slots=True)
class PossibleDuplicate:
    """Another send has the same name, account and audience, less than a day earlier or later."""

    other: ConfigurationId
    other_at: datetime


@dataclass(frozen=True, slots=True)
class RunsAgain:
    """The send had ended in the state `was`. A report at the time `at` showed the send alive.

    `is_unsure`: only the time of the file, and no time in the row, shows that the report is newer.
    """

    was: State
    at: datetime
    again: Again
    is_unsure: bool


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Since the time `since`, two reports disagree. Nobody knows which report is newer."""

    since: datetime


@dataclass(frozen=True, slots=True)
class FinishedShort:
    """The send has finished with fewer generated records than recipients."""

    generated: int
    total: int


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """A send of this channel and account with more than `most` recipients is unusually large."""

    channel: str
    account: str
    median: int
    most: float


Flag = Stuck | UnusuallyLarge | PossibleDuplicate | RunsAgain | InDoubt | FinishedShort


def reported_flags(c: SendConfiguration, platform: Platform) -> Sequence[Flag]:
    """Return the flags that need no history."""
    flags: list[Flag] = []
    if runs_again(c, platform) and c.reopened_from is not None and c.reopened_at is not None:
        is_unsure = c.doubted_since is not None
        flags.append(RunsAgain(c.reopened_from, c.reopened_at, again(c), is_unsure))
    elif c.doubted_since is not None:
        flags.append(InDoubt(c.doubted_since))
    generated, total = c.generated_records, c.total_records
    if finished_short(c) and generated is not None and total is not None:
        flags.append(FinishedShort(generated, total))
    return flags


def stuck(
    configuration: SendConfiguration, baselines: Baselines, facts_at: datetime
) -> Stuck | None:
    """Return the flag of a stuck send, or None.

    The wait ends at `facts_at`, the time of the facts. After that time, the send has perhaps moved.
    Without enough history, a send before generation is stuck after OVERDUE_FOR.
    """
    found = current_wait(configuration, baselines)
    if found is not None:
        is_stuck = facts_at > found.stuck_at
        return Stuck(found.since, found.usual, found.based_on, found.group) if is_stuck else None
    if configuration.scheduled_at is None or not awaits_generation(configuration):
        return None
    since = last_movement(configuration)
    return Stuck(since, OVERDUE_FOR, 0, Group()) if facts_at - since >= OVERDUE_FOR else None


def current_wait(configuration: SendConfiguration, baselines: Baselines) -> Wait | None:
    """Return since when a send has waited, and how long similar sends waited.

    Return None if the send is not waiting, if a fact such as its size is unknown, or if the history
    has too few similar sends.
    """
    due, total = configuration.scheduled_at, configuration.total_records
    if due is None or total is None:
        return None
    waits = _waits_for(configuration, due, total)
    if waits is None:
        return None
    span, since, share = waits
    baseline = baselines.of(span, configuration)
    if baseline is None:
        return None
    same_size = baseline.group.size == size_class(total)
    if not same_size and span not in (Span.LAG, Span.WAIT):
        return None  # all other spans depend on the size
    usual = timedelta(seconds=baseline.spread.at(NEARLY_ALL) * share)
    return Wait(since, usual, baseline.spread.count, baseline.group)


def _waits_for(
    c: SendConfiguration, due: datetime, total: int
) -> tuple[Span, datetime, float] | None:
    """Return a tuple (span, start of the wait, share), or None.

    The usual wait is the usual time of the span, times the share.
    """
    match c.state:
        case State.SCHEDULED if c.generation is not Generation.STARTED:
            return Span.LAG, due, 1.0
        case State.PROCESANDO if c.generation is not Generation.STARTED:
            if c.processing_started_at is not None:
                return Span.PROCESSING, c.processing_started_at, 1.0
            return Span.DUE_TO_BATCH, due, 1.0
        case State.IN_PROGRESS if c.generation is Generation.NOT_STARTED:
            if c.in_progress_at is not None:
                return Span.WAIT, c.in_progress_at, 1.0
            return Span.DUE_TO_BATCH, due, 1.0
        case State.IN_PROGRESS | State.DELIVERY_ENDING if c.generation_started_at is not None:
            moved = max(c.generation_started_at, c.updated_at or c.generation_started_at)
            share = min(1.0, SILENT_BATCHES / max(1, batches_for(total)))
            return Span.GENERATING, moved, share
        case _:
            return None


def unusually_large(
    configuration: SendConfiguration, baselines: Baselines
) -> UnusuallyLarge | None:
    """Return the flag if a send has far more recipients than usual, or None."""
    own = Group(configuration.channel, configuration.account)
    spread, total = baselines.spreads.get((Span.RECIPIENTS, own)), configuration.total_records
    if total is None or spread is None or spread.count < ENOUGH_OF_ACCOUNT:
        return None
    usual = spread.at(NEARLY_ALL)
    if total <= FAR_ABOVE * usual:
        return None
    median = round(spread.at(0.5))
    return UnusuallyLarge(total, median, round(usual), spread.count)


def size_limits(baselines: Baselines) -> tuple[SizeLimit, ...]:
    """Return the limits of all channels and accounts with enough history."""
    return tuple(
        SizeLimit(
            group.channel,
            group.account,
            round(spread.at(0.5)),
            FAR_ABOVE * spread.at(NEARLY_ALL),
        )
        for (span, group), spread in baselines.spreads.items()
        if span is Span.RECIPIENTS
        and group.channel is not None
        and group.account is not None
        and group.size is None
        and spread.count >= ENOUGH_OF_ACCOUNT
    )


def nearest_duplicate(
    configuration: SendConfiguration, others: Sequence[tuple[ConfigurationId, datetime]]
) -> PossibleDuplicate | None:
    """Return the flag for the possible duplicate nearest in time, or None."""
    due = configuration.scheduled_at
    if due is None or not others:
        return None
    other, at = min(others, key=lambda t: (abs(t[1] - due), t[0]))
    return PossibleDuplicate(other, at)
