"""What a row shows about the time left and about flags."""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.freshness import Freshness
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.rules import decide_abort
from core.domain.states import Outlook, State
from core.forecasting.attention import NamedSend
from core.forecasting.baselines import Group
from core.forecasting.flags import Flag, PossibleDuplicate, Stuck, UnusuallyLarge
from core.forecasting.forecast import UNKNOWN, Confidence, Forecast
from core.forecasting.usual_volume import UsualHour
from core.platforms import icomm
from pages.charts import hourly_chart, overview_data
from pages.charts.chart_parts import paper
from pages.sends import list_filters, time_left
from pages.sends.flag_badges import badge
from pages.sends.verdict import verdict as verdict_on

NOW = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
SOON = timedelta(minutes=5)


def send(state: State, **more: object) -> SendConfiguration:
    facts = {"total_records": 7_000, "generated_records": 0, "scheduled_at": NOW + SOON} | more
    return SendConfiguration(id=ConfigurationId("a"), name="A", state=state, **facts)


def known(
    cautious: timedelta, confidence: Confidence = Confidence.GOOD, based_on: int = 240
) -> Forecast:
    at = NOW + cautious
    return Forecast(at, max(NOW, at) + timedelta(minutes=4), confidence, based_on, Group())


def closes_at(one: SendConfiguration, forecast: Forecast) -> datetime | None:
    return time_left.closes_at(one, decide_abort(one, icomm.PLATFORM), forecast)


def left_of(one: SendConfiguration, forecast: Forecast, fresh: Freshness) -> str:
    return time_left.time_left(decide_abort(one, icomm.PLATFORM), closes_at(one, forecast), fresh)


@pytest.mark.parametrize(
    ("state", "forecast", "said"),
    [
        pytest.param(State.SCHEDULED, known(SOON * 2), "10 min 00 s", id="counts to the forecast"),
        pytest.param(State.SCHEDULED, UNKNOWN, "5 min 00 s", id="else to the scheduled time"),
        pytest.param(State.PROCESANDO, known(SOON), "5 min 00 s", id="goes on while processing"),
        pytest.param(State.PROCESANDO, UNKNOWN, "unknown", id="invents nothing while processing"),
        pytest.param(State.IN_PROGRESS, UNKNOWN, "unknown", id="invents nothing when processed"),
        pytest.param(State.IN_PROGRESS, known(-SOON), "may have begun", id="nothing left"),
        pytest.param(State.SENT_DONE, known(SOON), "–", id="nothing to count when it is over"),
    ],
)
def test_time_left(state: State, forecast: Forecast, said: str) -> None:
    assert left_of(send(state), forecast, confirmed_ago(minutes=5)) == said


def confirmed_ago(**ago: float) -> Freshness:
    """Return facts that their source confirmed this long ago."""
    return Freshness(NOW - timedelta(**ago), NOW, timedelta(minutes=15))


@pytest.mark.parametrize(
    ("ago", "left", "verdict"),
    [
        pytest.param(0, "any moment", Outlook.STOPPABLE, id="the data says that it has not begun"),
        pytest.param(60, "any moment", Outlook.STOPPABLE, id="so it does for a minute"),
        pytest.param(61, "may have begun", Outlook.UNCERTAIN, id="then nobody knows"),
        pytest.param(16 * 60, "may have begun", Outlook.UNCERTAIN, id="old data never does"),
    ],
)
def test_past_its_careful_moment_a_send_is_what_current_data_says_or_uncertain(
    ago: int, left: str, verdict: Outlook
) -> None:
    waiting, due = send(State.IN_PROGRESS), known(-SOON)
    assert left_of(waiting, due, confirmed_ago(seconds=ago)) == left
    assert verdict_on(waiting, closes_at(waiting, due), confirmed_ago(seconds=ago))[1] is verdict
    assert (
        verdict_on(waiting, closes_at(waiting, known(SOON)), confirmed_ago(seconds=61))[1]
        is Outlook.STOPPABLE
    )


def test_without_any_news_nothing_that_is_due_is_green() -> None:
    never = Freshness(None, NOW, timedelta(minutes=15))
    late = send(State.IN_PROGRESS)
    assert verdict_on(late, closes_at(late, known(-SOON)), never)[1] is Outlook.UNCERTAIN


def test_what_is_over_has_no_end_to_count_to() -> None:
    gone = send(State.IN_PROGRESS, generated_records=5_000)
    assert closes_at(gone, known(SOON)) is None


@pytest.mark.parametrize(
    ("forecast", "said"),
    [
        (known(SOON), "quite sure"),
        (known(SOON, Confidence.FAIR), "fairly sure"),
        (known(SOON, Confidence.POOR), "few are really similar: not sure"),
        (known(SOON), "240 similar sends"),
        (known(timedelta(0)), "any moment"),
        (UNKNOWN, "Too few similar sends"),
        (Forecast(NOW, None, Confidence.POOR, 30, Group()), "longer than all"),
    ],
)
def test_a_forecast_says_how_sure_it_is(forecast: Forecast, said: str) -> None:
    processing = send(State.PROCESANDO)
    assert said in time_left.explain(
        processing, decide_abort(processing, icomm.PLATFORM), forecast, confirmed_ago(seconds=0)
    )


