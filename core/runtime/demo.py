"""The demo: sample data and the simulated platform."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.feed.loader import DEMO, Loader
from core.infrastructure.clock import Clock
from core.infrastructure.lease import ALWAYS_HELD, Lease
from core.platforms.simulated import SimulatedPlatform
from core.ports.store import Store

log = logging.getLogger(__name__)

#: The name of the fact with the time of the last call of `SimulatedPlatform.step`.
STEPPED_AT: Final = "stepped_at"


@dataclass(slots=True)
class Demo:
    """Runs the demo in the dashboard with the `lease`."""

    is_enabled: bool
    loader: Loader
    store: Store
    clock: Clock
    platform: SimulatedPlatform
    lease: Lease = ALWAYS_HELD

    def is_loaded(self) -> bool:
        """Return whether the store has demo data."""
        return self.loader.origin() == DEMO

    def is_only_data(self) -> bool:
        """Return whether the store has demo data or is empty."""
        origin = self.loader.origin()
        return origin == DEMO or (origin == "" and self.store.is_empty())

    def prepare(self) -> None:
        """If the demo is on, load the sample data. If the demo is off, drop the sample data."""
        if self.is_enabled:
            self.loader.load_sample()
        elif self.is_loaded() and self.store.drop_demo():
            log.info("the demo is switched off: its data is dropped")

    def step(self) -> None:
        """If the store has demo data, take all due steps."""
        # Read the era first, because a file can replace the demo data at any time.
        era = self.store.era()
        if not (self.is_loaded() and self.lease.is_held()):
            return
        self.platform.step(self.clock(), era)
        if self.lease.store is not None and self.platform.stepped_at is not None:
            stepped_at = self.platform.stepped_at.isoformat()
            self.store.set_fact(STEPPED_AT, stepped_at, is_shown=False)

    def facts_at(self) -> datetime | None:
        """Return the time at which the source last confirmed the facts, or None."""
        if not self.is_loaded():
            return self.store.facts_as_of()
        stored = self.store.fact(STEPPED_AT) if self.lease.store is not None else None
        steps = (self.platform.stepped_at, datetime.fromisoformat(stored) if stored else None)
        return max(filter(None, steps), default=None) or self.store.facts_as_of()
