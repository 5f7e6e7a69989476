"""The log of aborts: filters, pages, and numbers of a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.domain.model import Accounts, Acknowledgement, Receipt

PAGE_SIZE = 100
MAX_PAGE = 1_000_000


class Outcome(StrEnum):
    """The results of an abort that a person can choose in the filter of the log."""

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
    - `bulk_as_one`: whether only the newest matching receipt of each bulk abort is in the list.
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
    """A page of the log, newest first."""

    rows: Sequence[Receipt]
    total: int

    @property
    def pages(self) -> int:
        """The number of pages, at least 1."""
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class ReceiptDay:
    """Numbers for the aborts of a day.

    - `stopped`: confirmed aborts.
    - `spared`: recipients who did not get the stopped sends. The sum leaves out the sends in
      `unsized` and `uncounted`.
    - `unsized`: stopped sends of unknown size.
    - `uncounted`: stopped sends of known size, but with an unknown number of sent messages.
    - `unconfirmed`: open aborts.
    - `too_late`: refused aborts of started or finished sends.
    - `contradicted`: aborted sends that went on.
    - `median_time_to_abort`: the median time from the first SCHEDULED report to the request of a
      confirmed abort. Without a SCHEDULED report, the time begins at the first report.
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
    """A receipt, with the number and hash of the entry in the audit log.

    - `lacks_numbers`: Freio could not read the final numbers from the platform.
    - `has_gone_out`: the abort was too late, and the numbers are final.
    """

    receipt: Receipt
    number: int | None
    hash: str
    acknowledgement: Acknowledgement | None = None
    lacks_numbers: bool = False
    has_gone_out: bool = False

    @property
    def has_final_numbers(self) -> bool:
        """Whether the numbers of recipients are final."""
        return (self.receipt.is_settled or self.has_gone_out) and not self.lacks_numbers
