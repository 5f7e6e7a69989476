"""Baselines: the usual times and sizes of similar sends, as quantiles.

The store computes the quantiles, because the history can have ten million sends.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from enum import StrEnum
from functools import lru_cache

from core.domain.generation_batches import BATCH_RECORDS
from core.domain.model import SendConfiguration

#: The levels of the stored quantiles, from the minimum to the maximum.
LEVELS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 1.0)

#: The maximum number of recipients of each size class. All larger sends form one more class.
SIZE_EDGES = tuple(BATCH_RECORDS * 2**n for n in range(10))

#: The number of hours in a part of the day. The first part begins at 00:00 UTC. The load of the
#: platform varies over the day.
HOURS_IN_BAND = 6

#: The minimum number of similar sends for a baseline.
ENOUGH = 20


class Span(StrEnum):
    """A measure of a send: the seconds between two moments, or the number of recipients."""

    LAG = "lag"  # scheduled time to start of processing
    PROCESSING = "processing"  # start of processing to end of processing
    WAIT = "wait"  # end of processing to first batch
    DUE_TO_BATCH = "due_to_batch"  # scheduled time to first batch
    BEGUN_TO_BATCH = "begun_to_batch"  # start of processing to first batch
    GENERATING = "generating"  # first batch to end of the send
    RECIPIENTS = "recipients"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of similar sends: the values common to all sends of the group.

    None means any value. `size` is a size class, from 0. `hours` is a part of the day, from 0.
    """

    channel: str | None = None
    account: str | None = None
    size: int | None = None
    hours: int | None = None

    @property
    def recipients(self) -> tuple[int, int | None] | None:
        """The minimum and maximum size of a send in the group, or None for all sizes.

        In the last size class, the maximum is None.
        """
        if self.size is None:
            return None
        low = SIZE_EDGES[self.size - 1] + 1 if self.size else 0
        return low, SIZE_EDGES[self.size] if self.size < len(SIZE_EDGES) else None


def size_class(recipients: int | None) -> int | None:
    """Return the size class of a number of recipients (None: unknown)."""
    return None if recipients is None else bisect_left(SIZE_EDGES, recipients)


def similar_groups(configuration: SendConfiguration) -> tuple[Group, ...]:
    """Return the groups of similar sends, the narrowest group first.

    If the scheduled time or the size of a send is unknown, return no groups. Times depend most on
    the size, so only the last two groups contain sends of every size. Smaller sends are usually
    quicker, so a forecast from smaller sends is cautious.
    """
    c = configuration
    if c.scheduled_at is None or c.total_records is None:
        return ()
    band = c.scheduled_at.astimezone(UTC).hour // HOURS_IN_BAND
    return _groups(c.channel, c.account, bisect_left(SIZE_EDGES, c.total_records), band)


# Many sends on a page have equal groups.
@lru_cache(maxsize=4_096)
def _groups(channel: str, account: str, size: int, band: int) -> tuple[Group, ...]:
    smaller = (Group(size=less) for less in (size - 1, size - 2) if less >= 0)
    return (
        Group(channel, account, size, band),
        Group(channel, account, size),
        Group(channel, None, size),
        Group(None, None, size),
        *smaller,
        Group(channel, account),
        Group(),
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of a measure over `count` sends: the quantiles at LEVELS."""

    count: int
    quantiles: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.quantiles) != len(LEVELS):
            raise ValueError("each level needs a quantile")

    def at(self, level: float) -> float:
        """Return the quantile at `level`, by linear interpolation."""
        return _between(level, LEVELS, self.quantiles)

    def share_within(self, value: float) -> float:
        """Return the share of sends whose measure is at most `value`."""
        if value < self.quantiles[0]:
            return 0.0
        if value >= self.quantiles[-1]:
            return 1.0
        return _between(value, self.quantiles, LEVELS)


def _between(x: float, xs: tuple[float, ...], ys: tuple[float, ...]) -> float:
    right = min(max(bisect_left(xs, x), 1), len(xs) - 1)
    low, high = xs[right - 1], xs[right]
    if x <= low or high <= low:
        return ys[right - 1] if x <= low else ys[right]
    share = min(1.0, (x - low) / (high - low))
    # A rounding error could put the result outside the range.
    return min(max(ys[right - 1] + share * (ys[right] - ys[right - 1]), ys[right - 1]), ys[right])


Measures = Mapping[tuple[Span, Group], Spread]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The distribution of a span. `group` is the narrowest group with enough history."""

    group: Group
    spread: Spread


@dataclass(frozen=True, slots=True)
class Baselines:
    """The distributions in groups of at least ENOUGH sends."""

    spreads: Measures = field(default_factory=dict)

    def of(self, span: Span, configuration: SendConfiguration) -> Baseline | None:
        """Return the baseline of a send for a span, or None without enough history."""
        for group in similar_groups(configuration):
            if (spread := self.spreads.get((span, group))) is not None:
                return Baseline(group, spread)
        return None
