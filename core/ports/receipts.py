"""Port for the log of aborts, and for receipts that need attention."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.model import Accounts, Acknowledgement, Receipt, ReceiptId
from core.domain.receipt_query import LoggedReceipt, ReceiptDay, ReceiptPage, ReceiptQuery


class ReceiptLog(Protocol):
    """Reads of the log of aborts."""

    def receipts(self, limit: int, offset: int, visible: Accounts = None) -> Sequence[Receipt]:
        """Return receipts, newest first."""

    def receipt_counts(self, visible: Accounts = None) -> dict[str, int]:
        """Count receipts by verdict."""

    def receipt_page(self, query: ReceiptQuery) -> ReceiptPage:
        """Return one page of the log, newest first."""

    def receipt_days(self, query: ReceiptQuery, zone: str, days: int) -> Sequence[ReceiptDay]:
        """Return the last `days` days of a time zone that have an attempt, newest first."""

    def receipt_choices(self, visible: Accounts) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the people and the accounts that the log names."""

    def logged_receipts(self, query: ReceiptQuery, limit: int) -> Sequence[LoggedReceipt]:
        """Return receipts with their places in the audit log, oldest first."""


class ConcernStore(Protocol):
    """Accepted aborts that need attention, and who acknowledged them."""

    def concerns(
        self,
        overdue_before: datetime,
        limit: int,
        visible: Accounts = None,
        *,
        by_hand: bool = False,
    ) -> Sequence[Receipt]:
        """Return accepted aborts that are contradicted, still to be done by hand, or overdue.

        They come in this order. Acknowledged aborts are left out. With `by_hand`, a person has to
        abort each send in the platform too, and record it. Until this record, the abort is still to
        be done. If an abort has a delivery, the delivery says whether a person has to do it. An
        open abort is overdue if it was requested before `overdue_before`. If there is a person's
        record, the time of the record counts instead.
        """

    def count_concerns(
        self, overdue_before: datetime, visible: Accounts = None, *, by_hand: bool = False
    ) -> int:
        """Count what `concerns` returns without a limit."""

    def count_to_abort(self, visible: Accounts = None, *, by_hand: bool = False) -> int:
        """Count the open aborts that a person still has to do in the platform (see `concerns`)."""
        ...

    def acknowledgements(self, ids: Sequence[ReceiptId]) -> Sequence[Acknowledgement]:
        """Return the acknowledgements of these receipts, oldest first."""

    def acknowledge(self, acknowledgement: Acknowledgement, *, only_demo: bool = False) -> bool:
        """Write an acknowledgement.

        Return False if the concern already has one, or if the abort now has another outcome.
        `only_demo` is as in `AbortStore.commit_abort`.
        """
