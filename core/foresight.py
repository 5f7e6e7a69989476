"""What history tells about what is ahead: forecasts, flags and the usual amounts, kept a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.flags import Flag
from core.forecast import Forecast, forecast
from core.habits import Habits
from core.model import ConfigurationId, SendConfiguration
from core.store.port import Store
from core.usual import UsualHour


@dataclass(slots=True)
class Foresight:
    """Answers from habits that are learnt now and then, not for every page."""

    store: Store
    clock: Callable[[], datetime]

    def forecasts(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Forecast]:
        """Return for each send when its generation may begin; unknown where that is not known."""
        now, habits = self.clock(), Habits()
        return {c.id: forecast(c, habits, now) for c in configurations}

    def flags(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Sequence[Flag]]:
        """Return for each send why to look at it; sends without a reason are left out."""
        return {}

    def usual_volume(self, since: datetime, until: datetime) -> Sequence[UsualHour]:
        """Return what is usual for each hour of a window; empty where there is too little past."""
        return []
