"""The simulated platform: moves sends of the demo as the real one would, by guarded writes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.domain.lifecycle import Pace, next_step
from core.domain.model import Source
from core.ports.aborts import PlatformSteps

ACTOR = "simulated platform"

#: Steps in one transaction; few enough that an abort does not wait long.
STEPS_AT_ONCE = 200
#: Sends that are read for one call of `step`.
MAX_DUE = 5_000


def pace_times(factor: float) -> Pace:
    """Return the default pace, `factor` times as fast."""
    base = Pace()
    return Pace(
        records_per_second=base.records_per_second * factor,
        processing=base.processing / factor,
        wait=base.wait / factor,
        batch_every=max(base.batch_every / factor, timedelta(milliseconds=50)),
        ending=base.ending / factor,
    )


@dataclass(slots=True)
class SimulatedPlatform:
    """Takes all due steps at each call of `step`, last at `stepped_at`."""

    store: PlatformSteps
    pace: Pace = field(default_factory=Pace)
    stepped_at: datetime | None = None

    def step(self, now: datetime, era: str = "") -> int:
        """Take the step of each send that is due at `now`; return how many were taken.

        No step is taken if the data was replaced since `era` was read.
        """
        taken = 0
        moving = self.store.due_to_move(now, limit=MAX_DUE)
        due = [step for c in moving if (step := next_step(c, now, self.pace)) is not None]
        for begin in range(0, len(due), STEPS_AT_ONCE):
            chunk = due[begin : begin + STEPS_AT_ONCE]
            taken += self.store.advance(chunk, Source.SIMULATOR, ACTOR, era=era)
        self.stepped_at = now
        return taken
