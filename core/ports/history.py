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

        Use the latest `limit` sends in the window whose generation has started. If the source does
        not report when a state changed, estimate the time from the recorded history of the send.

        Leave out groups of fewer than `core.forecasting.baselines.ENOUGH` sends.
        """

    def hourly_totals(self, windows: Sequence[tuple[datetime, datetime]]) -> dict[datetime, int]:
        """Return the number of recipients in each hour of `windows`.

        Leave out stopped sends, and hours without sends. `windows` must not be empty.
        """

    def possible_duplicates(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Sequence[tuple[ConfigurationId, datetime]]]:
        """Return the possible duplicates of each send.

        A possible duplicate has the same name, account and audience as the send. The two scheduled
        times differ by less than a day. Drafts and stopped sends do not count.
        """
