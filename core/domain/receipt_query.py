"""The log of aborts: filters of a query, and results as pages or as numbers for each day."""

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
    RAN_AGAIN = "ran_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptQuery:
    """Filters and page of the log. Empty values do not filter.

    - `since` (included) and `until` (excluded) limit the time of the request.
    - `bulk_as_one`: of each bulk abort, only the newest matching receipt.
    - `page` counts from 1.
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
    """One page of the log, newest first, and the total number of receipts on all pages."""

    rows: Sequence[Receipt]
    total: int

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class ReceiptDay:
    """The aborts of one day.

    - `stopped`: the number of confirmed aborts. `spared`: the recipients who did not get the sends.
    - `unsized`: the number of stopped sends of unknown size. `spared` leaves them out.
    - `uncounted`: the number of stopped sends of known size with an unknown number of reached
      recipients. `spared` leaves them out.
    - `unconfirmed`: the number of open aborts.
    - `too_late`: the number of refused aborts of sends that had started or finished.
    - `contradicted`: the number of aborted sends that went on.
    - `median_time_to_abort`: the median time until the request of a confirmed abort, or None if it
      is unknown. The time begins at the first report that shows the send as scheduled. Without such
      a report, the time begins at the first report of the send.
    """

    day: date
    stopped: int
    spared: int
    unsized: int
    uncounted: int
    unconfirmed: int
    too_late: int
    contradicted: int
    median_time_to_abort: timedelta | None


@dataclass(frozen=True, slots=True)
class LoggedReceipt:
    """A receipt with the number and hash of its entry in the audit log.

    - `acknowledgement`: the latest acknowledgement of a concern about the receipt, or None.
    - `lacks_numbers`: Freio could not read the final numbers from the platform.
    - `has_gone_out`: the abort was too late, and the receipt has the final numbers.
    """

    receipt: Receipt
    number: int | None
    hash: str
    acknowledgement: Acknowledgement | None = None
    lacks_numbers: bool = False
    has_gone_out: bool = False

    @property
    def has_final_numbers(self) -> bool:
        """Whether the numbers of recipients will not change any more."""
        return (self.receipt.is_settled or self.has_gone_out) and not self.lacks_numbers
