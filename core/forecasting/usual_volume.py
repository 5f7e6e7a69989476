"""The usual number of recipients for a weekday and hour, from past weeks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles

#: The number of past weeks that Freio reads.
WEEKS = 8

#: The minimum number of weeks for a usual number.
ENOUGH_WEEKS = 3

_HOUR = timedelta(hours=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class UsualHour:
    """The usual recipients of an hour. Half of the past weeks were between `low` and `high`."""

    hour: datetime
    low: int
    median: int
    high: int


#: The type of `usual_hours` and of `usual_day`.
UsualVolume = Callable[[Mapping[datetime, int], datetime, datetime], Sequence[UsualHour]]


def past_windows(since: datetime, until: datetime) -> Sequence[tuple[datetime, datetime]]:
    """Return the window 1 week ago, 2 weeks ago, and so on until WEEKS weeks ago."""
    return [(since - n * _WEEK, until - n * _WEEK) for n in range(1, WEEKS + 1)]


def usual_hours(
    totals: Mapping[datetime, int], since: datetime, until: datetime
) -> Sequence[UsualHour]:
    """Return the usual recipients for each hour from `since` to `until` (excluded).

    `since` and `until` are whole hours. An hour that is not in `totals` counts as 0 recipients. A
    week with 0 recipients in all hours is left out, because the history can be missing. Return an
    empty list if fewer than ENOUGH_WEEKS weeks remain.
    """
    hours = [since + n * _HOUR for n in range(int((until - since) / _HOUR))]
    known = [
        n for n in range(1, WEEKS + 1) if any(totals.get(hour - n * _WEEK, 0) for hour in hours)
    ]
    if len(known) < ENOUGH_WEEKS:
        return []
    return [_usual(hour, [totals.get(hour - n * _WEEK, 0) for n in known]) for hour in hours]


def usual_day(
    totals: Mapping[datetime, int], since: datetime, until: datetime
) -> Sequence[UsualHour]:
    """Return the usual sums of recipients from `since` to the end of each hour.

    Do not add the results of `usual_hours` instead. The sums of `low` and of `high` give a range
    that is too wide.
    """
    sums: dict[datetime, int] = {}
    for n in range(1, WEEKS + 1):
        total = 0
        for hour in range(int((until - since) / _HOUR)):
            then = since + hour * _HOUR - n * _WEEK
            total += totals.get(then, 0)
            sums[then] = total
    return usual_hours(sums, since, until)


def _usual(hour: datetime, amounts: Sequence[int]) -> UsualHour:
    low, median, high = (round(q) for q in quantiles(amounts, n=4, method="inclusive"))
    return UsualHour(hour, low, median, high)
