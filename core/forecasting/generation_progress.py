"""The speed and the expected end of generation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.generation_batches import BATCH_RECORDS
from core.domain.model import SendConfiguration, StateChange
from core.domain.states import Generation, State
from core.forecasting.baselines import Baseline, Baselines, Span, size_class
from core.forecasting.flags import NEARLY_ALL

#: Freio measures the current speed from the newest reports, at most this number.
RECENT_STEPS = 20
#: A speed between two reports that are less than this many seconds apart is not reliable.
LEAST_SECONDS = 1


@dataclass(frozen=True, slots=True)
class GenerationProgress:
    """The speed in records per minute, and the expected end of generation.

    - `per_minute`: the speed of the send. If `measured` is false, the usual speed of similar sends.
    - `done_at`: the expected end, never in the past.
    - `usual`: the median speed of similar sends. Nearly all similar sends reach `least_usual`.

    An unknown value is None.
    """

    per_minute: int | None
    measured: bool
    done_at: datetime | None
    usual: int | None = None
    least_usual: int | None = None


def generation_progress(
    configuration: SendConfiguration,
    changes: Sequence[StateChange],
    baselines: Baselines,
    now: datetime,
    *,
    first_batch: int = BATCH_RECORDS,
) -> GenerationProgress | None:
    """Return the progress of generation.

    Return None if the send is not in generation, or if the size is unknown. `changes` begins with
    the oldest change. `first_batch` is 0 for a platform without batches.
    """
    c, total = configuration, configuration.total_records
    if total is None:
        return None
    if c.state is not State.IN_PROGRESS or c.generation is not Generation.STARTED:
        return None
    own = _measured(_steps(c, min(first_batch, total), changes))
    similar = baselines.of(Span.GENERATING, c)
    pace = own or _usual(total, first_batch, similar)
    if not pace > 0:
        return GenerationProgress(None, False, None)
    return GenerationProgress(
        round(pace * 60),
        own is not None,
        _done_at(c, total, first_batch, pace, now),
        *_compared(total, first_batch, similar),
    )


def _steps(
    c: SendConfiguration, first_batch: int, changes: Sequence[StateChange]
) -> list[tuple[datetime, int]]:
    """Return pairs (time, number of generated records), both rising."""
    reported = [(s.changed_at, s.generated_records) for s in changes if s.generated_records]
    if c.generation_started_at is not None:
        # At the start time, the first batch is already generated.
        reported.insert(0, (c.generation_started_at, first_batch))
    if c.updated_at is not None and c.generated_records:
        reported.append((c.updated_at, c.generated_records))
    rising: list[tuple[datetime, int]] = []
    for at, generated in reported:
        if not rising or (at > rising[-1][0] and generated > rising[-1][1]):
            rising.append((at, generated))
    return rising


def _measured(steps: Sequence[tuple[datetime, int]]) -> float | None:
    recent = steps[-RECENT_STEPS:]
    if len(recent) < 2:
        return None
    (began, first), (ended, last) = recent[0], recent[-1]
    seconds = (ended - began).total_seconds()
    return (last - first) / seconds if seconds >= LEAST_SECONDS else None


def _usual(total: int, first_batch: int, similar: Baseline | None, level: float = 0.5) -> float:
    """Return the speed of similar sends in records per second, or 0 if the speed is unknown."""
    if similar is None or similar.group.recipients is None or not similar.spread.at(level):
        return 0
    low, high = similar.group.recipients
    # Similar sends can be much larger than a send just above the first batch.
    size = max(total, (low + (high or low)) / 2)
    # The first batch is already generated when generation starts.
    return max(0, size - first_batch) / similar.spread.at(level)


def _compared(
    total: int, first_batch: int, similar: Baseline | None
) -> tuple[int | None, int | None]:
    """Return `usual` and `least_usual` of GenerationProgress."""
    # The speed depends on the size, so sends of another size do not count.
    if similar is None or similar.group.size != size_class(total):
        return None, None
    half, least = (_usual(total, first_batch, similar, level) for level in (0.5, NEARLY_ALL))
    return (round(half * 60), round(least * 60)) if half else (None, None)


def _done_at(
    c: SendConfiguration, total: int, first_batch: int, pace: float, now: datetime
) -> datetime | None:
    if c.generated_records is None:
        since, generated = c.generation_started_at or now, first_batch
    else:
        since, generated = c.updated_at or now, c.generated_records
    return max(now, since + timedelta(seconds=max(0, total - generated) / pace))
