"""Port for reads of sends."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.list_query import Choices, HourVolume, ListQuery, Page, StateCount, StoppedCounts
from core.domain.model import (
    Accounts,
    ConfigurationId,
    Receipt,
    ReceiptId,
    SendConfiguration,
    StateChange,
)


class SendReads(Protocol):
    """Reads of a send."""

    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        """Return a send, or None."""

    def history(self, id: ConfigurationId, limit: int) -> Sequence[StateChange]:
        """Return the last changes of a send, oldest first."""

    def receipts_of(self, id: ConfigurationId) -> Sequence[Receipt]:
        """Return all receipts of a send, newest first."""

    def receipt(self, id: ReceiptId) -> Receipt | None:
        """Return a receipt, or None."""

    def is_empty(self) -> bool:
        """Return whether the store has no sends."""


class SendLists(Protocol):
    """Lists and counts of sends. `counts`: the result of `state_counts` for the query."""

    def page(self, query: ListQuery, counts: Sequence[StateCount] | None = None) -> Page:
        """Return a page of sends, and the number of all sends in the list."""

    def top_rows(self, query: ListQuery, limit: int, counts: Sequence[StateCount]) -> Page:
        """Return the first `limit` rows of a list. Ignore `query.page`."""

    def state_counts(self, query: ListQuery) -> Sequence[StateCount]:
        """Count sends by state and outlook. Ignore the state and the outlooks in the query."""

    def fewer_words(self, query: ListQuery) -> Sequence[tuple[str, int]]:
        """Return searches with fewer words than the query, each with the number of found sends.

        Leave out as few words as possible.
        """

    def choices(self, visible: Accounts = None) -> Choices:
        """Return the accounts and the channels that have sends."""

    def stopped_since(self, midnight: datetime, visible: Accounts = None) -> StoppedCounts:
        """Count the confirmed aborts that were requested at `midnight` or later."""

    def volume(
        self, since: datetime, until: datetime, visible: Accounts = None
    ) -> Sequence[HourVolume]:
        """Return the numbers of recipients by hour of `scheduled_at` and by outlook.

        If a finished send reached fewer recipients than planned, count only the reached recipients.
        """

    def closing(
        self, since: datetime, limit: int, visible: Accounts = None
    ) -> Sequence[SendConfiguration]:
        """Return sends that can perhaps be stopped, earliest `scheduled_at` first.

        Leave out a send if `scheduled_at` is at least OVERDUE_FOR (see `core.domain.list_query`)
        before `since`.
        """
