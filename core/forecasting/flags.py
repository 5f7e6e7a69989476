"""What about a send is worth a second look: a reason as a value, with its numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.generation_batches import batches_for
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.rules import finished_short, runs_again
from core.domain.states import Generation, State
from core.forecasting.baselines import Baselines, Group, Span, size_class

#: Nearly all like sends move on within this share's quantile,
NEARLY_ALL = 0.98
#: and one that takes this many times as long, and at least so long, is stuck.
SLACK = 1.5
LEAST = timedelta(minutes=5)
#: Records come batch by batch: silence for as long as this many batches take is no progress.
SILENT_BATCHES = 20

#: So many times the greatest usual size is far above an account's habit,
FAR_ABOVE = 2.0
#: which takes so many sends to know.
ENOUGH_OF_ACCOUNT = 50


@dataclass(frozen=True, slots=True)
class Stuck:
    """It has not moved `since` then; of those like it, nearly all moved on within `usual`."""

    since: datetime
    usual: timedelta
    based_on: int
    group: Group


@dataclass(frozen=True, slots=True)
class UnusuallyLarge:
    """It has far more recipients than its account's sends of this channel.

    `median` is the middle of those, `usual` what nearly all of them stay within.
    """

    recipients: int
    median: int
    usual: int
    based_on: int


@dataclass(frozen=True, slots=True)
class PossibleDuplicate:
    """Another send of the same name, account and audience is planned within a day of it."""

    other: ConfigurationId
    other_at: datetime


@dataclass(frozen=True, slots=True)
class RunsAgain:
    """It was reported to have ended (`was`), and a newer report, made at `at`, shows it going out.

    `is_sent` where it has gone out by now, `is_unsure` where only the file's own time says that the
    report is newer.
    """

    was: State
    at: datetime
    is_sent: bool
    is_unsure: bool


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Two reports disagree about it since then, and nothing proves which is the newer one."""

    since: datetime


@dataclass(frozen=True, slots=True)
class FinishedShort:
    """It is done with fewer records generated than it has recipients."""

    generated: int
    total: int


Flag = Stuck | UnusuallyLarge | PossibleDuplicate | RunsAgain | InDoubt | FinishedShort


def reported_flags(c: SendConfiguration) -> Sequence[Flag]:
    """Return what the reports of the platform themselves give reason to look at."""
    found: list[Flag] = []
    if runs_again(c) and c.reopened_from is not None and c.reopened_at is not None:
        sent, unsure = c.state is State.SENT_DONE, c.doubted_since is not None
        found.append(RunsAgain(c.reopened_from, c.reopened_at, sent, unsure))
    elif c.doubted_since is not None:
        found.append(InDoubt(c.doubted_since))
    if finished_short(c) and c.generated_records is not None:
        found.append(FinishedShort(c.generated_records, c.total_records))
    return found


def stuck(
    configuration: SendConfiguration, baselines: Baselines, seen_at: datetime
) -> Stuck | None:
    """Tell whether a send has not moved for longer than its like do, as of facts from `seen_at`.

    `seen_at` is when the facts were last confirmed, not the present: of what a feed has not told
    for an hour, nobody knows that it stood still. None where there is too little history, too.
    """
    waits = _waits_for(configuration)
    if waits is None:
        return None
    span, since, share = waits
    baseline = baselines.of(span, configuration)
    if baseline is None:
        return None
    like_size = baseline.group.size == size_class(configuration.total_records)
    if not like_size and span not in (Span.LAG, Span.WAIT):
        return None  # sends of other sizes say nothing about how long this one may take
    usual = timedelta(seconds=baseline.spread.at(NEARLY_ALL) * share)
    if seen_at - since <= max(LEAST, usual * SLACK):
        return None
    return Stuck(since, usual, baseline.spread.count, baseline.group)


def _waits_for(c: SendConfiguration) -> tuple[Span, datetime, float] | None:
    """Return what a send waits for, since when, and which share of that span it may take."""
    match c.state:
        case State.SCHEDULED if c.generation is not Generation.STARTED:
            return Span.LAG, c.scheduled_at, 1.0
        case State.PROCESANDO if c.generation is not Generation.STARTED:
            if c.processing_started_at is not None:
                return Span.PROCESSING, c.processing_started_at, 1.0
            return Span.DUE_TO_BATCH, c.scheduled_at, 1.0
        case State.IN_PROGRESS if c.generation is Generation.NOT_STARTED:
            if c.in_progress_at is not None:
                return Span.WAIT, c.in_progress_at, 1.0
            return Span.DUE_TO_BATCH, c.scheduled_at, 1.0
        case State.IN_PROGRESS | State.DELIVERY_ENDING if c.generation_started_at is not None:
            moved = max(c.generation_started_at, c.updated_at or c.generation_started_at)
            share = min(1.0, SILENT_BATCHES / max(1, batches_for(c.total_records)))
            return Span.GENERATING, moved, share
        case _:
            return None


def unusually_large(
    configuration: SendConfiguration, baselines: Baselines
) -> UnusuallyLarge | None:
    """Tell whether a send has far more recipients than its account's sends of its channel had."""
    own = Group(configuration.channel, configuration.account)
    spread = baselines.spreads.get((Span.RECIPIENTS, own))
    if spread is None or spread.count < ENOUGH_OF_ACCOUNT:
        return None
    usual = spread.at(NEARLY_ALL)
    if configuration.total_records <= FAR_ABOVE * usual:
        return None
    median = round(spread.at(0.5))
    return UnusuallyLarge(configuration.total_records, median, round(usual), spread.count)


def nearest_duplicate(
    configuration: SendConfiguration, twins: Sequence[tuple[ConfigurationId, datetime]]
) -> PossibleDuplicate | None:
    """Return the twin that is closest in time, or None where there is none."""
    if not twins:
        return None
    other, at = min(twins, key=lambda t: (abs(t[1] - configuration.scheduled_at), t[0]))
    return PossibleDuplicate(other, at)
