"""Port for the history that forecasts and flags read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.model import ConfigurationId, SendConfiguration
from core.forecasting.baselines import Measures


class HistoryReads(Protocol):
    """Aggregated history. Each read is limited to a window of `scheduled_at`."""

    def measures(self, since: datetime, until: datetime, limit: int) -> Measures:
        """Return durations and sizes by group of similar sends.

        Use only sends whose generation has started, and only the latest `limit` of these sends. If
        the source did not report when a state changed, take the time from the send's history.
        Leave out groups of fewer than `core.forecasting.baselines.ENOUGH` sends.
        """

    def hourly_totals(self, windows: Sequence[tuple[datetime, datetime]]) -> dict[datetime, int]:
        """Return the number of recipients in each hour of `windows`.

        Leave out stopped sends, and hours without sends. `windows` must not be empty.
        """

    def possible_duplicates(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Sequence[tuple[ConfigurationId, datetime]]]:
        """Return the possible duplicates of each send. Drafts and stopped sends do not count."""
