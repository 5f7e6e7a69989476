"""Times of digits only: read if they have one plausible meaning in the whole file, or refused."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feed.interpreting.reading_rules import Rules, Undecided, UnreadableValue
from core.feed.interpreting.times import parse_time
from core.feed.loader import Loader
from tests.feed.test_tried_files import HEAD, tried
from tests.levels import examples

UTC_ZONE = ZoneInfo("UTC")


def at(loader: Loader, *times: str) -> str:
    rows = (f'{n},A{n},scheduled,5,"{text}"' for n, text in enumerate(times, start=1))
    return tried(loader, "\n".join([HEAD, *rows]))


@pytest.mark.parametrize(
    ("times", "found"),
    [
        (("2611301430",), "2026-11-30 17:30"),
        (("2611301430", "1801021430"), "2026-11-30 17:30"),
        (("1801021430", "2611301430"), "2018-01-02 16:30"),
        (("1795962600",), "2026-11-29 14:30"),
        (("1801021430", "1795962600"), "2027-01-27 03:43"),
        (("202611301430",), "2026-11-30 17:30"),
        (("20261130143000",), "2026-11-30 17:30"),
        (("20261130143000123",), "2026-11-30 17:30"),
        (("1795962600000000",), "2026-11-29 14:30"),
        (("1795962600000000000",), "2026-11-29 14:30"),
        (("134400066000000000",), "2026-11-24 15:10"),  # a file time of Windows
    ],
)
def test_digits_are_read_as_the_only_plausible_time(
    loader: Loader, times: tuple[str, ...], found: str
) -> None:
    said = at(loader, *times)
    assert f"{len(times)} new, 0 rejected: 1 A1 SCHEDULED 5 {found}" in said
    note = "Times such as “2611301430” are read as 2026-11-30 14:30."
    assert (note in said) is ("2611301430" in times)


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        (("1801021430",), "line 2 of f.csv is not clear: it may be 2018-01-02 14:30, or a count"),
        (("2611301430", "1795962600"), "two forms: “2611301430” in line 2 has a year"),
        (("639156942000000000",), "is a count of .NET ticks, which does not say its zone"),
        (("3878830200",), "is a number, and not a time that Freio knows"),  # counted from 1904
        (("817655400",), "is a number, and not a time that Freio knows"),  # counted from 2001
        (("17959626000",), "is a number, and not a time that Freio knows"),
        (("261130143000",), "is a number, and not a time that Freio knows"),
        (("30112026143000",), "is a number, and not a time that Freio knows"),
        (("1.79596E+12",), "a spreadsheet has shortened the time to “1.79596E+12”"),
    ],
)
def test_digits_with_no_certain_time_are_refused_with_the_reason(
    loader: Loader, times: tuple[str, ...], reason: str
) -> None:
    said = at(loader, *times)
    assert reason in said
    assert said.startswith(("FeedError", "NothingReadError"))
    assert "such as 2026-11-23 14:30" in said or "as 2026-11-23 14:30" in said


@examples(300)
@given(st.datetimes(datetime(2015, 1, 1), datetime(2040, 12, 31)))
def test_a_short_time_is_never_read_before_its_column_decides(time: datetime) -> None:
    time = time.replace(second=0, microsecond=0)
    text = f"{time:%y%m%d%H%M}"
    with pytest.raises(Undecided):
        parse_time(text, Rules(zone=UTC_ZONE, short_times=None))
    assert parse_time(text, Rules(zone=UTC_ZONE, short_times=True)) == time.replace(tzinfo=UTC)


@examples(500)
@given(st.integers(9, 19).flatmap(lambda n: st.integers(10 ** (n - 1), 10**n - 1)))
def test_a_count_that_is_read_is_a_plausible_time(count: int) -> None:
    text = str(count)
    try:
        time = parse_time(text, Rules(zone=UTC_ZONE))
    except UnreadableValue:
        return
    is_compact = len(text) in (12, 14, 17)
    assert is_compact or 2000 <= time.year <= 2040