def test_of_a_moment_that_has_passed_since_the_report_it_is_not_said_that_it_comes() -> None:
    due = send(State.PROCESANDO)
    decision = decide_abort(due, icomm.PLATFORM)
    for forecast in (known(timedelta(0)), Forecast(NOW, None, Confidence.POOR, 30, Group())):
        said = time_left.explain(due, decision, forecast, confirmed_ago(seconds=61))
        assert said.startswith("Generation may have begun since the last report.")
        assert "any moment" not in said


@pytest.mark.parametrize(
    ("found", "word", "why"),
    [
        (Stuck(NOW - SOON, timedelta(minutes=2), 120, Group()), "stuck", "within 2 min"),
        (UnusuallyLarge(90_000, 5_000, 20_000, 80), "large", "more than 20,000"),
        (PossibleDuplicate(ConfigurationId("b"), NOW + SOON), "possible duplicate", "ID b"),
    ],
)
def test_a_mark_says_why_to_look(found: Flag, word: str, why: str) -> None:
    mark = badge(found, NOW)
    assert mark.word == word
    assert why in mark.why


def test_a_mark_says_whether_the_other_send_is_still_to_come() -> None:
    later, earlier = (PossibleDuplicate(ConfigurationId("b"), NOW + at) for at in (SOON, -SOON))
    assert "audience is scheduled for" in badge(later, NOW).why
    assert "audience was scheduled for" in badge(earlier, NOW).why


def test_an_hour_in_the_url_is_the_same_hour_for_every_reader() -> None:
    hour = NOW.replace(minute=0)
    assert list_filters.hour_code(hour) == "2026-11-24T14Z"
    assert list_filters.hour_of("2026-11-24T14Z") == hour


@pytest.mark.parametrize(
    "text",
    [
        *("", "today", "2026-11-24", "2026-11-24T25Z", "2026-11-24T14", "x"),
        *("0001-01-01T00Z", "1989-12-31T23Z", "2200-01-01T00Z", "9999-12-31T23Z"),
    ],
)
def test_what_is_no_hour_does_not_filter(text: str) -> None:
    assert list_filters.hour_of(text) is None


LARGEST = {NOW.replace(minute=0): NamedSend(ConfigurationId("a"), "Promo", 700)}


class TestVolume:
    hours = overview_data.hours_around(NOW)
    amounts = {(NOW.replace(minute=0), Outlook.STOPPABLE): 900}  # noqa: RUF012

    def names(self, usual: list[UsualHour]) -> list[str]:
        spec = hourly_chart.volume_spec(self.amounts, usual, self.hours, NOW, LARGEST)
        return [series["name"] for series in spec["series"]]

    def test_an_unusual_number_is_shown_with_the_usual_one(self) -> None:
        usual = [UsualHour(hour, 10, 20, 40) for hour in self.hours]
        spec = hourly_chart.volume_spec(self.amounts, usual, self.hours, NOW, LARGEST)
        low, band, median = spec["series"][1:4]
        assert low["data"][0] + band["data"][0] == 40
        assert median["data"] == [20] * 49

    def test_the_usual_line_is_drawn_over_the_bars_with_a_light_edge(self) -> None:
        usual = [UsualHour(hour, 10, 20, 40) for hour in self.hours]
        spec = hourly_chart.volume_spec(self.amounts, usual, self.hours, NOW, LARGEST)
        bars = [each for each in spec["series"] if each["type"] == "bar" and "stack" in each]
        (median,) = [each for each in spec["series"] if each["name"] == "Usual: median"]
        assert bars
        assert all(median["z"] > bar.get("z", 2) for bar in bars), "ECharts draws bars at 2"
        assert median["lineStyle"]["shadowColor"] == paper() != median["lineStyle"]["color"]

    def test_where_nothing_is_usual_no_band_is_drawn(self) -> None:
        said = {"Usual: median", "Usual: middle half"}
        assert said <= set(self.names([UsualHour(self.hours[0], 1, 2, 3)]))
        assert not said & set(self.names([]))

    def test_an_hour_says_its_total_its_ratio_to_the_usual_and_its_largest_send(self) -> None:
        usual = [UsualHour(NOW.replace(minute=0), 10, 20, 40)]
        spec = hourly_chart.volume_spec(self.amounts, usual, self.hours, NOW, LARGEST)
        said = [each["name"].split("\n") for each in spec["series"][-1]["data"]]
        assert said[24] == [
            "14:00–15:00",
            "900 recipients",
            "45 times the usual (20)",
            "Largest: Promo, 700 recipients",
        ]
        assert said[25] == ["15:00–16:00", "0 recipients"]
