"""Baselines that a test sets, instead of baselines learnt from history."""

from core.forecasting.baselines import LEVELS, Baselines, Group, Span, Spread


def spread(low: float, high: float, count: int = 200) -> Spread:
    """Return a measure that is spread evenly from `low` to `high`."""
    return Spread(count, tuple(low + level * (high - low) for level in LEVELS))


def baselines(*measures: tuple[Span, Group, Spread]) -> Baselines:
    return Baselines({(span, group): spread for span, group, spread in measures})
