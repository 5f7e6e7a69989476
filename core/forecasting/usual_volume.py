"""How much is usual for a weekday and hour, from the weeks before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles

WEEKS = 8

#: Fewer weeks than this are no habit.
ENOUGH_WEEKS = 3

_HOUR = timedelta(hours=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class UsualHour:
    """Recipients that are usual for one hour: half of the past weeks lie from `low` to `high`."""

    hour: datetime
    low: int
    median: int
    high: int


def past_windows(
    since: datetime, until: datetime, weeks: int = WEEKS
) -> Sequence[tuple[datetime, datetime]]:
    """Return the same window in each of the past weeks, the latest first."""
    return [(since - n * _WEEK, until - n * _WEEK) for n in range(1, weeks + 1)]


def usual_hours(
    totals: Mapping[datetime, int], since: datetime, until: datetime, weeks: int = WEEKS
) -> Sequence[UsualHour]:
    """Return what is usual for each hour from `since` up to `until`, which are whole hours.

    `totals` holds the recipients of past hours; an hour that is missing had none. A week without
    any in the whole window is from before the history began, and does not count. Empty where fewer
    than ENOUGH_WEEKS are left: too few to call anything usual.
    """
    hours = [since + n * _HOUR for n in range(int((until - since) / _HOUR))]
    known = [
        n for n in range(1, weeks + 1) if any(totals.get(hour - n * _WEEK, 0) for hour in hours)
    ]
    if len(known) < ENOUGH_WEEKS:
        return []
    return [_usual(hour, [totals.get(hour - n * _WEEK, 0) for n in known]) for hour in hours]


def _usual(hour: datetime, amounts: Sequence[int]) -> UsualHour:
    low, median, high = (round(q) for q in quantiles(amounts, n=4, method="inclusive"))
    return UsualHour(hour, low, median, high)
