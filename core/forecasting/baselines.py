"""What sends of a kind usually take, learnt from those that went before. Pure: no clock, no store.

The store aggregates (at ten million sends, too); what arrives here is a small table: for each span
of a send's life and each group of like sends, how many there were and a row of quantiles.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from enum import StrEnum
from functools import lru_cache

from core.domain.generation_batches import BATCH_RECORDS
from core.domain.model import SendConfiguration

#: The shares of like sends at which quantiles are kept, from the least to the greatest seen.
LEVELS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 1.0)

#: Upper edges of the size classes, in recipients. Processing grows with size, so each class holds
#: sizes within a factor of two; the first is what goes out in one batch.
SIZE_EDGES = tuple(BATCH_RECORDS * 2**n for n in range(10))

#: Hours in one part of the day, in UTC: the platform is busier in some than in others.
HOURS_IN_BAND = 6

#: Fewer like sends than this say nothing: with 20, a twentieth is one send.
ENOUGH = 20


class Span(StrEnum):
    """What is measured: seconds between two moments of a send's life, or its recipients."""

    LAG = "lag"  # scheduled time to start of processing
    PROCESSING = "processing"  # start of processing to processed
    WAIT = "wait"  # processed to first batch
    DUE_TO_BATCH = "due_to_batch"  # scheduled time to first batch
    BEGUN_TO_BATCH = "begun_to_batch"  # start of processing to first batch
    GENERATING = "generating"  # first batch to the end
    RECIPIENTS = "recipients"


@dataclass(frozen=True, slots=True)
class Group:
    """What like sends share; None where they may differ.

    `size` is a size class (see `recipients`), `hours` a part of the day in UTC counted from 0.
    """

    channel: str | None = None
    account: str | None = None
    size: int | None = None
    hours: int | None = None

    @property
    def recipients(self) -> tuple[int, int | None] | None:
        """The sizes of the group in recipients: the least, and the greatest (None: no limit)."""
        if self.size is None:
            return None
        low = SIZE_EDGES[self.size - 1] + 1 if self.size else 0
        return low, SIZE_EDGES[self.size] if self.size < len(SIZE_EDGES) else None


def size_class(recipients: int) -> int:
    """Return the class of a size: how many edges lie below it."""
    return bisect_left(SIZE_EDGES, recipients)


def similar_groups(configuration: SendConfiguration) -> tuple[Group, ...]:
    """Return the groups whose sends are like this one, from the closest to the broadest.

    Size goes last, because nothing else decides as much over how long processing takes. Before it
    goes, somewhat smaller sends are asked: they take less time, so a cautious answer stays so.
    """
    c = configuration
    band = c.scheduled_at.astimezone(UTC).hour // HOURS_IN_BAND
    return _widening(c.channel, c.account, size_class(c.total_records), band)


# Of hundreds of sends at a time, most are like another one.
@lru_cache(maxsize=4_096)
def _widening(channel: str, account: str, size: int, band: int) -> tuple[Group, ...]:
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
    """How a measure spreads over `count` sends: its quantiles at LEVELS, in rising order."""

    count: int
    quantiles: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.quantiles) != len(LEVELS):
            raise ValueError("a quantile for each level is needed")

    def at(self, level: float) -> float:
        """Return the value below which a share `level` of the sends lies."""
        return _between(level, LEVELS, self.quantiles)

    def share_within(self, value: float) -> float:
        """Return the share of sends that lie at or below `value`."""
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
    # Rounding must not carry the answer past its neighbours.
    return min(max(ys[right - 1] + share * (ys[right] - ys[right - 1]), ys[right - 1]), ys[right])


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the store's table: what a group's sends took for a span."""

    span: Span
    group: Group
    spread: Spread


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a send's like took, and which of its groups that is."""

    group: Group
    spread: Spread


@dataclass(frozen=True, slots=True)
class Baselines:
    """The learnt table. An empty one knows nothing, and says so."""

    spreads: Mapping[tuple[Span, Group], Spread] = field(default_factory=dict)

    @classmethod
    def from_measures(cls, measures: Iterable[Measure]) -> Baselines:
        """Keep the measures that rest on enough sends."""
        return cls({(m.span, m.group): m.spread for m in measures if m.spread.count >= ENOUGH})

    def of(self, span: Span, configuration: SendConfiguration) -> Baseline | None:
        """Return what the closest group with enough history took, or None without any."""
        for group in similar_groups(configuration):
            found = self.spreads.get((span, group))
            if found is not None:
                return Baseline(group, found)
        return None
