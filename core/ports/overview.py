"""Port for the overview: unusual sends and accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.list_query import ListQuery, ListTotal
from core.domain.model import Accounts, ConfigurationId, SendConfiguration
from core.domain.states import Outlook, State
from core.forecasting.attention import NamedSend
from core.forecasting.flags import SizeLimit


@dataclass(frozen=True, slots=True)
class AccountLoad:
    """The sends and recipients of one account."""

    account: str
    configurations: int
    recipients: int


class OverviewReads(Protocol):
    """Scans that are limited to a window of `scheduled_at`."""

    def largest_of_hours(
        self,
        since: datetime,
        until: datetime,
        outlooks: Sequence[Outlook],
        visible: Accounts = None,
    ) -> dict[datetime, NamedSend]:
        """Return the largest send of each hour, among the sends with one of these outlooks."""

    def larger_than(
        self,
        limits: tuple[SizeLimit, ...],
        since: datetime,
        until: datetime,
        most: int,
        visible: Accounts = None,
    ) -> Sequence[tuple[NamedSend, SizeLimit]]:
        """Return the largest sends that await generation and exceed their size limit.

        Return at most `most` sends, each with its size limit.
        """

    def alike(
        self, since: datetime, until: datetime, most: int, visible: Accounts = None
    ) -> Sequence[tuple[NamedSend, bool]]:
        """Return the largest sends that await generation and have a possible duplicate.

        Return at most `most` sends. The second value is True if the duplicate is earlier than the
        send.
        """

    def largest_named(self, query: ListQuery, most: int) -> Sequence[NamedSend]:
        """Return the largest sends that match the filters of a list, at most `most` sends."""

    def largest(self, query: ListQuery, most: int) -> Sequence[SendConfiguration]:
        """Return the sends of `largest_named` with all their facts."""

    def states(
        self, ids: tuple[ConfigurationId, ...], since: datetime, until: datetime
    ) -> Mapping[ConfigurationId, State]:
        """Return the states of these sends. Leave out sends outside the window."""

    def busiest_accounts(self, query: ListQuery, most: int) -> Sequence[AccountLoad]:
        """Return the accounts with the most recipients in a list, largest first, at most `most`."""

    def rests(self, query: ListQuery) -> ListTotal:
        """Count the sends of a list, and the recipients whose message has not gone."""
