"""The headings of the list sort it."""

from core.domain.list_query import Sort
from pages.sends.list_filters import column_sorts


def test_each_column_says_its_direction_and_what_a_click_does() -> None:
    for sort in Sort:
        by_direction = [c for c in column_sorts(sort).values() if c.direction]
        assert len(by_direction) == 1, "the list is sorted by one column"
    sorts = column_sorts(Sort.RECIPIENTS)
    assert (sorts["recipients"].direction, sorts["recipients"].next) == ("descending", Sort.FEWEST)
    assert (sorts["name"].direction, sorts["name"].next) == ("", Sort.NAME)
    sorts = column_sorts(Sort.CLOSING)
    assert (sorts["time_left"].direction, sorts["time_left"].next) == (
        "ascending",
        Sort.CLOSING_LAST,
    )
    assert sorts["scheduled"].next == Sort.SOONEST
    sorts = column_sorts(Sort.SOONEST)
    assert (sorts["scheduled"].direction, sorts["scheduled"].next) == ("ascending", Sort.NEWEST)
    sorts = column_sorts(Sort.FEWEST)
    assert (sorts["recipients"].direction, sorts["recipients"].next) == (
        "ascending",
        Sort.RECIPIENTS,
    )


def test_every_order_is_reached_by_headings() -> None:
    reached = {column.next for sort in Sort for column in column_sorts(sort).values()}
    assert reached == set(Sort)
