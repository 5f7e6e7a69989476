"""The revision rises with each write, of any process, to data that pages show."""

from contextlib import ExitStack

import psycopg
import pytest

from core.domain.model import ConfigurationId
from core.store import revision as counting
from core.store.named_sql import named_sql
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.postgres_server import Server
from tests.sends import ME, actions, load, send


def test_every_write_raises_it_and_a_lease_or_a_heartbeat_does_not(store: SqlStore) -> None:
    seen = [store.revision]

    def rose() -> bool:
        seen.append(store.revision)
        return seen[-1] > seen[-2]

    load(store, send("s1"))
    assert rose()
    actions(store).abort(ConfigurationId("s1"), ME)
    assert rose()
    store.set_fact("kept.x", "1")
    assert rose()
    store.set_fact("beat", "1", is_shown=False)
    store.take_lease("platform", "me", 5)
    store.give_up_lease("platform", "me")
    assert not rose()


def test_a_write_in_one_dashboard_raises_the_revision_in_the_other(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.new_database()
    one, other = SqlStore(PostgresEngine(url)), SqlStore(PostgresEngine(url))
    before = other.revision
    load(one, send("s1"))
    monkeypatch.setattr(counting, "SEEN_FOR", 0.0)  # time passes
    assert other.revision == before + 1
    for store in (one, other):
        store.close()


def test_no_writer_waits_for_another_to_count(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty transactions are open at once, more than the count has rows, and each is counted."""
    url = postgres.new_database()
    store = SqlStore(PostgresEngine(url))
    monkeypatch.setattr(counting, "SEEN_FOR", 0.0)
    before = store.revision
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(psycopg.connect(url))
            connection.execute("SET lock_timeout = 100")
            connection.execute(named_sql("write")["count_write"])
        assert store.revision == before
    assert store.revision == before + 20
    store.close()


def test_one_asks_the_database_for_it_only_now_and_then(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlStore(PostgresEngine(postgres.new_database()))
    monkeypatch.setattr(counting, "SEEN_FOR", 3600.0)
    before = store.revision
    with monkeypatch.context() as away:
        away.setattr(store._engine, "rows", lambda *_: pytest.fail("asked"))
        assert store.revision == before
    load(store, send("s1"))
    assert store.revision == before + 1
    store.close()
