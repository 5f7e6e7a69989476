"""The simulated platform: it moves sends as the real one would, through guarded writes.

It only ever touches a store that holds demo data, and looks before every step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.domain.lifecycle import Pace, next_step
from core.domain.model import Source
from core.ports.aborts import PlatformSteps

ACTOR = "simulated platform"

#: Steps taken in one transaction, so that an abort never waits long for its turn.
STEPS_AT_ONCE = 200


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
    """Takes all due steps when told to. `stepped_at` is when it last did."""

    store: PlatformSteps
    pace: Pace = field(default_factory=Pace)
    stepped_at: datetime | None = None

    def step(self, now: datetime, era: str = "") -> int:
        """Take every step that is due at `now`, one for each send; return how many were taken.

        None is taken where the data was replaced since `era` was asked.
        """
        taken = 0
        moving = self.store.moving(now, limit=5_000)
        due = [step for c in moving if (step := next_step(c, now, self.pace)) is not None]
        for begin in range(0, len(due), STEPS_AT_ONCE):
            chunk = due[begin : begin + STEPS_AT_ONCE]
            taken += self.store.advance(chunk, Source.SIMULATOR, ACTOR, era=era)
        self.stepped_at = now
        return taken
