"""Properties of every forecast, for any baselines and any moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import State
from core.forecasting.baselines import (
    ENOUGH,
    LEVELS,
    Baselines,
    Span,
    Spread,
    similar_groups,
)
from core.forecasting.forecast import UNKNOWN, awaits_generation, forecast

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

seconds = st.integers(-90_000, 90_000).map(lambda s: timedelta(seconds=s))
moments = st.none() | seconds.map(lambda s: NOW + s)


@st.composite
def sends(draw: st.DrawFn) -> SendConfiguration:
    return SendConfiguration(
        id=ConfigurationId("1"),
        name="Oferta",
        channel=draw(st.sampled_from(["SMS", "e-mail"])),
        account=draw(st.sampled_from(["Loja", "Tienda"])),
        state=draw(st.sampled_from(State)),
        total_records=draw(st.integers(0, 40_000)),
        generated_records=draw(st.sampled_from([None, 0, 0, 5_000])),
        scheduled_at=NOW + draw(seconds),
        processing_started_at=draw(moments),
        in_progress_at=draw(moments),
    )


@st.composite
def spreads(draw: st.DrawFn) -> Spread:
    size = len(LEVELS)
    values = draw(st.lists(st.floats(0, 100_000), min_size=size, max_size=size))
    return Spread(draw(st.integers(ENOUGH, 1_000)), tuple(sorted(values)))


@st.composite
def learnt(draw: st.DrawFn, of: SendConfiguration) -> Baselines:
    keys = st.tuples(st.sampled_from(Span), st.sampled_from(similar_groups(of)))
    return Baselines(draw(st.dictionaries(keys, spreads(), max_size=12)))


@st.composite
def asked(draw: st.DrawFn) -> tuple[SendConfiguration, Baselines]:
    send = draw(sends())
    return send, draw(learnt(send))


class TestForecasts:
    @given(asked(), seconds)
    def test_the_cautious_time_is_never_past_nor_after_the_typical_one(
        self, given_: tuple[SendConfiguration, Baselines], after: timedelta
    ) -> None:
        send, known = given_
        result = forecast(send, known, NOW + after)
        if result.cautious_at is None:
            assert result == UNKNOWN
            return
        assert result.cautious_at >= NOW + after
        assert result.typical_at is None or result.typical_at >= result.cautious_at
        assert result.based_on >= ENOUGH
        assert result.group in similar_groups(send)

    @given(asked(), seconds)
    def test_a_scheduled_send_never_begins_before_its_time(
        self, given_: tuple[SendConfiguration, Baselines], after: timedelta
    ) -> None:
        send, known = given_
        result = forecast(replace(send, state=State.SCHEDULED), known, NOW + after)
        for at in (result.cautious_at, result.typical_at):
            assert at is None or at >= send.scheduled_at

    @given(asked(), seconds, st.integers(0, 90_000))
    def test_no_answer_comes_nearer_because_time_passes(
        self, given_: tuple[SendConfiguration, Baselines], after: timedelta, later: int
    ) -> None:
        send, known = given_
        first = forecast(send, known, NOW + after)
        second = forecast(send, known, NOW + after + timedelta(seconds=later))
        assert (first.cautious_at is None) == (second.cautious_at is None)
        if first.cautious_at is not None and second.cautious_at is not None:
            assert second.cautious_at >= first.cautious_at
        if first.typical_at is not None and second.typical_at is not None:
            assert second.typical_at >= first.typical_at
        if first.cautious_at is not None and first.typical_at is None:
            assert second.typical_at is None

    @given(sends(), seconds)
    def test_nothing_is_invented_without_history(
        self, send: SendConfiguration, after: timedelta
    ) -> None:
        assert forecast(send, Baselines(), NOW + after) == UNKNOWN

    @given(sends(), spreads(), st.integers(0, 5))
    def test_widening_falls_back_to_the_closest_group_that_has_history(
        self, send: SendConfiguration, spread: Spread, place: int
    ) -> None:
        enough = replace(spread, count=spread.count + ENOUGH)
        groups = similar_groups(send)
        known = Baselines({(span, group): enough for span in Span for group in groups[place:]})
        result = forecast(send, known, NOW)
        assert result.group == (groups[place] if awaits_generation(send) else None)

    @given(spreads(), st.floats(0, 1), st.floats(0, 1))
    def test_quantiles_rise(self, spread: Spread, low: float, high: float) -> None:
        low, high = sorted((low, high))
        assert spread.quantiles[0] <= spread.at(low) <= spread.at(high) <= spread.quantiles[-1]

    @given(spreads(), st.floats(-1, 100_001), st.floats(-1, 100_001))
    def test_shares_rise(self, spread: Spread, low: float, high: float) -> None:
        low, high = sorted((low, high))
        assert 0 <= spread.share_within(low) <= spread.share_within(high) <= 1
