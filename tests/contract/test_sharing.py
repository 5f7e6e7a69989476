"""Leases between dashboards, and moving data from one engine to the other and back."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from core.domain.list_query import ListQuery
from core.domain.model import ConfigurationId
from core.domain.states import State
from core.errors import ConflictError, StoreError
from core.infrastructure.lease import LIFE, Lease
from core.operations.move import MovingError, Sum, move
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.engine import Engine
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.postgres_server import Server
from tests.sends import ME, actions, load, send

pytestmark = pytest.mark.slow


def expire(store: SqlStore) -> None:
    with store._engine.transaction() as tx:
        tx.rows("UPDATE leases SET until = now() - INTERVAL '1 second'")


def test_a_lease_has_one_holder_until_it_is_given_up(store: SqlStore) -> None:
    one, other = Lease(store, "platform"), Lease(store, "platform")
    assert one.is_held()
    assert not other.is_held()
    one.give_up()
    assert other.is_held()
    assert not one.is_held()


def test_a_lease_that_ran_out_is_taken_over_and_the_old_holder_finds_out(store: SqlStore) -> None:
    now = 0.0
    one, other = Lease(store, "platform", lambda: now), Lease(store, "platform", lambda: now)
    assert one.is_held()
    expire(store)
    assert other.is_held()
    now += LIFE
    assert not one.is_held()
    assert other.is_held()


def test_giving_up_what_one_does_not_hold_changes_nothing(store: SqlStore) -> None:
    one, other = Lease(store, "platform"), Lease(store, "platform")
    assert one.is_held()
    other.give_up()
    assert not other.is_held()


def filled(engine: Engine) -> SqlStore:
    store = SqlStore(engine)
    load(store, *(send(f"s{n}", State.SCHEDULED) for n in range(300)))
    for n in range(40):
        actions(store).abort(ConfigurationId(f"s{n}"), ME, note="olá, “ñ” \\ \t \n ☂")
    actions(store).abort(ConfigurationId("s0"), ME)
    load(store, send("x", State.SENT_DONE, None))
    return store


def test_a_store_is_moved_to_postgresql_and_back_whole(tmp_path: Path, postgres: Server) -> None:
    there, back = postgres.new_database(), DuckDBEngine(tmp_path / "back.duckdb")
    source = filled(DuckDBEngine(tmp_path / "from.duckdb"))
    target = PostgresEngine(there)
    sums = move(source._engine, target)
    assert sums["configurations"].rows == 301
    assert sums["receipts"].rows == 40
    assert move(target, back) == sums
    one, two = SqlStore(target), SqlStore(back)
    for store in (one, two):
        for n in (0, 41, 299):
            id = ConfigurationId(f"s{n}")
            assert store.configuration(id) == source.configuration(id)
            assert store.receipts_of(id) == source.receipts_of(id)
            assert store.history(id, 9) == source.history(id, 9)
        assert actions(store).abort(ConfigurationId("s100"), ME).accepted
        store.close()
    source.close()


def test_a_target_that_is_not_empty_is_refused_and_left_alone(engine: Engine) -> None:
    source, target = filled(DuckDBEngine(MEMORY)), SqlStore(engine)
    load(target, send("mine", State.SCHEDULED))
    with pytest.raises(MovingError, match="is not empty: it has 1 rows in"):
        move(source._engine, engine)
    assert target.page(ListQuery()).total == 1
    target.close()


def test_what_does_not_arrive_whole_is_not_moved(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = filled(DuckDBEngine(MEMORY))
    with monkeypatch.context() as patch:
        patch.setattr(Sum, "with_rows", lambda self, rows: Sum(self.rows + 1, id(rows)))
        with pytest.raises(MovingError, match="Nothing was moved"):
            move(source._engine, engine)
    target = SqlStore(engine)
    assert target.page(ListQuery()).total == 0
    target.close()


def test_an_unlikely_failure_of_the_target_leaves_it_as_it_was(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = filled(DuckDBEngine(MEMORY))

    def broken(*_: object) -> None:
        raise StoreError("the line went", "Wait.")

    with engine.transaction() as tx:
        kind = type(tx)
    monkeypatch.setattr(kind, "stream", broken)
    with pytest.raises(StoreError, match="the line went"):
        move(source._engine, engine)
    assert SqlStore(engine).page(ListQuery()).total == 0
    engine.close()


@pytest.mark.parametrize("made", ["TYPE twice AS ENUM ()", "TABLE twice (a INTEGER)"])
def test_making_what_another_dashboard_made_first_is_a_conflict(
    postgres: Server, made: str
) -> None:
    engine = PostgresEngine(postgres.new_database())
    with engine.transaction() as tx:
        tx.rows(f"CREATE {made}")
    with pytest.raises(ConflictError), engine.transaction() as tx:
        tx.rows(f"CREATE {made}")
    engine.close()


def test_dashboards_that_start_together_on_an_empty_server_all_open(postgres: Server) -> None:
    for _ in range(5):
        url = postgres.new_database()
        together = Barrier(4)

        def start(url: str = url, together: Barrier = together) -> int:
            together.wait()
            store = SqlStore(PostgresEngine(url))
            store.close()
            return 1

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(lambda _, start=start: start(), range(4))) == 4
