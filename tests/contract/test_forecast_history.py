"""The history that the store returns, on both engines: durations, amounts, possible duplicates."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.domain.lifecycle import Pace, next_step
from core.domain.load_results import ImportSummary
from core.domain.model import ConfigurationId, SendConfiguration, Source
from core.domain.states import State
from core.forecasting.baselines import (
    ENOUGH,
    Baselines,
    Group,
    Span,
    Spread,
    similar_groups,
    size_class,
)
from core.platforms import icomm
from core.store.sql_store import SqlStore
from tests.benchmarks.forecasts import finished_sends
from tests.sends import NOW, Sends, load, send

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

COUNT = 40


def gone(n: int, **facts: object) -> SendConfiguration:
    """Return a send that has gone out. Each step takes a second longer than for the send before."""
    return replace(
        send(f"g{n}", State.SENT_DONE, 7_000),
        channel="SMS",
        account="Loja",
        processing_started_at=NOW + n * SECOND,
        in_progress_at=NOW + (60 + 2 * n) * SECOND,
        generation_started_at=NOW + (120 + 3 * n) * SECOND,
        finished_at=NOW + (180 + 4 * n) * SECOND,
        **facts,  # type: ignore[arg-type]
    )


def learnt(store: SqlStore, limit: int = 1_000, until: timedelta = DAY) -> Baselines:
    return Baselines(store.measures(NOW - DAY, NOW + until, limit))


def of(known: Baselines, span: Span, group: Group) -> Spread:
    return known.spreads[span, group]


def test_spans_are_measured_between_the_moments_of_a_send(store: SqlStore) -> None:
    load(store, *(gone(n) for n in range(COUNT)))
    known = learnt(store)
    middle = (COUNT - 1) / 2
    for span, median in {
        Span.LAG: middle,
        Span.PROCESSING: 60 + middle,
        Span.WAIT: 60 + middle,
        Span.DUE_TO_BATCH: 120 + 3 * middle,
        Span.BEGUN_TO_BATCH: 120 + 2 * middle,
        Span.GENERATING: 60 + middle,
        Span.RECIPIENTS: 7_000,
    }.items():
        found = of(known, span, Group())
        assert (found.count, found.at(0.5)) == (COUNT, pytest.approx(median))
    assert of(known, Span.LAG, Group()).quantiles[0] == 0
    assert of(known, Span.LAG, Group()).quantiles[-1] == COUNT - 1


def test_the_groups_are_those_that_a_send_looks_for(store: SqlStore) -> None:
    load(store, *(gone(n) for n in range(COUNT)))
    smaller = {Group(size=less) for less in range(size_class(7_000))}
    assert {group for _, group in learnt(store).spreads} == set(similar_groups(gone(0))) - smaller


def test_groups_too_small_are_left_out_and_broader_ones_hold_their_sends(store: SqlStore) -> None:
    few = [
        replace(gone(n), id=ConfigurationId(f"f{n}"), account="Outra") for n in range(ENOUGH - 1)
    ]
    load(store, *few, *(gone(n) for n in range(COUNT)))
    known, size = learnt(store), size_class(7_000)
    assert (Span.WAIT, Group("SMS", "Outra", size)) not in known.spreads
    assert of(known, Span.WAIT, Group("SMS", "Loja", size)).count == COUNT
    assert of(known, Span.WAIT, Group("SMS", None, size)).count == COUNT + ENOUGH - 1


def test_only_the_window_and_of_it_the_latest_are_learnt_from(store: SqlStore) -> None:
    old = [
        replace(gone(n), id=ConfigurationId(f"o{n}"), scheduled_at=NOW - 2 * DAY)
        for n in range(COUNT)
    ]
    early = [
        replace(gone(n), id=ConfigurationId(f"e{n}"), scheduled_at=NOW - HOUR, account="Outra")
        for n in range(COUNT)
    ]
    load(store, *old, *early, *(gone(n) for n in range(COUNT)))
    assert of(learnt(store), Span.WAIT, Group()).count == 2 * COUNT
    latest = learnt(store, limit=COUNT)
    assert (Span.WAIT, Group("SMS", "Loja")) in latest.spreads
    assert (Span.WAIT, Group("SMS", "Outra")) not in latest.spreads
    assert learnt(store, until=-HOUR).spreads == {}


def test_what_has_not_begun_and_times_in_the_wrong_order_are_no_history(store: SqlStore) -> None:
    waiting = [send(f"w{n}", State.PROCESANDO) for n in range(COUNT)]
    wrong = [gone(n, scheduled_at=NOW + HOUR) for n in range(COUNT)]
    load(store, *waiting, *wrong)
    known = learnt(store)
    assert (Span.DUE_TO_BATCH, Group()) not in known.spreads
    assert of(known, Span.PROCESSING, Group()).count == COUNT


@pytest.mark.slow
def test_recorded_changes_are_used_for_a_send_without_reported_times(
    store: SqlStore,
) -> None:
    load(store, *(send(f"s{n}") for n in range(ENOUGH)))
    now = NOW
    for _ in range(60):
        now += 10 * SECOND
        steps = [next_step(c, now, Pace(), icomm.PLATFORM) for c in store.due_to_move(now, 100)]
        store.advance([s for s in steps if s is not None], Source.SIMULATOR, "t")
    kept = learnt(store)
    forget_times(store)
    assert learnt(store).spreads[Span.LAG, Group()].at(0.5) == pytest.approx(10)
    for span in (Span.LAG, Span.PROCESSING, Span.WAIT, Span.DUE_TO_BATCH, Span.BEGUN_TO_BATCH):
        assert of(learnt(store), span, Group()) == of(kept, span, Group())


def forget_times(store: SqlStore) -> None:
    """Remove from each send the times that some sources do not report."""
    with store._engine.transaction() as tx:
        tx.change(
            "UPDATE configurations SET processing_started_at = NULL, in_progress_at = NULL,"
            " generation_started_at = NULL"
        )


def feed(store: SqlStore, after: timedelta, sends: Sequence[SendConfiguration]) -> None:
    at = NOW + after
    newer = [replace(c, updated_at=at) for c in sends]
    store.load(ImportSummary(id=f"{at}", name="f", loaded_at=at, actor="t"), Sends(newer))


def test_generation_counts_from_the_feed_before_the_one_that_shows_it(
    store: SqlStore,
) -> None:
    sends = [send(f"s{n}") for n in range(ENOUGH)]
    feed(store, -MINUTE, sends)
    feed(store, 4 * MINUTE, [replace(c, state=State.PROCESANDO) for c in sends])
    feed(store, 9 * MINUTE, [replace(c, state=State.IN_PROGRESS) for c in sends])
    feed(
        store,
        14 * MINUTE,
        [replace(c, state=State.IN_PROGRESS, generated_records=5_000) for c in sends],
    )
    known = learnt(store)
    assert of(known, Span.DUE_TO_BATCH, Group()).at(0.5) == pytest.approx(9 * 60)
    assert of(known, Span.LAG, Group()).at(0.5) == pytest.approx(4 * 60)


def test_when_a_send_came_already_generated_its_loading_is_no_start(store: SqlStore) -> None:
    feed(store, MINUTE, [send(f"s{n}", State.IN_PROGRESS, 5_000) for n in range(ENOUGH)])
    feed(store, 2 * MINUTE, [send(f"s{n}", State.SENT_DONE, 7_000) for n in range(ENOUGH)])
    assert (Span.DUE_TO_BATCH, Group()) not in learnt(store).spreads


@pytest.mark.slow
def test_over_the_sample_both_ways_of_learning_find_every_span(store: SqlStore) -> None:
    sends = finished_sends()
    load(store, *sends)
    last = max(c.scheduled_at for c in sends)
    known = Baselines(store.measures(last - 60 * DAY, last, 50_000))
    assert {span for span, group in known.spreads if group == Group()} == set(Span)
    assert len({group for _, group in known.spreads}) > 50


# Amounts and possible duplicates


def hour(n: int) -> datetime:
    return NOW + n * HOUR


def test_hours_of_the_windows_are_summed_up_without_what_was_stopped(store: SqlStore) -> None:
    load(
        store,
        replace(send("a", State.SENT_DONE, 7_000), scheduled_at=hour(0) + MINUTE),
        replace(send("b", State.SENT_DONE, 7_000), scheduled_at=hour(0) + 59 * MINUTE),
        replace(send("c", State.CANCELLED), scheduled_at=hour(0)),
        replace(send("d", State.DRAFT), scheduled_at=hour(0)),
        replace(send("e"), scheduled_at=hour(1)),
        replace(send("f"), scheduled_at=hour(2)),
        replace(send("g"), scheduled_at=hour(5)),
    )
    windows = [(hour(0), hour(2)), (hour(5), hour(6))]
    assert store.hourly_totals(windows) == {hour(0): 14_000, hour(1): 7_000, hour(5): 7_000}


def twin(id: str, state: State = State.SCHEDULED, **facts: object) -> SendConfiguration:
    same: dict[str, object] = {"name": "Oferta", "account": "Loja", "audience": "Todos"}
    return replace(send(id, state), **same | facts)  # type: ignore[arg-type]


def test_possible_duplicates_share_name_account_and_audience_within_a_day(store: SqlStore) -> None:
    asked = twin("a")
    near = twin("near", scheduled_at=NOW - DAY + SECOND)
    sent = twin("sent", State.SENT_DONE, scheduled_at=NOW + DAY - SECOND)
    load(
        store,
        asked,
        near,
        sent,
        twin("far", scheduled_at=NOW + DAY),
        twin("name", name="Outra"),
        twin("account", account="Outra"),
        twin("audience", audience="Outra"),
        twin("stopped", State.CANCELLED),
        twin("draft", State.DRAFT),
    )
    wanted = {"a": [("near", near.scheduled_at), ("sent", sent.scheduled_at)]}
    assert store.possible_duplicates([asked]) == wanted
    assert set(store.possible_duplicates([asked, near, twin("absent", name="Nada")])) == {
        "a",
        "near",
    }
    assert store.possible_duplicates([]) == {}
