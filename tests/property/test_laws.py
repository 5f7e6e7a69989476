"""The invariants of the pure code. Each class tests one invariant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.domain.lifecycle import Pace, next_step
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.platform import Platform
from core.domain.rules import CancelRest, Refuse, decide_abort
from core.domain.states import Generation, Refusal, State
from core.platforms.known_platforms import PLATFORMS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@st.composite
def sends(draw: st.DrawFn) -> SendConfiguration:
    total = draw(st.integers(0, 50_000))
    return SendConfiguration(
        id=ConfigurationId("1"),
        name="Oferta",
        state=draw(st.sampled_from(State)),
        total_records=total,
        generated_records=draw(st.none() | st.just(0) | st.integers(0, total)),
        generation_started_at=draw(st.sampled_from([None, None, NOW])),
        scheduled_at=NOW + timedelta(minutes=draw(st.integers(-60, 60))),
    )


platforms = st.sampled_from(list(PLATFORMS.values()))
waits = st.lists(st.integers(0, 600), max_size=40)


def aborted(send: SendConfiguration, platform: Platform) -> SendConfiguration:
    decision = decide_abort(send, platform)
    return send if isinstance(decision, Refuse) else replace(send, state=decision.new_state)


def lived(
    send: SendConfiguration, seconds: list[int], platform: Platform
) -> list[SendConfiguration]:
    now, life = NOW, [send]
    for wait in seconds:
        now += timedelta(seconds=wait)
        step = next_step(life[-1], now, Pace(), platform)
        if step is not None:
            life.append(step.after)
    return life


class TestI1NothingIsGeneratedAfterAnAcceptedAbort:
    @given(sends(), waits, platforms)
    def test_whatever_time_passes(
        self, send: SendConfiguration, seconds: list[int], platform: Platform
    ) -> None:
        if not isinstance(decide_abort(send, platform), Refuse):
            life = lived(aborted(send, platform), seconds, platform)
            assert {one.generated_records for one in life} == {send.generated_records}


class TestI2NothingIsCancelledAfterItsGenerationStarted:
    @given(sends(), platforms)
    def test_by_a_decision(self, send: SendConfiguration, platform: Platform) -> None:
        if send.generation is Generation.STARTED and not platform.interrupts:
            assert isinstance(decide_abort(send, platform), Refuse)

    @given(sends(), platforms)
    def test_except_for_its_rest_where_the_platform_interrupts(
        self, send: SendConfiguration, platform: Platform
    ) -> None:
        if send.generation is Generation.STARTED:
            assert isinstance(decide_abort(send, platform), Refuse | CancelRest)

    @given(sends(), waits, platforms)
    def test_by_the_platform(
        self, send: SendConfiguration, seconds: list[int], platform: Platform
    ) -> None:
        life = lived(send, seconds, platform)
        for before, after in pairwise(life):
            if after.state is State.CANCELLED:
                assert before.generation is not Generation.STARTED


class TestI4AbortingTwiceIsAbortingOnce:
    @given(sends(), platforms)
    def test_the_second_is_refused_as_already_done(
        self, send: SendConfiguration, platform: Platform
    ) -> None:
        if not isinstance(decide_abort(send, platform), Refuse):
            again = decide_abort(aborted(send, platform), platform)
            assert isinstance(again, Refuse)
            assert again.reason is Refusal.ALREADY
            assert aborted(aborted(send, platform), platform) == aborted(send, platform)


class TestI5EveryStepRepeatsWhatMakesItLawful:
    @given(sends(), waits, platforms)
    def test_and_raises_the_version_by_one(
        self, send: SendConfiguration, s: list[int], platform: Platform
    ) -> None:
        life = lived(send, s, platform)
        assert [one.version for one in life] == list(range(1, len(life) + 1))


class TestI6NoSendMovesBackInTime:
    @given(sends(), waits, platforms)
    def test_generated_records_never_fall_nor_pass_the_total(
        self, send: SendConfiguration, seconds: list[int], platform: Platform
    ) -> None:
        counts = [one.generated_records or 0 for one in lived(send, seconds, platform)]
        assert counts == sorted(counts)
        assert counts[-1] <= send.total_records


class TestDecisions:
    @given(sends(), platforms)
    def test_are_total_and_deterministic(self, send: SendConfiguration, platform: Platform) -> None:
        assert decide_abort(send, platform) == decide_abort(send, platform)
