"""What forecasts and flags read from history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.model import ConfigurationId, SendConfiguration
from core.forecasting.baselines import Measure


class HistoryReads(Protocol):
    """Aggregated history. Every read has a window of `scheduled_at`."""

    def measures(self, since: datetime, until: datetime, limit: int) -> Sequence[Measure]:
        """Return durations and sizes by group of similar sends.

        Learns from the latest `limit` sends of the window that were generated. Uses the times of
        each send; if its source leaves them out, the changes that Freio has recorded. Changes
        alone are not enough: most sends are already finished when a feed brings them. Leaves out
        groups of fewer than `core.forecasting.baselines.ENOUGH` sends.
        """

    def hourly_totals(self, windows: Sequence[tuple[datetime, datetime]]) -> dict[datetime, int]:
        """Return the recipients of each hour in some windows (at least one).

        Leaves out stopped sends, and hours without recipients.
        """

    def twins(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Sequence[tuple[ConfigurationId, datetime]]]:
        """Return the possible duplicates of each send.

        They have its name, account and audience and are scheduled within a day of it. Drafts and
        stopped sends are no duplicates.
        """
