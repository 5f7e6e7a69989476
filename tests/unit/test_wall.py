"""The wall view: more recipients have bolder letters."""

from pages.charts.wall import _weight


def test_large_sends_are_written_in_heavier_letters() -> None:
    assert [_weight(n, 100) for n in (0, 25, 100)] == [400, 600, 800]
    assert _weight(0, 0) == 400
