"""The simulated platform of the demo."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from core.domain.lifecycle import Pace, next_step
from core.domain.model import Source
from core.domain.platform import Platform
from core.platforms import icomm
from core.ports.aborts import PlatformSteps

ACTOR = "simulated platform"

PLATFORM: Final = replace(icomm.PLATFORM, name="simulated")

#: The maximum number of steps in a transaction. Aborts wait until such a transaction ends.
STEPS_AT_ONCE = 200
MAX_DUE = 5_000


def pace_times(factor: float) -> Pace:
    """Return a pace that is `factor` times the default pace."""
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
    """Changes the sends of the demo."""

    store: PlatformSteps
    pace: Pace = field(default_factory=Pace)
    platform: Platform = icomm.PLATFORM
    stepped_at: datetime | None = None

    def step(self, now: datetime, era: str = "") -> int:
        """Write the due steps if the era is still `era`. Return the number of steps."""
        taken = 0
        moving = self.store.due_to_move(now, limit=MAX_DUE)
        steps = [next_step(c, now, self.pace, self.platform) for c in moving]
        due = [step for step in steps if step is not None]
        for begin in range(0, len(due), STEPS_AT_ONCE):
            chunk = due[begin : begin + STEPS_AT_ONCE]
            taken += self.store.advance(chunk, Source.SIMULATOR, ACTOR, era=era)
        self.stepped_at = now
        return taken
