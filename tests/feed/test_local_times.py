"""Columns of local times are read like single ones, also when clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feed.interpreting.local_times import in_zone
from core.feed.interpreting.reading_rules import Rules, UnreadableValue
from core.feed.interpreting.times import EARLIEST as FIRST
from core.feed.interpreting.times import LATEST as LAST
from core.feed.interpreting.times import parse_time
from tests.levels import examples

ZONES = ["UTC", "America/Sao_Paulo", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
#: Days on which some of these zones changed their clocks, and some on which none did.
DAYS = [
    *(datetime(2018, 11, 4), datetime(2018, 2, 18), datetime(2026, 3, 8), datetime(2026, 11, 1)),
    *(datetime(2026, 4, 5), datetime(2026, 10, 4), datetime(2023, 3, 19), datetime(2023, 4, 23)),
    *(datetime(1990, 1, 2), datetime(2026, 7, 1), datetime(2199, 12, 30)),
]
#: Other tests check times near the limits.
DAY = timedelta(days=1)
NEAR = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from(DAYS),
    st.integers(-4000, 4000),
)


def one_by_one(times: list[datetime | None], zone: ZoneInfo) -> list[datetime | None]:
    found = []
    for each in times:
        try:
            found.append(None if each is None else parse_time(each.isoformat(), Rules(zone=zone)))
        except UnreadableValue:
            found.append(None)
    return found


@pytest.mark.slow
@examples(300)
@given(st.lists(st.none() | NEAR, max_size=8), st.sampled_from(ZONES))
def test_a_column_is_read_as_its_times_one_by_one(times: list[datetime | None], key: str) -> None:
    zone = ZoneInfo(key)
    usable = [t for t in times if t is None or FIRST + DAY < t.replace(tzinfo=UTC) < LAST - DAY]
    assert in_zone(pa.array(usable, pa.timestamp("us")), zone).to_pylist() == one_by_one(
        usable, zone
    )


def test_every_hour_of_two_years_is_read_as_by_itself() -> None:
    zone = ZoneInfo("America/New_York")
    hours = [datetime(2025, 1, 1) + timedelta(minutes=30 * n) for n in range(2 * 2 * 8766)]
    assert in_zone(pa.array(hours, pa.timestamp("us")), zone).to_pylist() == one_by_one(hours, zone)


@pytest.mark.parametrize("year", [1, 1600, 2500, 9999])
def test_a_year_in_which_nothing_is_sent_costs_nothing(year: int) -> None:
    times = pa.array([datetime(year, 6, 1), datetime(2026, 6, 1)], pa.timestamp("us"))
    assert in_zone(times, ZoneInfo("UTC")).to_pylist()[1].year == 2026
