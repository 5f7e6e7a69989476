"""How fast a send is generated, and when it will be done. Pure: facts and history in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.generation_batches import BATCH_RECORDS
from core.domain.model import SendConfiguration, StateChange
from core.domain.states import Generation, State
from core.forecasting.baselines import Baselines, Span

#: Steps of progress that tell the present pace; older ones tell how it was.
RECENT_STEPS = 20


@dataclass(frozen=True, slots=True)
class GenerationProgress:
    """How generation goes on.

    `per_minute` counts records; it is `measured` on this send, or else what its like do. None
    where neither tells. `done_at` is when the last record is generated at that pace, never in the
    past.
    """

    per_minute: int | None
    measured: bool
    done_at: datetime | None


def generation_progress(
    configuration: SendConfiguration,
    changes: Sequence[StateChange],
    baselines: Baselines,
    now: datetime,
) -> GenerationProgress | None:
    """Return how the generation of a send goes on, None where it is not under way.

    `changes` are the send's own, oldest first; without them its own times have to do.
    """
    c = configuration
    if c.state is not State.IN_PROGRESS or c.generation is not Generation.STARTED:
        return None
    own = _measured(_steps(c, changes))
    pace = own or _usual(c, baselines)
    if pace is None or not pace > 0:
        return GenerationProgress(None, False, None)
    return GenerationProgress(round(pace * 60), own is not None, _done_at(c, pace, now))


def _steps(c: SendConfiguration, changes: Sequence[StateChange]) -> list[tuple[datetime, int]]:
    """Return at which times how many records were generated, in rising order of both."""
    told = [(s.changed_at, s.generated_records) for s in changes if s.generated_records]
    if c.generation_started_at is not None:
        # The first batch is what begins generation, and is no measure of its pace.
        told.insert(0, (c.generation_started_at, min(BATCH_RECORDS, c.total_records)))
    if c.updated_at is not None and c.generated_records:
        told.append((c.updated_at, c.generated_records))
    rising: list[tuple[datetime, int]] = []
    for at, generated in told:
        if not rising or (at > rising[-1][0] and generated > rising[-1][1]):
            rising.append((at, generated))
    return rising


def _measured(steps: Sequence[tuple[datetime, int]]) -> float | None:
    recent = steps[-RECENT_STEPS:]
    if len(recent) < 2:
        return None
    (began, first), (ended, last) = recent[0], recent[-1]
    return (last - first) / (ended - began).total_seconds()


def _usual(c: SendConfiguration, baselines: Baselines) -> float | None:
    baseline = baselines.of(Span.GENERATING, c)
    if baseline is None or baseline.group.size is None or not baseline.spread.at(0.5):
        return None
    return c.total_records / baseline.spread.at(0.5)


def _done_at(c: SendConfiguration, pace: float, now: datetime) -> datetime | None:
    if c.generated_records is None:
        since, missing = c.generation_started_at or now, c.total_records
    else:
        since, missing = c.updated_at or now, max(0, c.total_records - c.generated_records)
    return max(now, since + timedelta(seconds=missing / pace))
