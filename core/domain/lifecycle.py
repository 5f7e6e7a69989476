"""The next step of a send on the simulated platform. Pure.

A send takes no step if the scheduled time or the number of recipients is unknown.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.generation_batches import BATCH_RECORDS
from core.domain.model import Guard, SendConfiguration
from core.domain.platform import Platform
from core.domain.states import Generation, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast the simulated platform works.

    - Processing takes `processing` plus (records / `records_per_second`) seconds.
    - `wait`: the time from the end of processing to the first batch.
    - `ending`: the time between the last batch and the end of the send.
    """

    records_per_second: float = 600.0
    processing: timedelta = timedelta(seconds=40)
    wait: timedelta = timedelta(seconds=60)
    batch_every: timedelta = timedelta(seconds=8)
    ending: timedelta = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Step:
    """A step: the guard of the write, and the facts after the step."""

    guard: Guard
    after: SendConfiguration


def next_step(
    configuration: SendConfiguration, now: datetime, pace: Pace, platform: Platform
) -> Step | None:
    """Return the step that is due at `now`, or None."""
    due, total = configuration.scheduled_at, configuration.total_records
    if due is None or total is None:
        return None
    after = _after(configuration, due, total, now, pace, platform)
    if after is None:
        return None
    moved = replace(
        after,
        raw_state=platform.word(after.state),
        # The clock can be set back, but `updated_at` must never become earlier.
        updated_at=max(now, configuration.updated_at or now),
        version=configuration.version + 1,
    )
    return Step(Guard.of(configuration), moved)


def _after(
    c: SendConfiguration, due: datetime, total: int, now: datetime, pace: Pace, platform: Platform
) -> SendConfiguration | None:
    not_begun = c.generation is not Generation.STARTED
    done = c.generated_records or 0
    match c.state:
        case State.SCHEDULED if not_begun and now >= due:
            if State.PROCESANDO in platform.life:
                return replace(c, state=State.PROCESANDO, processing_started_at=now)
            return replace(c, state=State.IN_PROGRESS, in_progress_at=now, generated_records=0)
        case State.PROCESANDO if not_begun and _processed(c, due, total, now, pace):
            return replace(c, state=State.IN_PROGRESS, in_progress_at=now, generated_records=0)
        # If generation started in spite of the abort, the send stays CANCELLING. Freio then shows
        # that the platform contradicted the abort.
        case State.CANCELLING if not_begun and _processed(c, due, total, now, pace):
            return replace(c, state=State.CANCELLED, finished_at=now)
        case State.IN_PROGRESS if not_begun:
            if now >= (c.in_progress_at or due) + pace.wait:
                first = min(BATCH_RECORDS, total)
                return replace(c, generated_records=first, generation_started_at=now)
        case State.IN_PROGRESS if done >= total:
            if State.DELIVERY_ENDING in platform.life:
                return replace(c, state=State.DELIVERY_ENDING)
            return replace(c, state=State.SENT_DONE, finished_at=now)
        case State.IN_PROGRESS if now >= (c.updated_at or due) + pace.batch_every:
            return replace(c, generated_records=min(done + BATCH_RECORDS, total))
        case State.DELIVERY_ENDING if now >= (c.updated_at or due) + pace.ending:
            return replace(c, state=State.SENT_DONE, finished_at=now)
    return None


def _processed(c: SendConfiguration, due: datetime, total: int, now: datetime, pace: Pace) -> bool:
    takes = pace.processing + timedelta(seconds=total / pace.records_per_second)
    return c.in_progress_at is not None or now >= (c.processing_started_at or due) + takes
