"""Port for the history behind forecasts and flags."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.model import ConfigurationId, SendConfiguration
from core.forecasting.baselines import Measures


class HistoryReads(Protocol):
    """Aggregated history in windows of `scheduled_at`."""

    def measures(self, since: datetime, until: datetime, limit: int) -> Measures:
        """Return durations and sizes by group of similar sends.

        Use only the latest `limit` sends whose size is known and whose generation has started. If
        the source did not report the time of a state change, use the time in the send's history.
        Leave out groups of fewer than `core.forecasting.baselines.ENOUGH` sends.
        """

    def hourly_totals(self, windows: Sequence[tuple[datetime, datetime]]) -> dict[datetime, int]:
        """Return the recipients in each hour of `windows`, without stopped sends.

        Leave out hours without sends. `windows` must not be empty.
        """

    def possible_duplicates(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Sequence[tuple[ConfigurationId, datetime]]]:
        """Return the possible duplicates of each send. A draft or stopped send is no duplicate."""
