"""The scale of the chart of recipients has few, round amounts in equal steps."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from pages.charts.chart_parts import scale_of


@given(st.integers(0, 2_000_000_000))
def test_ascale_of_is_even_short_and_reaches_the_highest_amount(top: int) -> None:
    scale = scale_of(top)
    steps = {b - a for a, b in itertools.pairwise(scale)}
    assert len(steps) == 1
    assert scale[0] == 0
    assert top <= scale[-1] <= max(1, 3 * top)
    assert 2 <= len(scale) <= 6


def test_its_steps_are_round() -> None:
    assert scale_of(4_000_001) == [0, 2_000_000, 4_000_000, 6_000_000]
    assert scale_of(3) == [0, 1, 2, 3]
