"""What needs attention, the most harmful first, and which hours are unusual."""

from datetime import UTC, datetime, timedelta

from core.domain.list_query import HourVolume
from core.domain.model import ConfigurationId
from core.domain.states import Outlook
from core.forecasting.attention import (
    Attention,
    BusyHour,
    Finding,
    NamedSend,
    Problem,
    busy_hours,
    headlines,
    ranked,
)
from core.forecasting.usual_volume import UsualHour

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def named(id: str, recipients: int = 10, times: float | None = None) -> NamedSend:
    return NamedSend(ConfigurationId(id), f"Send {id}", recipients, times)


def of(problem: Problem, *sends: NamedSend) -> Finding:
    return Finding(problem, sends)


def hour_of(largest: NamedSend, recipients: int = 900, at: datetime = NOON) -> Finding:
    return Finding(Problem.BUSY_HOUR, (largest,), BusyHour(at, recipients, 9.0))


def ids(finding: Finding) -> list[str]:
    return [send.id for send in finding.sends]


def test_the_most_harmful_problem_comes_first() -> None:
    mixed = [of(problem, named(problem.value)) for problem in sorted(Problem)]
    assert [f.problem for f in ranked(mixed).findings] == [
        Problem.CONTRADICTED,
        Problem.UNCONFIRMED,
        Problem.BUSY_HOUR,
        Problem.LARGE,
        Problem.DUPLICATE,
        Problem.STUCK,
        Problem.SMTP_ERROR,
    ]


def test_of_two_unusual_hours_the_one_with_more_recipients_comes_first() -> None:
    later = hour_of(named("b"), 5_000, NOON + HOUR)
    first, second = ranked([hour_of(named("a")), later]).findings
    assert (ids(first), ids(second)) == (["b"], ["a"])


def test_the_largest_send_of_a_problem_is_named_first() -> None:
    (found,) = ranked([of(Problem.STUCK, named("a", 10), named("b", 30), named("c", 20))]).findings
    assert ids(found) == ["b", "c", "a"]
    assert found.recipients == 60


def test_a_send_is_named_once_with_its_most_harmful_problem() -> None:
    found = ranked(
        [
            of(Problem.DUPLICATE, named("a"), named("b")),
            of(Problem.LARGE, named("a", times=178.0)),
            of(Problem.STUCK, named("b")),
        ]
    )
    assert [(f.problem, ids(f)) for f in found.findings] == [
        (Problem.LARGE, ["a"]),
        (Problem.DUPLICATE, ["b"]),
    ]
    assert found.ids == ("a", "b")


def test_the_largest_send_of_an_unusual_hour_keeps_how_unusual_it_is() -> None:
    found = ranked(
        [hour_of(named("a")), of(Problem.LARGE, named("a", times=178.0), named("b", times=3.0))]
    )
    hour, large = found.findings
    assert hour.sends[0].times_usual == 178.0
    assert ids(large) == ["b"]
    assert found.ids == ("a", "b")


def test_each_problem_has_one_headline_that_says_how_many_more_there_are() -> None:
    found = ranked(
        [
            hour_of(named("a")),
            hour_of(named("b"), 5_000, NOON + HOUR),
            of(Problem.STUCK, named("c")),
            of(Problem.SMTP_ERROR, named("d")),
        ]
    )
    assert [(ids(f), more) for f, more in headlines(found, 2)] == [(["b"], 1), (["c"], 0)]


def test_a_problem_without_sends_is_none() -> None:
    assert ranked([of(Problem.SMTP_ERROR)]) == Attention()


class TestBusyHours:
    usual = [UsualHour(NOON + n * HOUR, 80, 100, 120) for n in range(-3, 4)]  # noqa: RUF012
    largest = {NOON + n * HOUR: named(f"h{n}") for n in range(-3, 4)}  # noqa: RUF012

    def found(self, *volume: HourVolume, usual: list[UsualHour] | None = None) -> list[Finding]:
        known = self.usual if usual is None else usual
        return busy_hours(volume, known, self.largest, NOON + timedelta(minutes=30))

    def test_an_hour_of_many_times_the_usual_is_found_with_its_ratio(self) -> None:
        (found,) = self.found(HourVolume(NOON + HOUR, Outlook.STOPPABLE, 3, 2_800))
        assert found.hour == BusyHour(NOON + HOUR, 2_800, 28.0)
        assert ids(found) == ["h1"]

    def test_the_hour_that_has_begun_counts_and_a_past_one_does_not(self) -> None:
        volume = [HourVolume(NOON + n * HOUR, Outlook.STOPPABLE, 3, 2_800) for n in (-1, 0)]
        (found,) = self.found(*volume)
        assert found.hour is not None
        assert found.hour.hour == NOON

    def test_up_to_three_times_the_most_of_usual_weeks_is_usual(self) -> None:
        assert not self.found(HourVolume(NOON, Outlook.STOPPABLE, 3, 360))
        assert self.found(HourVolume(NOON, Outlook.STOPPABLE, 3, 361))

    def test_what_is_stopped_does_not_count(self) -> None:
        stopped = HourVolume(NOON, Outlook.STOPPED, 3, 2_800)
        assert not self.found(stopped, HourVolume(NOON, Outlook.STOPPABLE, 1, 100))

    def test_an_hour_in_which_nothing_can_be_stopped_any_more_is_left_out(self) -> None:
        assert not self.found(HourVolume(NOON, Outlook.TOO_LATE, 3, 2_800))

    def test_few_recipients_at_night_are_not_unusual_although_none_are_usual(self) -> None:
        night = [UsualHour(NOON, 0, 0, 0), *self.usual[4:]]
        assert not self.found(HourVolume(NOON, Outlook.STOPPABLE, 1, 60), usual=night)
        (found,) = self.found(HourVolume(NOON, Outlook.STOPPABLE, 1, 600), usual=night)
        assert found.hour == BusyHour(NOON, 600, None)

    def test_without_history_no_hour_is_unusual(self) -> None:
        assert not self.found(HourVolume(NOON, Outlook.STOPPABLE, 3, 2_800), usual=[])
