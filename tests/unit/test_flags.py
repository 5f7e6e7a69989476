"""Flags: stuck, unusually large, possible duplicate; and the speed of generation."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.domain.model import ConfigurationId, SendConfiguration, Source, StateChange
from core.domain.states import Again, State
from core.forecasting.baselines import Baselines, Group, Span, size_class
from core.forecasting.flags import (
    FinishedShort,
    Flag,
    InDoubt,
    PossibleDuplicate,
    RunsAgain,
    Stuck,
    UnusuallyLarge,
    nearest_duplicate,
    reported_flags,
    stuck,
    unusually_large,
)
from core.forecasting.generation_progress import generation_progress
from core.forecasting.usual_volume import UsualHour, usual_hours
from core.platforms import icomm
from tests.baselines import baselines, spread
from tests.sends import NOW, send

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
SIZE = Group(size=size_class(7_000))


def under_way(state: State, generated: int | None = 0, **facts: object) -> SendConfiguration:
    return replace(send("a", state, generated), **facts)  # type: ignore[arg-type]


ON_THE_WAY = [
    (Span.LAG, under_way(State.SCHEDULED)),
    (Span.PROCESSING, under_way(State.PROCESANDO, processing_started_at=NOW)),
    (Span.DUE_TO_BATCH, under_way(State.PROCESANDO)),
    (Span.WAIT, under_way(State.IN_PROGRESS, in_progress_at=NOW)),
    (Span.DUE_TO_BATCH, under_way(State.IN_PROGRESS)),
    (Span.GENERATING, under_way(State.IN_PROGRESS, 5_000, generation_started_at=NOW)),
    (Span.GENERATING, under_way(State.DELIVERY_ENDING, 7_000, generation_started_at=NOW)),
]


@pytest.mark.parametrize(("span", "configuration"), ON_THE_WAY)
def test_a_send_that_waits_longer_than_similar_ones_is_stuck_since_its_last_movement(
    span: Span, configuration: SendConfiguration
) -> None:
    known = baselines((span, SIZE, spread(0, 1_000)))
    assert stuck(configuration, known, NOW + timedelta(seconds=980 * 1.5)) is None
    found = stuck(configuration, known, NOW + timedelta(seconds=980 * 1.5 + 1))
    assert found == Stuck(NOW, timedelta(seconds=980), 200, SIZE)


@pytest.mark.parametrize(("span", "configuration"), ON_THE_WAY)
def test_nothing_is_stuck_within_minutes_or_without_history(
    span: Span, configuration: SendConfiguration
) -> None:
    quick = baselines((span, SIZE, spread(0, 1)))
    assert stuck(configuration, quick, NOW + 5 * MINUTE) is None
    assert stuck(configuration, quick, NOW + 6 * MINUTE) is not None
    assert stuck(configuration, Baselines(), NOW + 900 * MINUTE) is None


def test_a_large_send_that_reports_no_batch_for_as_long_as_twenty_take_is_stuck() -> None:
    large = replace(
        under_way(
            State.IN_PROGRESS, 50_000, generation_started_at=NOW, updated_at=NOW + 10 * MINUTE
        ),
        total_records=500_000,  # 100 batches
    )
    group = Group(size=size_class(500_000))
    known = baselines((Span.GENERATING, group, spread(0, 10_000)))
    assert stuck(large, known, NOW + 10 * MINUTE + timedelta(seconds=1.5 * 1_960)) is None
    found = stuck(large, known, NOW + 10 * MINUTE + timedelta(seconds=1.5 * 1_960 + 1))
    assert found is not None
    assert (found.since, found.usual) == (NOW + 10 * MINUTE, timedelta(seconds=1_960))


def test_sends_of_all_sizes_do_not_show_how_long_processing_may_take() -> None:
    known = baselines(
        (Span.PROCESSING, Group(), spread(0, 10)), (Span.WAIT, Group(), spread(0, 10))
    )
    late = NOW + 60 * MINUTE
    assert stuck(under_way(State.PROCESANDO, processing_started_at=NOW), known, late) is None
    assert stuck(under_way(State.IN_PROGRESS, in_progress_at=NOW), known, late) is not None


def test_a_send_that_is_overdue_for_a_day_is_stuck_also_without_similar_sends() -> None:
    overdue = send("a", State.SCHEDULED)
    day = timedelta(days=1)
    assert stuck(overdue, Baselines(), NOW + day - timedelta(seconds=1)) is None
    found = stuck(overdue, Baselines(), NOW + day)
    assert found is not None
    assert (found.since, found.based_on) == (NOW, 0)


@pytest.mark.parametrize("state", [State.PAUSED, State.SENT_DONE, State.CANCELLED, State.DRAFT])
def test_what_is_not_on_its_way_is_not_stuck(state: State) -> None:
    known = baselines(*((span, SIZE, spread(0, 1)) for span in Span))
    assert stuck(send("a", state), known, NOW + 900 * MINUTE) is None


def test_a_send_far_above_the_usual_size_of_its_account_is_unusual() -> None:
    own = Group("SMS", "Loja")
    known = baselines((Span.RECIPIENTS, own, spread(0, 10_000, 50)))
    sms = replace(send("a"), channel="SMS", account="Loja", total_records=19_601)
    assert unusually_large(sms, known) == UnusuallyLarge(19_601, 5_000, 9_800, 50)
    assert unusually_large(replace(sms, total_records=19_600), known) is None
    assert unusually_large(replace(sms, account="Outra"), known) is None
    few = baselines((Span.RECIPIENTS, own, spread(0, 10_000, 49)))
    assert unusually_large(sms, few) is None


def test_the_nearest_of_several_possible_duplicates_is_named() -> None:
    far, near = (ConfigurationId("x"), NOW - 5 * HOUR), (ConfigurationId("y"), NOW + HOUR)
    assert nearest_duplicate(send("a"), [far, near]) == PossibleDuplicate(*near)
    assert nearest_duplicate(send("a"), []) is None


# What the reports of the platform say


@pytest.mark.parametrize(
    ("state", "generated", "flags"),
    [
        (State.IN_PROGRESS, 0, [RunsAgain(State.CANCELLED, NOW, Again.RUNS, False)]),
        (State.SCHEDULED, 0, [RunsAgain(State.CANCELLED, NOW, Again.SCHEDULED, False)]),
        (State.IN_PROGRESS, 5_000, [RunsAgain(State.CANCELLED, NOW, Again.RUNS, False)]),
        (State.SENT_DONE, 7_000, [RunsAgain(State.CANCELLED, NOW, Again.HAS_GONE_OUT, False)]),
        (State.CANCELLED, 0, []),
        (State.DRAFT, 0, []),
        (State.PAUSED, 0, []),
    ],
)
def test_a_send_that_had_ended_runs_again_while_it_may_go_out(
    state: State, generated: int, flags: list[Flag]
) -> None:
    again = under_way(state, generated, reopened_from=State.CANCELLED, reopened_at=NOW)
    assert reported_flags(again, icomm.PLATFORM) == flags


def test_a_send_in_doubt_says_so_with_its_running_again_or_alone() -> None:
    again = under_way(State.IN_PROGRESS, reopened_from=State.ABORTED, reopened_at=NOW)
    unsure = replace(again, doubted_since=NOW)
    assert reported_flags(unsure, icomm.PLATFORM) == [
        RunsAgain(State.ABORTED, NOW, Again.RUNS, True)
    ]
    assert reported_flags(under_way(State.CANCELLED, doubted_since=NOW), icomm.PLATFORM) == [
        InDoubt(NOW)
    ]


@pytest.mark.parametrize(
    ("state", "generated", "flags"),
    [
        (State.SENT_DONE, 2_061, [FinishedShort(2_061, 7_000)]),
        (State.SENT_DONE, 0, [FinishedShort(0, 7_000)]),
        (State.SENT_DONE, 7_000, []),
        (State.SENT_DONE, 7_001, []),
        (State.SENT_DONE, None, []),
        (State.DELIVERY_ENDING, 5_000, []),
    ],
)
def test_a_send_that_is_done_with_fewer_than_planned_finished_short(
    state: State, generated: int | None, flags: list[Flag]
) -> None:
    assert reported_flags(under_way(state, generated), icomm.PLATFORM) == flags


# Pace


def step(after: timedelta, generated: int) -> StateChange:
    return StateChange(
        configuration_id=ConfigurationId("a"),
        changed_at=NOW + after,
        from_state=State.IN_PROGRESS,
        to_state=State.IN_PROGRESS,
        generated_records=generated,
        version=1,
        source=Source.SIMULATOR,
        actor="t",
    )


def generating(generated: int | None = 15_000, **facts: object) -> SendConfiguration:
    base = under_way(State.IN_PROGRESS, generated, generation_started_at=NOW, **facts)
    return replace(base, total_records=25_000)


def test_the_speed_between_steps_gives_the_end_of_generation() -> None:
    steps = [step(timedelta(0), 5_000), step(MINUTE, 10_000), step(2 * MINUTE, 15_000)]
    found = generation_progress(
        generating(updated_at=NOW + 2 * MINUTE), steps, Baselines(), NOW + 2 * MINUTE
    )
    assert found is not None
    assert (found.per_minute, found.measured) == (5_000, True)
    assert found.done_at == NOW + 4 * MINUTE


def test_reports_of_the_same_second_give_no_speed() -> None:
    steps = [step(timedelta(0), 5_000), step(MINUTE / 120, 10_000)]
    found = generation_progress(generating(updated_at=NOW), steps, Baselines(), NOW)
    assert found is not None
    assert found.per_minute is None


def test_without_steps_the_last_report_gives_the_speed() -> None:
    found = generation_progress(generating(updated_at=NOW + MINUTE), [], Baselines(), NOW + MINUTE)
    assert found is not None
    assert (found.per_minute, found.done_at) == (10_000, NOW + 2 * MINUTE)


def test_without_batches_the_first_messages_give_the_speed() -> None:
    steps = [step(MINUTE, 1_000), step(2 * MINUTE, 2_000)]
    found = generation_progress(
        generating(2_000, updated_at=NOW + 2 * MINUTE),
        steps,
        Baselines(),
        NOW + 2 * MINUTE,
        first_batch=0,
    )
    assert found is not None
    assert (found.per_minute, found.done_at) == (1_000, NOW + 25 * MINUTE)


def test_in_its_first_batch_the_pace_is_that_of_its_like() -> None:
    known = baselines((Span.GENERATING, Group(size=size_class(25_000)), spread(0, 600)))
    first = generating(5_000, updated_at=NOW)
    found = generation_progress(first, [step(timedelta(0), 5_000)], known, NOW)
    assert found is not None
    # A usual send of its size has 30,000 recipients, 25,000 of them after the first batch.
    assert (found.per_minute, found.measured) == (5_000, False)
    assert found.done_at is not None
    assert abs(found.done_at - NOW - 4 * MINUTE) < timedelta(seconds=1)
    unknown = generation_progress(generating(None, updated_at=NOW), [], known, NOW)
    assert unknown is not None
    assert (unknown.per_minute, unknown.done_at) == (found.per_minute, found.done_at)


def test_a_send_just_above_one_batch_has_the_pace_of_its_like() -> None:
    known = baselines((Span.GENERATING, Group(size=size_class(5_001)), spread(0, 600)))
    small = replace(generating(5_000, updated_at=NOW), total_records=5_001)
    found = generation_progress(small, [], known, NOW)
    assert found is not None
    assert found.per_minute == 500
    assert found.done_at is not None
    assert found.done_at - NOW < timedelta(seconds=1)


def test_without_any_report_the_speed_is_unknown_and_the_end_is_never_in_the_past() -> None:
    found = generation_progress(generating(5_000, updated_at=NOW), [], Baselines(), NOW)
    assert found is not None
    assert (found.per_minute, found.done_at) == (None, None)
    late = generation_progress(generating(updated_at=NOW + MINUTE), [], Baselines(), NOW + HOUR)
    assert late is not None
    assert late.done_at == NOW + HOUR


@pytest.mark.parametrize("state", [State.SCHEDULED, State.SENT_DONE, State.DELIVERY_ENDING])
def test_only_what_is_being_generated_has_a_pace(state: State) -> None:
    assert generation_progress(under_way(state, 5_000), [], Baselines(), NOW) is None


# The usual amounts


def past(amounts: list[int]) -> dict[datetime, int]:
    return {NOW - n * WEEK: amount for n, amount in enumerate(amounts, start=1) if amount}


def test_the_usual_amount_is_the_middle_of_the_past_weeks_and_the_band_half_of_them() -> None:
    found = usual_hours(past([10, 20, 30, 40, 50]), NOW, NOW + HOUR)
    assert found == [UsualHour(NOW, 20, 30, 40)]


def test_an_hour_without_sends_counts_as_none_but_a_week_before_the_history_does_not() -> None:
    totals = past([10, 20, 30]) | {NOW + HOUR - n * WEEK: 7 for n in (1, 2, 3, 4)}
    found = usual_hours(totals, NOW, NOW + 2 * HOUR)
    assert [h.median for h in found] == [15, 7]


def test_two_weeks_are_too_few_for_a_usual_volume() -> None:
    assert usual_hours(past([10, 20]), NOW, NOW + HOUR) == []
