"""Habits for tests, told rather than learnt."""

from core.forecasting.baselines import LEVELS, Group, Habits, Measure, Span, Spread


def spread(low: float, high: float, count: int = 200) -> Spread:
    """A measure that is spread evenly from `low` to `high`."""
    return Spread(count, tuple(low + level * (high - low) for level in LEVELS))


def habits(*told: tuple[Span, Group, Spread]) -> Habits:
    return Habits.learnt(Measure(*one) for one in told)
