"""Port for forecasts and flags: what they read from history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.model import ConfigurationId, SendConfiguration
from core.forecasting.baselines import Measure


class HistoryReads(Protocol):
    """Aggregated history. Each read is limited to a window of `scheduled_at`."""

    def measures(self, since: datetime, until: datetime, limit: int) -> Sequence[Measure]:
        """Return durations and sizes by group of similar sends.

        Use the latest `limit` sends of the window that were generated. Use the times that the
        source reports for a send, or, if it reports none, the changes that Freio has recorded. The
        changes alone are not enough, because most sends are finished before a feed first reports
        them. Leave out groups of fewer than `core.forecasting.baselines.ENOUGH` sends.
        """

    def hourly_totals(self, windows: Sequence[tuple[datetime, datetime]]) -> dict[datetime, int]:
        """Return the recipients of each hour in some windows (at least one).

        Leave out stopped sends, and hours without recipients.
        """

    def possible_duplicates(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Sequence[tuple[ConfigurationId, datetime]]]:
        """Return the possible duplicates of each send.

        They have the same name, account and audience, and are scheduled within a day of the send.
        Drafts and stopped sends are no duplicates.
        """
