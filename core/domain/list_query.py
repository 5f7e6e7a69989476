"""The query of the list of sends and its results: filters, order, page and counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.domain.model import Accounts, ConfigurationId, SendConfiguration
from core.domain.states import CAN_BE_STOPPED, ON_ITS_WAY, Outlook, State

PAGE_SIZES = (25, 50, 100)
MAX_PAGE = 1_000_000
MAX_TEXT = 200

#: The maximum number of sends that a search reads, newest first, unless the query asks for all.
MOST_SEARCHED: Final = 500_000

#: If a send does not start at its scheduled time, lists that look ahead contain it for this long.
OVERDUE_FOR: Final = timedelta(days=1)


class Sort(StrEnum):
    """Orders of the list of configurations."""

    CLOSING = "closing"
    NEWEST = "newest"
    OLDEST = "oldest"
    RECIPIENTS = "recipients"
    FEWEST = "fewest"
    NAME = "name"
    NAME_DOWN = "name-down"


#: Orders from the smallest to the largest value. All others go from the largest to the smallest.
ASCENDING: Final = frozenset({Sort.CLOSING, Sort.OLDEST, Sort.FEWEST, Sort.NAME})


#: Orders that read all sends of a list. A list of more than MOST_SORTED sends does not offer them.
SCANNED: Final = frozenset({Sort.RECIPIENTS, Sort.FEWEST, Sort.NAME, Sort.NAME_DOWN})
MOST_SORTED: Final = 500_000


@dataclass(frozen=True, slots=True)
class StateCount:
    """The numbers of configurations and recipients in one state with one outlook.

    `unsized` of the sends do not report their recipients, so these are not in `recipients`. The
    sends are scheduled between the earliest and the latest of `times`. If None is among them, some
    sends have no time. `times` is empty if the times are not known.
    """

    state: State
    outlook: Outlook
    configurations: int
    recipients: int
    unsized: int = 0
    times: tuple[datetime | None, ...] = ()

    @property
    def may_be_stopped(self) -> bool:
        """Whether its sends can be stopped, or can perhaps be stopped."""
        is_perhaps = self.outlook is Outlook.UNCERTAIN and self.state in ON_ITS_WAY
        return self.outlook in CAN_BE_STOPPED or is_perhaps


@dataclass(frozen=True, slots=True)
class ListTotal:
    """The sends of a list on all its pages, and their recipients.

    `unsized` of the sends do not report their recipients, so these are not in `recipients`.
    """

    configurations: int
    recipients: int
    unsized: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """Filters, order and page of a list of configurations.

    Empty values do not filter. `since` (included) and `until` (excluded) limit `scheduled_at`. A
    send without a time is outside every such range. Without a range, it comes last in orders by
    time. `looks_ahead` needs `since`: it adds the sends that were scheduled less than OVERDUE_FOR
    before `since` and can still start or be interrupted. With `ids`, the list has only these sends.
    `visible` are the accounts that the person may see. `page` counts from 1; values out of range
    become the nearest valid values. If there are very many sends, only the newest sends are
    searched for a text, unless `everything` is set.
    """

    state: State | None = None
    outlooks: tuple[Outlook, ...] = ()
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

    def __post_init__(self) -> None:
        nearest = min(PAGE_SIZES, key=lambda size: abs(size - self.page_size))
        object.__setattr__(self, "page_size", nearest)
        object.__setattr__(self, "page", max(1, min(self.page, MAX_PAGE)))
        object.__setattr__(self, "text", self.text.strip()[:MAX_TEXT])

    def includes(self, count: StateCount) -> bool:
        """Return whether the filters on state and outlook include the sends of a count."""
        return self.state in (None, count.state) and (
            not self.outlooks or count.outlook in self.outlooks
        )

    @property
    def is_of_rows(self) -> bool:
        """Whether counts by day are not enough, so that the rows of sends must be read."""
        return bool(self.text) or self.ids is not None

    @property
    def offset(self) -> int:
        """The number of rows before this page."""
        return (self.page - 1) * self.page_size


@dataclass(frozen=True, slots=True)
class Page:
    """One page of configurations, and the total on all pages.

    `searched_since` is set if only sends from this time on were searched for a text.
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
    """The sends and recipients of one outlook that are scheduled for one hour.

    `unsized` of the sends do not report their recipients, so these are not in `recipients`.
    `sent` is the part of `recipients` for whom a record was generated. It includes such recipients
    of sends that were stopped midway.
    """

    hour: datetime
    outlook: Outlook
    configurations: int
    recipients: int
    unsized: int = 0
    sent: int = 0


@dataclass(frozen=True, slots=True)
class StoppedCounts:
    """The number of confirmed aborts since a given time. `spared` counts their recipients.

    `unsized` of the sends do not report their recipients, and it is not known how many recipients
    of `uncounted` others got the send, so these are not in `spared`.
    """

    confirmed: int
    spared: int
    unsized: int = 0
    uncounted: int = 0


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of the filters, in alphabetical order."""

    accounts: tuple[str, ...] = field(default_factory=tuple)
    channels: tuple[str, ...] = field(default_factory=tuple)
