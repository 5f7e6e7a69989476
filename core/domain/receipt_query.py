"""The query of the log of aborts and its results: filters, pages and daily figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.domain.model import Accounts, Acknowledgement, Receipt

PAGE_SIZE = 100
MAX_PAGE = 1_000_000


class Outcome(StrEnum):
    """The result of an attempt to abort, as a value of the log's filter."""

    STOPPED = "stopped"
    TOO_LATE = "too_late"
    REFUSED = "refused"
    NOT_ALLOWED = "not_allowed"
    OPEN = "open"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptQuery:
    """Filters and page of the log; empty ones do not filter.

    `bulk_id` leaves the receipts of one bulk abort. With `bulk_as_one`, a page has only the newest
    matching receipt of each bulk abort, which stands for all of them. `since` (included) and
    `until` (excluded) bound the time of the request. `visible` are the accounts that the person may
    see. `page` counts from 1.
    """

    actor: str = ""
    account: str = ""
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    visible: Accounts = None
    bulk_id: str = ""
    bulk_as_one: bool = False
    page: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "page", max(1, min(self.page, MAX_PAGE)))

    @property
    def offset(self) -> int:
        """The number of receipts before this page."""
        return (self.page - 1) * PAGE_SIZE


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """One page of the log, newest first, and the total on all pages."""

    rows: Sequence[Receipt]
    total: int

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class ReceiptDay:
    """One day of the log. `stopped` counts aborts that are confirmed, `spared` their recipients.

    `unsized` of the sends do not report their recipients, so these are not in `spared`.
    Sends of `unconfirmed` aborts may still go out. Sends of `contradicted` aborts went on.
    `half_after` is the median time from the first import of a send to its abort. The first import
    that shows the send as scheduled counts; if there is none, the first import. It is None if
    nothing was stopped.
    """

    day: date
    stopped: int
    spared: int
    unsized: int
    unconfirmed: int
    too_late: int
    contradicted: int
    half_after: timedelta | None


@dataclass(frozen=True, slots=True)
class LoggedReceipt:
    """A receipt with the number and hash of its entry in the audit log.

    `acknowledgement` is the latest one of an abort that was contradicted or overdue.
    """

    receipt: Receipt
    number: int | None
    hash: str
    acknowledgement: Acknowledgement | None = None
