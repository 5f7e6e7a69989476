"""Every dashboard of a store knows the ended logins for as long as a cookie is valid."""

import time
from datetime import datetime, timedelta

import pytest

from core.errors import StoreError
from core.services.ended_logins import KEPT, EndedLogins
from core.services.shared_cache import SharedCache
from core.store.engine import Engine
from core.store.postgres.engine import PostgresEngine
from core.store.revision import SEEN_FOR
from core.store.sql_store import SqlStore
from tests.postgres_server import Server
from tests.sends import NOW, clear, load, send


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def logins(store: SqlStore, clock: Clock | None = None) -> EndedLogins:
    return EndedLogins(store, clock or Clock(), SharedCache(lambda: store.revision))


def test_a_login_that_was_ended_stays_so(store: SqlStore, engine: Engine) -> None:
    known = logins(store)
    assert not known.has_ended("a")
    known.end("a")
    known.end("a")
    assert known.has_ended("a")
    assert not known.has_ended("b")
    # Also after a restart, and after the demo data is deleted.
    clear(store)
    load(store, send("x"))
    assert logins(SqlStore(engine)).has_ended("a")


def test_another_dashboard_knows_it_within_a_moment(postgres: Server) -> None:
    url = postgres.new_database()
    one, two = SqlStore(PostgresEngine(url)), SqlStore(PostgresEngine(url))
    here, there = logins(one), logins(two)
    assert not there.has_ended("a")
    here.end("a")
    time.sleep(SEEN_FOR)
    assert there.has_ended("a")
    one.close()
    two.close()


def test_what_no_cookie_can_be_left_of_is_forgotten(store: SqlStore) -> None:
    clock = Clock()
    known = logins(store, clock)
    known.end("old")
    clock.now += KEPT + timedelta(seconds=1)
    known.end("new")
    assert store.ended_logins() == {"new"}


def test_while_the_store_is_away_this_process_remembers(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> frozenset[str]:
        raise StoreError("Away.", "Wait.")

    known = logins(store)
    with monkeypatch.context() as patch:
        patch.setattr(store, "end_login", away)
        patch.setattr(store, "ended_logins", away)
        known.end("a")
        assert known.has_ended("a")
        assert not known.has_ended("b")
    assert known.has_ended("a")
