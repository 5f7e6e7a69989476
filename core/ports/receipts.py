"""Port for the log of aborts, and for concerns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.model import (
    Accounts,
    Acknowledgement,
    ConfigurationId,
    Receipt,
    ReceiptId,
)
from core.domain.receipt_query import LoggedReceipt, ReceiptDay, ReceiptPage, ReceiptQuery


class ReceiptLog(Protocol):
    """The log of aborts."""

    def receipt_counts(self, visible: Accounts = None) -> dict[str, int]:
        """Count receipts by verdict."""

    def receipt_page(self, query: ReceiptQuery) -> ReceiptPage:
        """Return a page of the log, newest first."""

    def receipt_days(self, query: ReceiptQuery, zone: str, days: int) -> Sequence[ReceiptDay]:
        """Return the last `days` days with an attempt, newest first."""

    def receipt_choices(self, visible: Accounts) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the people and the accounts in the log."""

    def logged_receipts(self, query: ReceiptQuery, limit: int) -> Sequence[LoggedReceipt]:
        """Return receipts, oldest first, each with its entry in the audit log."""


class ConcernStore(Protocol):
    """Concerns and acknowledgements."""

    def concerns(
        self,
        overdue_before: datetime,
        limit: int,
        visible: Accounts = None,
        *,
        by_hand: bool = False,
        of: ConfigurationId | None = None,
    ) -> Sequence[Receipt]:
        """Return the receipts of concerns, of the send `of` or of all sends, in this order:

        1. contradicted aborts,
        2. open aborts that a person still has to do in the platform,
        3. overdue aborts, and open aborts of sends that are missing in the platform.

        In each group, the newest abort comes first. `by_hand`: whether a person has to do the
        aborts without a delivery. An open abort is overdue if its request is earlier than
        `overdue_before`. If a person has recorded that the abort is done in the platform, the time
        of this record counts instead of the time of the request.
        """

    def count_concerns(
        self, overdue_before: datetime, visible: Accounts = None, *, by_hand: bool = False
    ) -> int:
        """Count all concerns."""

    def count_to_abort(self, visible: Accounts = None, *, by_hand: bool = False) -> int:
        """Count the aborts of group 2 in `concerns`."""

    def acknowledgements(self, ids: Sequence[ReceiptId]) -> Sequence[Acknowledgement]:
        """Return the acknowledgements of receipts, oldest first."""

    def acknowledge(self, acknowledgement: Acknowledgement, *, only_demo: bool = False) -> bool:
        """Write an acknowledgement.

        Return False if the concern is already acknowledged or has ended. `only_demo` works as in
        `AbortStore.commit_abort`.
        """
