"""The list of sends: filters, orders, pages and counts."""

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

#: A search without `everything` reads only about this number of the newest sends.
MOST_SEARCHED: Final = 500_000

#: Sends can start late. If a send is late by less than this time, and can still start or be
#: interrupted, it counts as a future send.
OVERDUE_FOR: Final = timedelta(days=1)


class Sort(StrEnum):
    """Orders of the list of sends."""

    CLOSING = "closing"
    CLOSING_LAST = "closing-last"
    #: Future sends come first, soonest first. Past sends follow, latest first. If a late send can
    #: still be stopped and is late by less than OVERDUE_FOR, the send counts as future.
    SOONEST = "soonest"
    NEWEST = "newest"
    OLDEST = "oldest"
    RECIPIENTS = "recipients"
    FEWEST = "fewest"
    NAME = "name"
    NAME_DOWN = "name-down"
    #: In the order of the lifecycle. In each state of ON_ITS_WAY, the soonest send comes first. In
    #: each other state, the newest send comes first.
    STATE = "state"
    STATE_DOWN = "state-down"


#: Orders from the smallest to the largest value.
ASCENDING: Final = frozenset(
    {Sort.CLOSING, Sort.SOONEST, Sort.OLDEST, Sort.FEWEST, Sort.NAME, Sort.STATE}
)

#: Orders by the time left. Unstoppable sends come last.
BY_TIME_LEFT: Final = (Sort.CLOSING, Sort.CLOSING_LAST)

#: Orders that read all sends of a list. The list can have at most MOST_SORTED sends.
SCANNED: Final = frozenset({Sort.RECIPIENTS, Sort.FEWEST, Sort.NAME, Sort.NAME_DOWN})
MOST_SORTED: Final = 500_000


@dataclass(frozen=True, slots=True)
class StateCount:
    """Numbers for all sends with a given state and outlook.

    - `recipients`: the sum without sends of unknown size. `unsized` counts sends of unknown size.
    - `times`: bounds for the scheduled times. No send is before the earliest or after the latest of
      these times. If a send perhaps has no time, `times` contains None. If the numbers come from
      the daily counts, `times` is empty.
    """

    state: State
    outlook: Outlook
    configurations: int
    recipients: int
    unsized: int = 0
    times: tuple[datetime | None, ...] = ()

    @property
    def may_be_stopped(self) -> bool:
        """Whether the sends can surely or perhaps be stopped."""
        is_perhaps = self.outlook is Outlook.UNCERTAIN and self.state in ON_ITS_WAY
        return self.outlook in CAN_BE_STOPPED or is_perhaps


@dataclass(frozen=True, slots=True)
class ListTotal:
    """The totals of all pages of a list."""

    configurations: int
    recipients: int
    unsized: int


@dataclass(frozen=True, slots=True)
class MayHaveBegun:
    """A filter for sends that have perhaps begun since the last report.

    Stoppable sends with a time before `until` have perhaps begun. Sends in `surely_not` have surely
    not begun. `earliest` is the earliest scheduled time of the sends in `surely_not`.
    """

    until: datetime
    surely_not: tuple[ConfigurationId, ...] = ()
    earliest: datetime | None = None

    def includes(self, id: ConfigurationId, scheduled_at: datetime | None) -> bool:
        """Return whether a stoppable send has perhaps begun since the last report."""
        is_before = scheduled_at is not None and scheduled_at < self.until
        return is_before and id not in self.surely_not


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """Filters, order and page of a list of sends.

    Empty texts and None do not filter.

    - `outlooks` limits the outlook in the last report. A send that `begun` includes counts as
      UNCERTAIN instead.
    - `since` (included) and `until` (excluded) limit `scheduled_at`. A limit excludes sends without
      a time. Without a limit, sends without a time come last in orders by time.
    - `looks_ahead` needs `since`. It adds sends that are late by less than OVERDUE_FOR at the time
      `since` and can still start or be interrupted.
    - `page` counts from 1.
    - `everything`: a search for `text` also reads old sends.
    - `now`: the current time, for SOONEST. If `since` or `until` limits the list, SOONEST orders
      only by time. In a search for `text`, `since` alone has no such effect, because the search
      itself can set `since`.
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
        """Return whether the sends of `count` match the filters on state and outlook."""
        return self.state in (None, count.state) and (
            self.outlooks is None or count.outlook in self.outlooks
        )

    @property
    def is_of_rows(self) -> bool:
        """Whether the query must read sends, not only daily counts."""
        return bool(self.text) or self.ids is not None

    @property
    def offset(self) -> int:
        """The number of rows before this page."""
        return (self.page - 1) * self.page_size


@dataclass(frozen=True, slots=True)
class Page:
    """A page of sends. `total` is the number of sends on all pages.

    `searched_since`: the search read no sends before this time. None: the search read all sends.
    """

    rows: Sequence[SendConfiguration]
    total: int
    query: ListQuery
    searched_since: datetime | None = None

    @property
    def pages(self) -> int:
        """The number of pages, at least 1."""
        return max(1, -(-self.total // self.query.page_size))


@dataclass(frozen=True, slots=True)
class HourVolume:
    """Numbers for those sends of an hour that have the outlook `outlook`.

    `sent` counts the recipients with a generated record, also for stopped sends.
    """

    hour: datetime
    outlook: Outlook
    configurations: int
    recipients: int
    unsized: int = 0
    sent: int = 0


@dataclass(frozen=True, slots=True)
class StoppedCounts:
    """Numbers of confirmed aborts and spared recipients since a given time.

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
