"""When will a send's generation begin: the point of no return. Pure: history in, answer out.

Two answers. The *cautious* one is what a countdown runs to: hardly any like send began earlier, so
the countdown runs out before generation begins. It is counted once from the latest moment of the
send that is known (its scheduled time, the start of processing, the end of it) and is not pushed
on while time passes: a countdown that always had a little left would never warn. The *typical* one
is the median of those like sends that had waited as long as this one has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.model import SendConfiguration
from core.domain.states import Generation, State
from core.forecasting.baselines import Baseline, Baselines, Group, Span, size_class

#: The share of like sends that took less than the cautious answer counts on,
CAUTIOUS = 0.01
#: and what is taken of that, because the extremes of a few dozen sends are not those of the next.
MARGIN = 0.8

#: From so many like sends on, their quantiles are steady.
MANY = 100

#: Past this share of like sends, the send is no longer like them.
RARE = 0.98


class Confidence(StrEnum):
    """How far a forecast can be relied on."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Forecast:
    """When generation may begin at the earliest sensible, and when it typically does.

    `cautious_at` is never before the scheduled time of a send that is still scheduled, and never
    in the past: where it is now, generation may begin any moment. Both are None where nothing is
    known or generation is not ahead; `typical_at` also where the send has waited longer than all
    like it. `based_on` counts the like sends, `group` tells what they share.
    """

    cautious_at: datetime | None = None
    typical_at: datetime | None = None
    confidence: Confidence = Confidence.UNKNOWN
    based_on: int = 0
    group: Group | None = None


#: Where nothing is known.
UNKNOWN = Forecast()


def awaits_generation(configuration: SendConfiguration) -> bool:
    """Tell whether generation is still to come, or may be, in a send that is on its way."""
    moving = (State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS)
    return configuration.state in moving and configuration.generation is not Generation.STARTED


def forecast(configuration: SendConfiguration, baselines: Baselines, now: datetime) -> Forecast:
    """Forecast when generation begins, as seen at `now`. Never raises."""
    if not awaits_generation(configuration):
        return UNKNOWN
    span, since = _latest_moment(configuration)
    baseline = baselines.of(span, configuration)
    if baseline is None:
        return UNKNOWN
    earliest = now
    if configuration.state is State.SCHEDULED:
        earliest = max(now, configuration.scheduled_at)
    waited = max(0.0, (now - since).total_seconds())
    cautious = max(earliest, since + timedelta(seconds=_cautious(baseline)))
    typical = _typical(baseline, waited)
    return Forecast(
        cautious_at=cautious,
        typical_at=None if typical is None else max(cautious, since + timedelta(seconds=typical)),
        confidence=_sureness(configuration, baseline, waited),
        based_on=baseline.spread.count,
        group=baseline.group,
    )


def _latest_moment(c: SendConfiguration) -> tuple[Span, datetime]:
    """Return the latest moment of the send that its source tells, and the span that begins there.

    A source that does not tell it leaves the one before, which every send has.
    """
    if c.state is State.IN_PROGRESS and c.in_progress_at is not None:
        return Span.WAIT, c.in_progress_at
    if c.state is not State.SCHEDULED and c.processing_started_at is not None:
        return Span.BEGUN_TO_BATCH, c.processing_started_at
    return Span.DUE_TO_BATCH, c.scheduled_at


def _cautious(baseline: Baseline) -> float:
    # Sends of any size say little about this one's: then only the quickest of them all is safe.
    level = 0.0 if baseline.group.size is None else CAUTIOUS
    return MARGIN * max(0.0, baseline.spread.at(level))


def _typical(baseline: Baseline, waited: float) -> float | None:
    begun = baseline.spread.share_within(waited) if waited else 0.0
    if begun >= 1.0:
        return None
    return baseline.spread.at(begun + (1.0 - begun) / 2)


def _sureness(configuration: SendConfiguration, baseline: Baseline, waited: float) -> Confidence:
    like_size = baseline.group.size == size_class(configuration.total_records)
    if not like_size or baseline.spread.share_within(waited) >= RARE:
        return Confidence.POOR
    return Confidence.GOOD if baseline.spread.count >= MANY else Confidence.FAIR
