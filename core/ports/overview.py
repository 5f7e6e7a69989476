"""Port for the overview."""

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
    """The numbers of sends and recipients of an account."""

    account: str
    configurations: int
    recipients: int


class OverviewReads(Protocol):
    """Reads for the overview. `since` and `until` limit `scheduled_at`.

    A method with `most` returns at most `most` results, the largest first.
    """

    def largest_of_hours(
        self,
        since: datetime,
        until: datetime,
        outlooks: Sequence[Outlook],
        visible: Accounts = None,
    ) -> dict[datetime, NamedSend]:
        """Return the largest send of each hour. Use only sends with an outlook in `outlooks`."""

    def larger_than(
        self,
        limits: tuple[SizeLimit, ...],
        since: datetime,
        until: datetime,
        most: int,
        visible: Accounts = None,
    ) -> Sequence[tuple[NamedSend, SizeLimit]]:
        """Return sends that await generation and exceed their size limit, each with this limit."""

    def alike(
        self, since: datetime, until: datetime, most: int, visible: Accounts = None
    ) -> Sequence[tuple[NamedSend, bool]]:
        """Return sends that await generation and have a possible duplicate.

        The second value is True if a duplicate is earlier than the send.
        """

    def largest_named(self, query: ListQuery, most: int) -> Sequence[NamedSend]:
        """Return the largest sends of a list."""

    def largest(self, query: ListQuery, most: int) -> Sequence[SendConfiguration]:
        """Return the largest sends of a list, each with all facts."""

    def states(
        self, ids: tuple[ConfigurationId, ...], since: datetime, until: datetime
    ) -> Mapping[ConfigurationId, State]:
        """Return the states of those sends in `ids` whose `scheduled_at` is in the limits."""

    def busiest_accounts(self, query: ListQuery, most: int) -> Sequence[AccountLoad]:
        """Return the accounts of a list, the account with the most recipients first."""

    def rests(self, query: ListQuery) -> ListTotal:
        """Count the sends of a list, and the recipients whose message has not gone."""
