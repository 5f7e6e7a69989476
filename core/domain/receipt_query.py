"""What a person asks the log of aborts for, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.domain.model import Accounts, Acknowledgement, Receipt

PAGE_SIZE = 100
MAX_PAGE = 1_000_000


class Outcome(StrEnum):
    """What came of an attempt, as the log's filter says it."""

    STOPPED = "stopped"
    TOO_LATE = "too_late"
    REFUSED = "refused"
    NOT_ALLOWED = "not_allowed"
    OPEN = "open"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptQuery:
    """Filters and page of the log; empty ones do not filter.

    `since` and `until` bound when it was asked for (since included, until not). `visible` are the
    accounts that whoever asks may see. `page` counts from 1.
    """

    actor: str = ""
    account: str = ""
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    visible: Accounts = None
    page: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "page", max(1, min(self.page, MAX_PAGE)))

    @property
    def offset(self) -> int:
        """How many receipts stand before this page."""
        return (self.page - 1) * PAGE_SIZE


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """One page of the log, newest first, and how many receipts are on all pages."""

    rows: Sequence[Receipt]
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class ReceiptDay:
    """One day of the log. `stopped` counts aborts that are confirmed, `spared` their recipients.

    `unconfirmed` aborts may still go out; `contradicted` ones went on.
    `half_after` is the time from when a send was first seen here as scheduled (or at all, where it
    never was) until it was stopped, which half of the stopped ones needed at most; None where
    nothing was stopped.
    """

    day: date
    stopped: int
    spared: int
    unconfirmed: int
    too_late: int
    contradicted: int
    half_after: timedelta | None


@dataclass(frozen=True, slots=True)
class LoggedReceipt:
    """A receipt with its place in the record: the number and hash of its entry.

    `acknowledgement` is the latest one, where it was contradicted or overdue.
    """

    receipt: Receipt
    number: int | None
    hash: str
    acknowledgement: Acknowledgement | None = None
