"""The query of the list of sends and its results: filters, order, page and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.domain.model import Accounts, ConfigurationId, SendConfiguration
from core.domain.states import CAN_BE_STOPPED, ON_ITS_WAY, Outlook, State

#: The possible numbers of rows on a page. `MAX_TOP` in core/services/queries.py must be a multiple
#: of each number.
PAGE_SIZES = (25, 50, 100)
MAX_PAGE = 1_000_000
MAX_TEXT = 200

#: A search without `everything` reads only the newest sends, about this many.
MOST_SEARCHED: Final = 500_000

#: A list with `looks_ahead` also contains late sends, if they are late by less than this.
OVERDUE_FOR: Final = timedelta(days=1)


class Sort(StrEnum):
    """Orders of the list of configurations."""

    CLOSING = "closing"
    CLOSING_LAST = "closing-last"
    #: First the sends that are still to come, soonest first. Then the past sends, latest first.
    SOONEST = "soonest"
    NEWEST = "newest"
    OLDEST = "oldest"
    RECIPIENTS = "recipients"
    FEWEST = "fewest"
    NAME = "name"
    NAME_DOWN = "name-down"
    #: In the order of the lifecycle. Within a state of ON_ITS_WAY, soonest first. Within another
    #: state, newest first.
    STATE = "state"
    STATE_DOWN = "state-down"


#: Orders from the smallest to the largest value.
ASCENDING: Final = frozenset(
    {Sort.CLOSING, Sort.SOONEST, Sort.OLDEST, Sort.FEWEST, Sort.NAME, Sort.STATE}
)

#: Orders by the time until which a send can be stopped. Sends that cannot be stopped come last.
BY_TIME_LEFT: Final = (Sort.CLOSING, Sort.CLOSING_LAST)

#: Orders that read all sends of a list. A list of more than MOST_SORTED sends does not offer them.
SCANNED: Final = frozenset({Sort.RECIPIENTS, Sort.FEWEST, Sort.NAME, Sort.NAME_DOWN})
MOST_SORTED: Final = 500_000


@dataclass(frozen=True, slots=True)
class StateCount:
    """The numbers of configurations and recipients in one state with one outlook.

    - `unsized`: the number of sends of unknown size. `recipients` does not include these sends.
    - `times`: scheduled times, among them the earliest and the latest. If some sends have no time,
      `times` also contains None. If the times are unknown, `times` is empty.
    """

    state: State
    outlook: Outlook
    configurations: int
    recipients: int
    unsized: int = 0
    times: tuple[datetime | None, ...] = ()

    @property
    def may_be_stopped(self) -> bool:
        """Whether these sends can be stopped, or can perhaps be stopped."""
        is_perhaps = self.outlook is Outlook.UNCERTAIN and self.state in ON_ITS_WAY
        return self.outlook in CAN_BE_STOPPED or is_perhaps


@dataclass(frozen=True, slots=True)
class ListTotal:
    """The totals of all pages of a list. `unsized` counts the sends of unknown size."""

    configurations: int
    recipients: int
    unsized: int


@dataclass(frozen=True, slots=True)
class MayHaveBegun:
    """The sends that could be stopped at their last report, and have perhaps begun since then.

    - `until`: the sends are scheduled before this time.
    - `surely_not`: the ids of other sends, which have not begun. They are scheduled from `earliest`
      to `until`.
    """

    until: datetime
    surely_not: tuple[ConfigurationId, ...] = ()
    earliest: datetime | None = None

    def includes(self, id: ConfigurationId, scheduled_at: datetime | None) -> bool:
        """A send could be stopped at its last report. Return whether it has perhaps begun since."""
        is_before = scheduled_at is not None and scheduled_at < self.until
        return is_before and id not in self.surely_not


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """Filters, order and page of a list of configurations.

    Empty texts and None do not filter.

    - `outlooks`: the outlooks in the last report, even if this report is old. The sends of `begun`
      count as uncertain.
    - `since` (included) and `until` (excluded) limit `scheduled_at`. With a limit, the list has no
      sends without a time. Without a limit, these sends come last in orders by time.
    - `looks_ahead` needs `since`. It adds late sends: their time is less than OVERDUE_FOR before
      `since`, and they can still start or be interrupted.
    - `page` counts from 1. Values out of range become the nearest valid values.
    - `everything`: a search for `text` reads all sends, and not only the newest MOST_SEARCHED.
    - `now`: the current time, for `Sort.SOONEST`. With `since` or `until`, `Sort.SOONEST` orders
      by time only.
    """

    state: State | None = None
    outlooks: tuple[Outlook, ...] | None = None
    begun: MayHaveBegun | None = None
    ids: tuple[ConfigurationId, ...] | None = None
    text: str = ""
    account: str = ""
    channel: str = ""
    visible: Accounts = None
    since: datetime | None = None
    until: datetime | None = None
    looks_ahead: bool = False
    sort: Sort = Sort.CLOSING
    page: int = 1
    page_size: int = PAGE_SIZES[0]
    everything: bool = False
    now: datetime | None = None

    def __post_init__(self) -> None:
        nearest = min(PAGE_SIZES, key=lambda size: abs(size - self.page_size))
        object.__setattr__(self, "page_size", nearest)
        object.__setattr__(self, "page", max(1, min(self.page, MAX_PAGE)))
        object.__setattr__(self, "text", self.text.strip()[:MAX_TEXT])

    def includes(self, count: StateCount) -> bool:
        """Return whether the filters on state and outlook include the sends of a StateCount."""
        return self.state in (None, count.state) and (
            self.outlooks is None or count.outlook in self.outlooks
        )

    @property
    def is_of_rows(self) -> bool:
        """Whether the query must read rows of sends, because counts by day are not enough."""
        return bool(self.text) or self.ids is not None

    @property
    def offset(self) -> int:
        """The number of rows before this page."""
        return (self.page - 1) * self.page_size


@dataclass(frozen=True, slots=True)
class Page:
    """One page of configurations. `total` is the number of configurations on all pages.

    `searched_since`: the search read only sends from this scheduled time on (None: all sends).
    """

    rows: Sequence[SendConfiguration]
    total: int
    query: ListQuery
    searched_since: datetime | None = None

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(1, -(-self.total // self.query.page_size))


@dataclass(frozen=True, slots=True)
class HourVolume:
    """The numbers of sends and recipients in one hour with one outlook.

    - `unsized`: the number of sends of unknown size. `recipients` does not include these sends.
    - `sent`: the recipients with a generated record, even if the send was stopped later.
    """

    hour: datetime
    outlook: Outlook
    configurations: int
    recipients: int
    unsized: int = 0
    sent: int = 0


@dataclass(frozen=True, slots=True)
class StoppedCounts:
    """The number of confirmed aborts since a given time, and the recipients that they spared.

    `ReceiptDay` explains `unsized` and `uncounted`.
    """

    confirmed: int
    spared: int
    unsized: int = 0
    uncounted: int = 0


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of the filters, in alphabetical order."""

    accounts: tuple[str, ...]
    channels: tuple[str, ...]
