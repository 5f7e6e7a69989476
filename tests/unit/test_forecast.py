"""Forecasts at each moment of a send, and the history that they use."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.domain.model import SendConfiguration
from core.domain.states import State
from core.forecasting.baselines import (
    SIZE_EDGES,
    Baselines,
    Group,
    Span,
    similar_groups,
    size_class,
)
from core.forecasting.forecast import MARGIN, UNKNOWN, Confidence, forecast
from tests.baselines import baselines, spread
from tests.benchmarks.forecasts import asked_about, finished_sends, score
from tests.sends import NOW, send

MINUTE = timedelta(minutes=1)


def own(span: Span, count: int = 200, low: float = 100, high: float = 200) -> Baselines:
    """Return baselines of all sends of the size in these tests."""
    return baselines((span, Group(size=size_class(7_000)), spread(low, high, count)))


def at(state: State, **times: datetime) -> SendConfiguration:
    return replace(send("a", state), **times)


def seconds(when: datetime | None) -> float:
    assert when is not None
    return (when - NOW).total_seconds()


def test_a_scheduled_send_counts_from_its_scheduled_time() -> None:
    result = forecast(send("a"), own(Span.DUE_TO_BATCH), NOW - 60 * MINUTE)
    assert seconds(result.cautious_at) == pytest.approx(101 * MARGIN)
    assert seconds(result.typical_at) == pytest.approx(150)
    assert (result.confidence, result.based_on) == (Confidence.GOOD, 200)


def test_processing_and_waiting_count_from_where_they_began() -> None:
    begun = at(State.PROCESANDO, processing_started_at=NOW + MINUTE)
    result = forecast(begun, own(Span.BEGUN_TO_BATCH), NOW + MINUTE)
    assert seconds(result.cautious_at) == pytest.approx(60 + 101 * MARGIN)
    ready = at(State.IN_PROGRESS, in_progress_at=NOW + 2 * MINUTE)
    result = forecast(ready, own(Span.WAIT), NOW + 2 * MINUTE)
    assert seconds(result.cautious_at) == pytest.approx(120 + 101 * MARGIN)


def test_if_the_source_leaves_out_the_last_moment_the_one_before_counts() -> None:
    result = forecast(send("a", State.IN_PROGRESS), own(Span.DUE_TO_BATCH), NOW)
    assert seconds(result.cautious_at) == pytest.approx(101 * MARGIN)


def test_a_send_that_waited_past_the_cautious_moment_may_begin_any_moment() -> None:
    now = NOW + timedelta(seconds=150)
    result = forecast(send("a"), own(Span.DUE_TO_BATCH), now)
    assert result.cautious_at == now
    assert seconds(result.typical_at) == pytest.approx(175)  # half of those that waited so long


def test_a_send_that_waited_longer_than_all_like_it_has_no_typical_time() -> None:
    now = NOW + timedelta(seconds=300)
    result = forecast(send("a"), own(Span.DUE_TO_BATCH), now)
    assert (result.cautious_at, result.typical_at, result.confidence) == (
        now,
        None,
        Confidence.POOR,
    )


@pytest.mark.parametrize(
    "state", [s for s in State if s not in (State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS)]
)
def test_a_send_that_is_not_on_its_way_has_no_forecast(state: State) -> None:
    assert forecast(send("a", state), own(Span.DUE_TO_BATCH), NOW) == UNKNOWN


def test_a_send_whose_generation_began_has_no_forecast() -> None:
    assert forecast(send("a", State.IN_PROGRESS, 5_000), own(Span.DUE_TO_BATCH), NOW) == UNKNOWN


def test_without_history_the_answer_is_unknown() -> None:
    assert forecast(send("a"), Baselines(), NOW) == UNKNOWN


def test_the_closest_group_with_enough_history_speaks() -> None:
    size = size_class(7_000)
    near, far = Group("SMS", None, size), Group(None, None, size)
    known = baselines(
        (Span.DUE_TO_BATCH, near, spread(10, 20, 30)),
        (Span.DUE_TO_BATCH, far, spread(100, 200, 900)),
    )
    result = forecast(replace(send("a"), channel="SMS"), known, NOW)
    assert (result.group, result.based_on, result.confidence) == (near, 30, Confidence.FAIR)
    result = forecast(replace(send("a"), channel="push"), known, NOW)
    assert (result.group, result.based_on, result.confidence) == (far, 900, Confidence.GOOD)


def test_of_sends_of_all_sizes_only_the_minimum_counts() -> None:
    result = forecast(send("a"), baselines((Span.DUE_TO_BATCH, Group(), spread(100, 200))), NOW)
    assert seconds(result.cautious_at) == pytest.approx(100 * MARGIN)
    assert result.confidence is Confidence.POOR


def test_size_classes_meet_without_gap() -> None:
    ranges = [Group(size=n).recipients for n in range(len(SIZE_EDGES) + 1)]
    assert ranges[0] == (0, 5_000)
    assert ranges[-1] == (SIZE_EDGES[-1] + 1, None)
    for n, edge in enumerate(SIZE_EDGES):
        assert size_class(edge) == n
        assert size_class(edge + 1) == n + 1
    assert Group().recipients is None


def test_where_there_is_nothing_of_its_size_somewhat_smaller_sends_speak() -> None:
    large = replace(send("a"), total_records=39_000)  # class 3
    smaller, much_smaller = Group(size=1), Group(size=0)
    result = forecast(large, baselines((Span.DUE_TO_BATCH, smaller, spread(100, 200))), NOW)
    assert (result.group, result.confidence) == (smaller, Confidence.POOR)
    assert seconds(result.cautious_at) == pytest.approx(101 * MARGIN)
    known = baselines((Span.DUE_TO_BATCH, much_smaller, spread(100, 200)))
    assert forecast(large, known, NOW) == UNKNOWN


def test_every_group_is_asked_once_and_those_of_any_size_last() -> None:
    groups = similar_groups(send("a"))
    assert len(set(groups)) == len(groups)
    assert [g.size is None for g in groups][-2:] == [True, True]
    assert all(g.size is not None for g in groups[:-2])


def test_over_the_sample_the_cautious_countdown_runs_out_in_time_and_closer_than_the_plain_one() -> (
    None
):
    scores = score(list(asked_about(finished_sends(), weeks=3)))
    assert len(scores) == 3
    for moment in scores:
        assert moment.asked > 500
        assert moment.known == moment.asked
        assert moment.in_time >= 0.90
        assert moment.in_time >= moment.plain_in_time  # the plain one is never late here
        assert moment.earlier < moment.plain_earlier / 2
        assert moment.typical_off < moment.earlier
