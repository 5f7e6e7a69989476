"""What the overview reads about unusual sends and accounts: a part of the store port."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.list_query import ListQuery
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
    """Bounded scans of a window of `scheduled_at`."""

    def largest_of_hours(
        self,
        since: datetime,
        until: datetime,
        outlooks: Sequence[Outlook],
        visible: Accounts = None,
    ) -> dict[datetime, NamedSend]:
        """Return the send with the most recipients of each hour, of those of these outlooks."""

    def larger_than(
        self,
        limits: tuple[SizeLimit, ...],
        since: datetime,
        until: datetime,
        most: int,
        visible: Accounts = None,
    ) -> Sequence[tuple[NamedSend, SizeLimit]]:
        """Return sends that await generation and are above their limit, the largest first.

        At most `most` of them.
        """

    def repeated(
        self, since: datetime, until: datetime, most: int, visible: Accounts = None
    ) -> Sequence[NamedSend]:
        """Return sends that await generation and repeat an earlier one, the largest first.

        The earlier one has the same name, account and audience, is less than a day before, and is
        no draft and not stopped. At most `most` of them.
        """

    def largest_named(self, query: ListQuery, most: int) -> Sequence[NamedSend]:
        """Return the sends with the most recipients under a list's filters."""

    def largest(self, query: ListQuery, most: int) -> Sequence[SendConfiguration]:
        """Return the same sends with all their facts."""

    def states(
        self, ids: tuple[ConfigurationId, ...], since: datetime, until: datetime
    ) -> Mapping[ConfigurationId, State]:
        """Return the states of those sends that are scheduled in this window."""

    def busiest_accounts(self, query: ListQuery, most: int) -> Sequence[AccountLoad]:
        """Return the accounts with the most recipients under a list's filters, most first."""
