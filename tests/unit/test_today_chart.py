"""Today compared with a usual day, in numbers and in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.list_query import HourVolume
from core.domain.states import Outlook
from core.forecasting.usual_volume import UsualHour, usual_day
from pages.charts import today_chart
from pages.charts.overview_data import hours_of_day
from pages.charts.today_chart import Today, sentence, today

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
HOURS = hours_of_day(MIDNIGHT)
#: A quarter of the third hour has passed.
NOW = MIDNIGHT + 2.25 * HOUR


def volume(*amounts: tuple[int, Outlook, int]) -> list[HourVolume]:
    return [HourVolume(MIDNIGHT + n * HOUR, outlook, 1, people) for n, outlook, people in amounts]


def usual(*medians: int) -> list[UsualHour]:
    ends = [*medians, *([medians[-1]] * (24 - len(medians)))]
    return [UsualHour(h, m - 5, m, m + 5) for h, m in zip(HOURS, ends, strict=True)]


def of(usual: list[UsualHour], *amounts: tuple[int, Outlook, int]) -> Today:
    return today(volume(*amounts), usual, HOURS, NOW)


@pytest.mark.parametrize(
    ("zone", "day", "first", "last"),
    [
        ("America/Sao_Paulo", "2026-11-23", "2026-11-23T03", "2026-11-24T02"),
        ("Asia/Kolkata", "2026-11-23", "2026-11-22T18", "2026-11-23T18"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22", "2026-10-25T22"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23", "2026-03-29T21"),
    ],
)
def test_a_day_has_the_hours_of_the_store_in_each_zone_also_when_the_clock_changes(
    zone: str, day: str, first: str, last: str
) -> None:
    hours = hours_of_day(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)))
    assert [f"{hour:%Y-%m-%dT%H}" for hour in (hours[0], hours[-1])] == [first, last]
    assert all(hour.tzinfo is UTC and not hour.minute for hour in hours)
    assert len(hours) == (hours[-1] - hours[0]) / HOUR + 1


def test_the_hours_of_a_day_are_added_up_sent_until_now_and_planned_until_midnight() -> None:
    found = of(
        [],
        (0, Outlook.FINISHED, 100),
        (1, Outlook.TOO_LATE, 10),
        (1, Outlook.STOPPED, 999),
        (3, Outlook.WAITING, 50),
        (2, Outlook.STOPPABLE, 5),
        (20, Outlook.UNCERTAIN, 1_000),
    )
    assert list(found.sent) == [100, 110, 110]
    assert list(found.planned[:3]) == [100, 110, 115]
    assert found.planned[-1] == 1_165


def test_a_send_that_was_stopped_midway_counts_with_what_it_has_sent() -> None:
    stopped = HourVolume(HOURS[1], Outlook.STOPPED, 1, 900, sent=300)
    running = HourVolume(HOURS[2], Outlook.REST_STOPPABLE, 1, 500, sent=200)
    found = today([stopped, running], [], HOURS, NOW)
    assert list(found.sent) == [0, 300, 500]
    assert found.planned[-1] == 800


def test_the_difference_to_a_usual_day_is_said_in_words() -> None:
    # A quarter of the third hour has passed: 200 and a quarter of 100.
    known = usual(100, 200, 300, 1_000)
    assert of(known).usual_until_now() == 225
    amounts = (0, Outlook.FINISHED, 675), (5, Outlook.STOPPABLE, 325)
    assert sentence(of(known, *amounts)) == (
        "Sent until now: 675 recipients (3 times the usual). With what is planned: 1,000 (as usual)."
    )
    amounts = (0, Outlook.FINISHED, 180), (5, Outlook.STOPPABLE, 1_120)
    assert sentence(of(known, *amounts)) == (
        "Sent until now: 180 recipients (20% less than usual). "
        "With what is planned: 1,300 (30% more than usual)."
    )


def test_without_a_usual_day_nothing_is_said_about_it() -> None:
    said = sentence(of([], (0, Outlook.FINISHED, 180)))
    assert said == "Sent until now: 180 recipients. With what is planned: 180."


def test_a_usual_day_adds_up_each_week_by_itself() -> None:
    # Each week has 100 recipients, in one of two hours: the sum is always 100.
    totals = {MIDNIGHT + (n % 2) * HOUR - n * WEEK: 100 for n in range(1, 6)}
    first, second = usual_day(totals, MIDNIGHT, MIDNIGHT + 2 * HOUR)
    assert (first.low, first.median, first.high) == (0, 0, 100)
    assert (second.low, second.median, second.high) == (100, 100, 100)


def test_the_chart_of_today_has_the_usual_median_and_band_behind_the_lines_of_today() -> None:
    found = of(usual(100, 200, 300, 1_000), (0, Outlook.FINISHED, 90), (5, Outlook.STOPPABLE, 9))
    series = {each["name"]: each for each in today_chart.spec(found)["series"]}
    median, low, width = (
        series[name]["data"] for name in ("Usual: median", "_low", "Usual: middle half")
    )
    assert median[:4] == [100, 200, 300, 1_000]
    assert [a + b for a, b in zip(low, width, strict=True)][:2] == [105, 205]
    assert series["Sent"]["data"] == [90, 90, 90]
    assert series["Sent and planned"]["data"][-1] == 99
    assert series["Sent"]["z"] > series["Usual: median"]["z"]
    none = {each["name"] for each in today_chart.spec(of([]))["series"]}
    assert not {name for name in none if "Usual" in name}
