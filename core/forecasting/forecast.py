"""Forecast the start of generation. Until then, the send can be stopped.

A wait begins at the latest known moment, for example at the start of processing. A wait ends at the
first batch. A forecast has two times:

- *Cautious*: almost no similar send had a shorter wait.
- *Typical*: the median wait. Similar sends with a shorter wait than the current wait do not count.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.model import SendConfiguration
from core.domain.states import ON_ITS_WAY, Generation, State
from core.forecasting.baselines import Baseline, Baselines, Group, Span, size_class

#: The cautious wait is this quantile of the waits of similar sends, times MARGIN.
CAUTIOUS = 0.01
#: A future send can be quicker than all past sends.
MARGIN = 0.8

#: With at least this number of similar sends, the quantiles are stable.
MANY = 100

#: If a send has waited longer than this share of similar sends, the confidence is POOR.
RARE = 0.98


class Confidence(StrEnum):
    """How reliable a forecast is."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The expected start of generation.

    - `cautious_at`: never in the past. For a scheduled send, never before the scheduled time.
    - `typical_at`: None if the send has waited longer than all similar sends.

    Both times are None without enough history, or if the send does not await generation.
    """

    cautious_at: datetime | None = None
    typical_at: datetime | None = None
    confidence: Confidence = Confidence.UNKNOWN
    based_on: int = 0
    group: Group | None = None


UNKNOWN = Forecast()


def awaits_generation(configuration: SendConfiguration) -> bool:
    """Return whether a send is on its way, and no report says that its generation has started.

    A scheduled send is also on its way.
    """
    return configuration.state in ON_ITS_WAY and configuration.generation is not Generation.STARTED


def stoppable_until(configuration: SendConfiguration, forecast: Forecast) -> datetime | None:
    """Return the time until which a stoppable send can surely be stopped, or None.

    A scheduled send without a forecast can be stopped until the scheduled time.
    """
    if forecast.cautious_at is None and configuration.state is State.SCHEDULED:
        return configuration.scheduled_at
    return forecast.cautious_at


def forecast(configuration: SendConfiguration, baselines: Baselines, now: datetime) -> Forecast:
    """Return the forecast for a send at the time `now`."""
    due = configuration.scheduled_at
    if due is None or not awaits_generation(configuration):
        return UNKNOWN
    span, since = _latest_moment(configuration, due)
    baseline = baselines.of(span, configuration)
    if baseline is None:
        return UNKNOWN
    earliest = max(now, due) if configuration.state is State.SCHEDULED else now
    waited = max(0.0, (now - since).total_seconds())
    # A group of all sizes says little about a send. The minimum is the safest value.
    level = 0.0 if baseline.group.size is None else CAUTIOUS
    quickest = MARGIN * max(0.0, baseline.spread.at(level))
    cautious = max(earliest, since + timedelta(seconds=quickest))
    begun = baseline.spread.share_within(waited) if waited else 0.0
    typical = timedelta(seconds=baseline.spread.at(begun + (1.0 - begun) / 2))
    return Forecast(
        cautious_at=cautious,
        typical_at=max(cautious, since + typical) if begun < 1.0 else None,
        confidence=_sureness(configuration, baseline, waited),
        based_on=baseline.spread.count,
        group=baseline.group,
    )


def _latest_moment(c: SendConfiguration, due: datetime) -> tuple[Span, datetime]:
    if c.state is State.IN_PROGRESS and c.in_progress_at is not None:
        return Span.WAIT, c.in_progress_at
    if c.state is not State.SCHEDULED and c.processing_started_at is not None:
        return Span.BEGUN_TO_BATCH, c.processing_started_at
    return Span.DUE_TO_BATCH, due


def _sureness(configuration: SendConfiguration, baseline: Baseline, waited: float) -> Confidence:
    same_size = baseline.group.size == size_class(configuration.total_records)
    if not same_size or baseline.spread.share_within(waited) >= RARE:
        return Confidence.POOR
    return Confidence.GOOD if baseline.spread.count >= MANY else Confidence.FAIR
