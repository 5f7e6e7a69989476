"""Sends without a time, and sends whose recipients are not reported, on both engines."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.bulk_abort import BulkOutcome, BulkTotals
from core.domain.list_query import ListQuery, ListTotal, Sort, StoppedCounts
from core.domain.model import Actor, Role, SendConfiguration
from core.domain.states import Generation, Outlook, State
from core.services.bulk_limits import BulkLimitError, BulkLimits
from core.services.forecasts import Forecasts
from core.services.queries import Queries
from core.services.shared_cache import SharedCache
from core.store.engine import Engine
from core.store.schema import migrate, migrations
from core.store.sql_store import SqlStore
from tests.daily_counts_check import is_true
from tests.sends import ME, NOW, actions, bulk_aborts, load, send

pytestmark = pytest.mark.slow


def untimed(id: str, state: State = State.DRAFT) -> SendConfiguration:
    return replace(send(id, state), scheduled_at=None)


def unsized(id: str, state: State = State.SCHEDULED) -> SendConfiguration:
    return replace(send(id, state), total_records=None)


def later(one: SendConfiguration, hours: int) -> SendConfiguration:
    return replace(one, scheduled_at=NOW + timedelta(hours=hours))


@pytest.fixture
def full(store: SqlStore) -> SqlStore:
    """Return a store with two sends without a time and two of unknown size."""
    load(
        store,
        *(untimed("draft"), untimed("paused", State.PAUSED)),
        *(later(unsized("unknown"), 2), later(unsized("over", State.SENT_DONE), -200)),
        *(later(send("soon", total=3), 1), later(send("late", total=5), 90)),
    )
    return store


def ids(store: SqlStore, **query: object) -> list[str]:
    return [row.id for row in store.page(ListQuery(**query)).rows]  # type: ignore[arg-type]


def queries(store: SqlStore) -> Queries:
    cache = SharedCache(lambda: store.revision)
    return Queries(store, lambda: NOW, cache, Forecasts(store, lambda: NOW, cache))


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.NEWEST, ["late", "unknown", "soon", "over", "draft", "paused"]),
        (Sort.OLDEST, ["over", "soon", "unknown", "late", "draft", "paused"]),
        (Sort.CLOSING, ["soon", "unknown", "late", "over", "draft", "paused"]),
        (Sort.CLOSING_LAST, ["late", "unknown", "soon", "over", "draft", "paused"]),
        (Sort.RECIPIENTS, ["draft", "paused", "late", "soon", "over", "unknown"]),
        (Sort.FEWEST, ["soon", "late", "draft", "paused", "over", "unknown"]),
    ],
)
def test_values_that_are_not_reported_are_last_in_every_order(
    full: SqlStore, sort: Sort, expected: list[str]
) -> None:
    assert ids(full, sort=sort) == expected
    assert ids(full, sort=sort, text="promocao") == expected
    assert [row.id for row in queries(full).page(ListQuery(sort=sort)).rows] == expected


@pytest.mark.parametrize("text", ["", "promocao"])
def test_every_page_has_the_rows_that_come_next(store: SqlStore, text: str) -> None:
    load(store, *(later(send(f"t{n:02}"), n) for n in range(20)))
    load(store, *(untimed(f"u{n:02}") for n in range(40)))
    for sort in (Sort.NEWEST, Sort.OLDEST, Sort.CLOSING, Sort.CLOSING_LAST):
        found = [id for page in (1, 2, 3) for id in ids(store, sort=sort, page=page, text=text)]
        assert found[20:] == [f"u{n:02}" for n in range(40)]
        assert len(set(found)) == 60


def test_a_send_without_a_time_is_in_no_range_and_on_no_day(full: SqlStore) -> None:
    year = timedelta(days=365)
    bounds = {"since": NOW - year, "until": NOW + year}
    assert {"draft", "paused"}.isdisjoint(ids(full, **bounds))
    assert {"draft", "paused"}.isdisjoint(ids(full, since=NOW - year))
    assert {"draft", "paused"}.isdisjoint(ids(full, until=NOW + year))
    assert {"draft", "paused"}.isdisjoint(ids(full, since=NOW - year, looks_ahead=True))
    assert ids(full, state=State.DRAFT) == ["draft"]
    assert sum(v.configurations for v in full.volume(NOW - year, NOW + year)) == 4
    assert sum(n.configurations for n in full.state_counts(ListQuery())) == 6
    assert ids(full, ids=("draft", "soon"), sort=Sort.OLDEST) == ["soon", "draft"]
    assert is_true(full)


def test_sums_say_how_many_sends_they_leave_out(full: SqlStore) -> None:
    asks = queries(full)
    assert asks.total(ListQuery()) == ListTotal(6, 14_008, 2)
    assert asks.total(ListQuery(text="unknown")) == ListTotal(1, 0, 1)
    assert asks.total(ListQuery(until=NOW)) == ListTotal(1, 0, 1)
    (hour,) = full.volume(NOW + timedelta(hours=2), NOW + timedelta(hours=3))
    assert (hour.configurations, hour.recipients, hour.unsized) == (1, 0, 1)


def test_there_is_no_forecast_and_no_flag_without_a_number_of_recipients(full: SqlStore) -> None:
    rows = full.page(ListQuery()).rows
    asks = queries(full)
    assert {
        id for id, found in asks.forecasting.forecasts(rows, NOW).items() if found.cautious_at
    } == set()
    assert full.measures(NOW - timedelta(days=400), NOW, 100) == {}
    assert full.hourly_totals([(NOW - timedelta(days=9), NOW)]) == {
        later(send("over"), -200).scheduled_at.replace(minute=0): 0  # type: ignore[union-attr]
    }
    closing = full.closing(NOW, 10)
    assert [each.id for each in closing] == ["soon", "unknown", "late"]


def test_an_abort_of_a_send_of_unknown_size_spares_an_unknown_number(full: SqlStore) -> None:
    done = actions(full).abort(unsized("unknown").id, ME)
    assert done.accepted
    (receipt,) = full.receipts_of(unsized("unknown").id)
    assert (receipt.total_records, receipt.spared, receipt.gone) == (None, None, None)
    assert full.stopped_since(NOW) == StoppedCounts(confirmed=1, spared=0, unsized=1)
    assert is_true(full)


def test_a_draft_and_a_paused_send_without_a_time_are_refused_like_others(full: SqlStore) -> None:
    for id in ("draft", "paused"):
        assert not actions(full).abort(send(id).id, ME).accepted


def test_a_bulk_abort_counts_sends_of_unknown_size_separately(full: SqlStore) -> None:
    bulk = bulk_aborts(full)
    found = [send(id).id for id in ("unknown", "soon", "draft")]
    plan = bulk.plan(found, ME)
    assert (plan.count, plan.recipients, plan.unsized) == (2, 3, 1)
    batch = bulk.start(found, ME)
    bulk.run_pending()
    progress = bulk.progress(batch, ME)
    assert progress.totals == BulkTotals(spared=3, unknown=7_000, unsized=1)
    assert progress.counts[BulkOutcome.STOPPED] == 2
    assert progress.counts[BulkOutcome.NOT_STOPPABLE] == 1


def test_sends_of_unknown_size_do_not_pass_a_limit_on_recipients(full: SqlStore) -> None:
    limits = BulkLimits(None, 1_000_000, 1_000_000)
    bulk = bulk_aborts(full, limits=limits)
    found = [send(id).id for id in ("unknown", "soon")]
    assert bulk.limits.of(ME).needs_typing(1, 0, unsized=1)
    with pytest.raises(BulkLimitError, match="1 of these sends have an unknown number"):
        bulk.start(found, ME)
    assert full.configuration(send("soon").id).state is State.SCHEDULED  # type: ignore[union-attr]
    bulk.start(found, Actor("boss", Role.ADMINISTRATOR))


def test_a_send_that_becomes_of_unknown_size_meanwhile_is_left_as_it_is(full: SqlStore) -> None:
    bulk = bulk_aborts(full, limits=BulkLimits(None, 1_000_000, None))
    batch = bulk.start([send("soon").id, send("late").id], ME)
    with full._engine.transaction() as tx:
        tx.change("UPDATE configurations SET total_records = NULL WHERE id = 'soon'")
    bulk.run_pending()
    outcomes = {each.configuration_id: each.outcome for each in bulk.sends(batch, ME).rows}
    assert outcomes == {"soon": BulkOutcome.NOT_ALLOWED, "late": BulkOutcome.STOPPED}


def test_an_abort_of_a_send_without_a_time_is_written(store: SqlStore) -> None:
    # On some platforms, a paused send can be aborted.
    load(store, untimed("a", State.SCHEDULED), send("b"))
    batch = bulk_aborts(store).start([send("a").id, send("b").id], ME)
    bulk_aborts(store).run_pending()
    progress = bulk_aborts(store).progress(batch, ME)
    assert progress.counts == {BulkOutcome.STOPPED: 2}
    assert is_true(store)


def test_a_send_gets_and_loses_its_time(store: SqlStore) -> None:
    load(store, untimed("a"))
    load(store, replace(untimed("a"), scheduled_at=NOW))
    assert ids(store, since=NOW) == ["a"]
    load(store, untimed("a"))
    assert ids(store, since=NOW) == []
    assert is_true(store)
    store.tidy()
    assert [(c.state, c.outlook, c.configurations) for c in store.state_counts(ListQuery())] == [
        (State.DRAFT, Outlook.NOT_RUNNING, 1)
    ]
    assert store.configuration(send("a").id).generation is Generation.NOT_STARTED  # type: ignore[union-attr]


def test_an_existing_database_keeps_its_data_and_accepts_missing_values(
    empty_engine: Engine,
) -> None:
    migrate(empty_engine, [step for step in migrations(empty_engine.name) if step[0] < 23])
    kept = dict.fromkeys(("campaign", "channel", "account", "audience", "created_by"), "''")
    kept |= {"id": "'a'", "name": "'a'", "state": "'SCHEDULED'", "raw_state": "''", "version": "1"}
    kept |= {"total_records": "7000", "generated_records": "0", "search_text": "'a'"}
    kept |= {"scheduled_at": "TIMESTAMPTZ '2026-11-23 12:00:00+00'"}
    with empty_engine.transaction() as tx:
        tx.change(
            f"INSERT INTO configurations ({', '.join(kept)}) VALUES ({', '.join(kept.values())})"
        )
        tx.change(
            "INSERT INTO daily_counts (day, account, channel, state, generation, configurations, "
            "recipients) VALUES (20780, '', '', 'SCHEDULED', 'not_started', 1, 7000)"
        )
        tx.change("INSERT INTO receipt_news VALUES ('r', 'confirmed', now())")
    store = SqlStore(empty_engine)
    load(store, untimed("draft"), later(unsized("unknown"), 1))
    assert ids(store, sort=Sort.OLDEST) == ["a", "unknown", "draft"]
    assert queries(store).total(ListQuery()) == ListTotal(3, 14_000, 1)
    assert actions(store).abort(send("a").id, ME).accepted
    assert is_true(store)
    store.close()
