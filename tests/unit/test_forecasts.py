"""History is read rarely, and the sends that close soonest are found."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.domain.freshness import Freshness
from core.domain.list_query import ListQuery, Sort
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import Outlook, State
from core.forecasting.baselines import Baselines
from core.forecasting.flags import PossibleDuplicate, UnusuallyLarge
from core.services.closing_soonest import closing_soonest, top_of_list
from core.services.forecasts import KEEP_TWINS, KEEP_USUAL, LEARN_EVERY, Forecasts
from core.services.queries import Queries
from core.services.shared_cache import SharedCache
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.engine import Params, Row
from core.store.sql_store import SqlStore
from tests.sends import NOW, clear, load, send

pytestmark = pytest.mark.slow

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
FRESH = Freshness(NOW, NOW, HOUR)


class Counting(SqlStore):
    """A store that counts the reads of its history."""

    def __init__(self, engine: DuckDBEngine) -> None:
        super().__init__(engine)
        self.asked = 0
        for name in ("measures", "hourly_totals", "possible_duplicates"):
            setattr(self, name, self._counted(getattr(self, name)))

    def _counted(self, read: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any) -> Any:
            self.asked += 1
            return read(*given)

        return counted


def foreseeing(store: SqlStore, clock: Callable[[], datetime], **more: Any) -> Forecasts:
    return Forecasts(store, clock, SharedCache(lambda: store.revision), **more)


def closing(store: SqlStore, limit: int) -> list[SendConfiguration]:
    forecasts = foreseeing(store, Clock())
    return list(closing_soonest(forecasts, limit, None, NOW))


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def store() -> Iterator[Counting]:
    made = Counting(DuckDBEngine(MEMORY))
    yield made
    made.close()


def gone(n: int, total: int, wait: timedelta, **facts: object) -> SendConfiguration:
    begun = NOW - 10 * HOUR
    return replace(
        send(f"{total}-{n}", State.SENT_DONE, total, total),
        scheduled_at=begun,
        processing_started_at=begun,
        in_progress_at=begun + wait,
        generation_started_at=begun + wait,
        finished_at=begun + wait + MINUTE,
        **facts,  # type: ignore[arg-type]
    )


def ahead(id: str, minutes: float, total: int) -> SendConfiguration:
    return replace(send(id, total=total), scheduled_at=NOW + minutes * MINUTE)


def small_are_quick(store: SqlStore) -> None:
    load(
        store,
        *(gone(n, 1_000, MINUTE) for n in range(30)),
        *(gone(n, 900_000, HOUR) for n in range(30)),
    )


# Learning


def test_baselines_are_learnt_once_and_again_only_after_a_while(store: Counting) -> None:
    small_are_quick(store)
    clock = Clock()
    forecasting = foreseeing(store, clock)
    assert forecasting.baselines().spreads
    once = store.asked
    for _ in range(3):
        forecasting.baselines()
        forecasting.learn()
        load(store, ahead("x", 1, 9))
    assert store.asked == once
    clock.now += LEARN_EVERY
    forecasting.learn()
    assert store.asked == 2 * once


def test_what_knows_nothing_learns_from_the_first_feed_at_once(store: Counting) -> None:
    forecasting = foreseeing(store, Clock())
    assert forecasting.baselines() == Baselines()
    once = store.asked
    forecasting.learn()
    assert store.asked == once
    small_are_quick(store)
    assert forecasting.learn().spreads


def test_what_was_learnt_from_others_data_says_nothing(store: Counting) -> None:
    small_are_quick(store)
    origin = ["demo"]
    forecasting = foreseeing(store, Clock(), origin=lambda: origin[0])
    assert forecasting.baselines().spreads
    clear(store)
    origin[0] = "feed"
    assert forecasting.baselines() == Baselines()


def test_while_it_learns_from_new_data_nothing_is_unusual_by_the_old_data(
    store: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_are_quick(store)
    load(store, ahead("large", 1, 90_000_000))
    origin = ["demo"]
    forecasting = foreseeing(store, Clock(), origin=lambda: origin[0])
    assert [each.id for each in forecasting.unusual_sends(NOW, None).large] == ["large"]
    clear(store)
    load(store, ahead("large", 1, 90_000_000))
    origin[0] = "feed"
    found = []

    def meanwhile(*_: object) -> dict[object, object]:
        found.append(forecasting.unusual_sends(NOW, None).large)
        return {}

    monkeypatch.setattr(store, "measures", meanwhile)
    forecasting.learn()
    assert found
    assert not any(found)


def test_a_busy_day_is_past_enough(store: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.services.forecasts.MAX_LEARNT_FROM", 30)
    small_are_quick(store)
    assert foreseeing(store, Clock()).learn().spreads
    assert store.asked == 1


# What closes soonest


def test_a_small_send_that_is_due_later_can_close_before_a_large_one(store: Counting) -> None:
    small_are_quick(store)
    load(store, ahead("large", 1, 900_000), ahead("small", 30, 1_000), ahead("last", 60, 1_000))
    found = closing(store, 3)
    assert [c.id for c in found] == ["small", "large", "last"]


def test_small_sends_are_found_behind_however_many_large_ones(store: Counting) -> None:
    small_are_quick(store)
    large = [ahead(f"large{n}", n / 10, 900_000) for n in range(100)]
    load(store, *large, ahead("small", 30, 1_000))
    assert [c.id for c in closing(store, 1)] == ["small"]


def test_without_history_they_come_by_their_scheduled_time(store: Counting) -> None:
    load(store, ahead("b", 2, 9), ahead("a", 1, 900_000), ahead("c", 3, 9))
    assert [c.id for c in closing(store, 2)] == ["a", "b"]


def test_what_has_waited_longest_comes_after_what_may_begin_any_moment(store: Counting) -> None:
    small_are_quick(store)
    load(store, ahead("forgotten", -900, 1_000), ahead("due", -0.95, 1_000))
    found = closing(store, 2)
    assert [c.id for c in found] == ["due", "forgotten"]


def test_what_is_overdue_for_a_day_is_long_overdue_and_does_not_close_first(
    store: SqlStore,
) -> None:
    load(store, ahead("long", -1440, 9), ahead("overdue", -1439, 9), ahead("next", 1, 9))
    assert [c.id for c in closing(store, 3)] == ["overdue", "next"]
    forecasts = foreseeing(store, Clock())
    query = ListQuery()
    head = top_of_list(forecasts, query, 9, tuple(store.state_counts(query)), NOW)
    assert [c.id for c in head.rows] == ["overdue", "next", "long"]
    query = ListQuery(sort=Sort.CLOSING_LAST)
    head = top_of_list(forecasts, query, 9, tuple(store.state_counts(query)), NOW)
    assert [c.id for c in head.rows] == ["next", "overdue", "long"]


# What may have begun since the last report


def uncertain(store: Counting) -> set[str]:
    """Return the sends that may have begun. Their counts equal their list."""
    cache = SharedCache(lambda: store.revision)
    queries = Queries(store, Clock(), cache, Forecasts(store, Clock(), cache))
    begun = queries.may_have_begun(Freshness(NOW - 2 * MINUTE, NOW, HOUR))
    found: dict[Outlook, set[str]] = {}
    for each in (Outlook.UNCERTAIN, Outlook.STOPPABLE):
        query = ListQuery(outlooks=(each,), begun=begun, page_size=100)
        pages = range(1, queries.page(query).pages + 1)
        rows = [c for n in pages for c in queries.page(replace(query, page=n)).rows]
        found[each] = {c.id for c in rows}
        assert queries.total(query).configurations == len(rows) == len(found[each])
    return found[Outlook.UNCERTAIN]


def test_each_overdue_send_may_have_begun_however_many_there_are(store: Counting) -> None:
    overdue = [ahead(f"s{n:03}", -n, 9) for n in range(1, 301)]
    load(store, *overdue, ahead("next", 1, 9))
    assert uncertain(store) == {c.id for c in overdue}


def test_an_overdue_send_that_begins_later_by_its_forecast_has_not_begun(store: Counting) -> None:
    small_are_quick(store)
    load(store, *(ahead(f"{size}", -at, size) for at, size in ((9, 900_000), (5, 1_000))))
    assert uncertain(store) == {"1000"}
    load(store, ahead("later", -3, 800_000))
    assert uncertain(store) == {"1000"}


def test_of_more_overdue_sends_than_are_checked_the_earlier_ones_may_have_begun(
    store: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_are_quick(store)
    monkeypatch.setattr("core.services.closing_soonest.MAX_PAST", 2)
    load(store, *(ahead(f"large{n}", -n, 900_000) for n in range(1, 5)))
    assert uncertain(store) == {"large3", "large4"}


def listing(store: Counting, **asked: object) -> list[list[str]]:
    """Return the ids on the pages of the list in order of what closes soonest."""
    answers = SharedCache(lambda: store.revision)
    queries = Queries(store, Clock(), answers, Forecasts(store, Clock(), answers))
    query = ListQuery(state=State.SCHEDULED, **asked)  # type: ignore[arg-type]
    pages = queries.page(query).pages
    found = [queries.page(replace(query, page=page)).rows for page in range(1, pages + 1)]
    return [[c.id for c in rows] for rows in found]


def test_the_list_puts_what_may_begin_soonest_first_on_whichever_page_it_is(
    store: Counting,
) -> None:
    small_are_quick(store)
    large = [ahead(f"large{n:03}", n / 10, 900_000) for n in range(130)]
    load(store, *large, ahead("small", 14, 1_000))
    for size in (25, 50, 100):
        pages = listing(store, page_size=size)
        assert pages[0][0] == "small"
        ids = [id for page in pages for id in page]
        assert ids[1:] == [c.id for c in large]


def test_the_list_can_begin_with_what_has_the_most_time_left(store: Counting) -> None:
    small_are_quick(store)
    large = [ahead(f"large{n:03}", n / 10, 900_000) for n in range(130)]
    load(store, *large, ahead("small", 14, 1_000))
    ids = [id for page in listing(store, sort=Sort.CLOSING_LAST) for id in page]
    assert ids == [*(c.id for c in reversed(large)), "small"]


def test_no_send_is_twice_in_a_list_longer_than_its_ordered_top_or_missing(
    store: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.services.queries.MAX_TOP", 100)
    small_are_quick(store)
    sends = [ahead(f"s{n:03}", n / 10, 1_000 if n % 3 else 900_000) for n in range(260)]
    load(store, *sends)
    ids = [id for page in listing(store, page_size=25) for id in page]
    assert sorted(ids) == [c.id for c in sends]
    assert ids[:100] != sorted(ids[:100])
    assert ids[100:] == sorted(ids[100:])


@pytest.mark.parametrize(("text", "page"), [("", 1), ("", 2), ("", 999), ("s07", 1)])
def test_for_a_page_of_the_list_the_store_is_asked_for_its_rows_once(
    store: Counting, monkeypatch: pytest.MonkeyPatch, text: str, page: int
) -> None:
    load(store, *(ahead(f"s{n:02}", n, 1_000) for n in range(40)))
    answers = SharedCache(lambda: store.revision)
    forecasting = Forecasts(store, Clock(), answers)
    forecasting.learn()
    asked, rows = list[str](), store._engine.rows

    def noted(sql: str, params: Params | None = None) -> list[Row]:
        asked.append(sql)
        return rows(sql, params)

    monkeypatch.setattr(store._engine, "rows", noted)
    found = Queries(store, Clock(), answers, forecasting).page(ListQuery(page=page, text=text))
    assert len(found.rows) == (1 if text else 25 if page == 1 else 15)
    assert found.query.page == min(page, 2)
    assert sum(" OFFSET " in sql for sql in asked) == 1
    assert text or len(asked) == len(set(asked))


def test_what_closes_soonest_is_worked_out_once_however_many_look(store: Counting) -> None:
    clock, answers = Clock(), SharedCache(lambda: store.revision)
    load(store, *(ahead(f"s{n}", n, 1_000) for n in range(40)))
    queries = Queries(store, clock, answers, Forecasts(store, clock, answers))

    def look() -> None:
        # Each run of a page does the same, because the result depends on the reader.
        seen = replace(queries, visible=None)
        seen.page(ListQuery())
        seen.page(ListQuery(page=2))
        seen.overview(NOW)

    look()
    asked = answers._shared.cache_info().misses
    for _ in range(5):
        look()
    assert answers._shared.cache_info().misses == asked
    clock.now += timedelta(seconds=5)
    look()
    assert answers._shared.cache_info().misses > asked


# Flags


def test_sends_on_their_way_are_flagged_with_the_reason(store: Counting) -> None:
    load(store, *(gone(n, 1_000, MINUTE) for n in range(60)))
    usual, huge = ahead("usual", 5, 1_000), ahead("huge", 5, 9_000_000)
    again = replace(huge, id=ConfigurationId("again"), total_records=1_000)
    load(store, usual, huge, again)
    found = foreseeing(store, Clock()).flags([usual, huge, again], FRESH)
    assert [type(flag) for flag in found[huge.id]] == [UnusuallyLarge, PossibleDuplicate]
    assert found[again.id] == [PossibleDuplicate(huge.id, huge.scheduled_at)]
    assert usual.id not in found


def test_what_has_gone_out_is_not_flagged_and_nothing_is_asked_for_it(store: Counting) -> None:
    sends = [gone(n, 1_000, MINUTE) for n in range(60)]
    load(store, *sends)
    forecasting = foreseeing(store, Clock())
    forecasting.learn()
    before = store.asked
    assert forecasting.flags(sends, FRESH) == {}
    assert store.asked == before


def test_a_send_without_newer_reports_is_not_called_stuck(store: Counting) -> None:
    small_are_quick(store)
    late = ahead("late", -60, 1_000)
    load(store, late)
    assert list(foreseeing(store, Clock()).flags([late], FRESH).values())
    assert foreseeing(store, Clock()).flags([late], replace(FRESH, at=NOW - 60 * MINUTE)) == {}
    assert foreseeing(store, Clock()).flags([late], replace(FRESH, at=None)) == {}


def test_a_question_that_was_just_answered_is_not_asked_again(store: Counting) -> None:
    one, clock = ahead("one", 5, 1_000), Clock()
    load(
        store,
        one,
        *(replace(gone(n, 9, MINUTE), scheduled_at=NOW - n * 7 * 24 * HOUR) for n in range(9)),
    )
    forecasting = foreseeing(store, clock)
    forecasting.learn()
    for question, kept in (
        (lambda: forecasting.flags([one], replace(FRESH, now=clock())), KEEP_TWINS),
        (lambda: forecasting.usual_volume(NOW, NOW + HOUR, clock()), KEEP_USUAL),
    ):
        before, first = store.asked, question()
        assert question() == first
        assert store.asked == before + 1
        clock.now += kept + SECOND
        question()
        assert store.asked == before + 2


def test_the_usual_amount_comes_from_the_same_hour_of_the_weeks_before(store: Counting) -> None:
    week = timedelta(days=7)
    load(
        store,
        *(
            replace(send(f"w{n}", State.SENT_DONE, 1, n * 1_000), scheduled_at=NOW - n * week)
            for n in range(1, 6)
        ),
        replace(send("other", State.SENT_DONE, 1, 99_000), scheduled_at=NOW - week - HOUR),
    )
    (usual,) = foreseeing(store, Clock()).usual_volume(NOW, NOW + HOUR, NOW)
    assert (usual.hour, usual.low, usual.median, usual.high) == (NOW, 2_000, 3_000, 4_000)


def test_what_is_usual_in_the_demo_is_not_called_usual_for_a_file(store: Counting) -> None:
    origin = ["demo"]
    forecasting = foreseeing(store, Clock(), origin=lambda: origin[0])
    assert forecasting.usual_volume(NOW, NOW + HOUR, NOW) == forecasting.usual_volume(
        NOW, NOW + HOUR, NOW
    )
    assert store.asked == 1
    origin[0] = "feed"
    forecasting.usual_volume(NOW, NOW + HOUR, NOW)
    assert store.asked == 2
