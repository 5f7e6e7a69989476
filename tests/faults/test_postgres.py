"""If a server stops, hangs or is replaced, an abort is stopped, not stopped, or unknown."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from core.domain.load_results import ImportSummary
from core.domain.model import ConfigurationId, Receipt
from core.domain.states import State
from core.errors import OutcomeUnknownError, StoreBusyError, StoreDiskError, StoreError
from core.store.postgres import engine as postgres_engine
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from core.store.writes import aborts
from core.store.writes.staging import Staging
from tests.faults.parts import state_of
from tests.faults.proxy import Proxy
from tests.postgres_server import Server
from tests.sends import ME, actions, load, send

ID = ConfigurationId("s1")


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    made = SqlStore(PostgresEngine(url))
    load(made, send("s1"), send("s2"))
    yield made
    made.close()


def through(proxy: Proxy, server: Server, url: str) -> SqlStore:
    return SqlStore(PostgresEngine(url.replace(f":{server.port}/", f":{proxy.port}/")))


def in_the_middle(monkeypatch: pytest.MonkeyPatch, happening: Callable[[], object]) -> None:
    """Let `happening` run once, between the writes of the new state and its receipt."""
    write, happened = aborts.insert_receipts, []

    def interrupted(tx: aborts.Transaction, receipts: Sequence[Receipt]) -> None:
        if not happened:
            happened.append(happening())
        write(tx, receipts)

    monkeypatch.setattr(aborts, "insert_receipts", interrupted)


def wait_for(store: SqlStore) -> None:
    """Wait until a store answers again. Its pool tries to connect in growing intervals."""
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        with suppress(StoreError):
            return store.ping()
    return store.ping()


def is_whole(store: SqlStore, id: str) -> bool:
    """Check that state, receipt and history agree; return whether the send is stopped."""
    stopped = state_of(store, id)[0] is State.CANCELLED
    receipts = [r for r in store.receipts_of(ConfigurationId(id)) if r.accepted]
    stops = [c for c in store.history(ConfigurationId(id), 99) if c.receipt_id]
    assert len(receipts) == len(stops) == int(stopped)
    return stopped


def test_a_restart_in_the_middle_of_an_abort_stops_nothing_and_the_next_one_works(
    store: SqlStore, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_middle(monkeypatch, server.restart)
    with pytest.raises(StoreError, match=r"does not answer\. Nothing was changed"):
        actions(store).abort(ID, ME)
    assert not is_whole(store, "s1")
    assert actions(store).abort(ID, ME).accepted
    assert is_whole(store, "s1")


def test_a_cut_connection_stops_nothing_and_the_next_one_works(
    store: SqlStore, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'freio'"
    in_the_middle(monkeypatch, lambda: server.run(cut))
    with pytest.raises(StoreError, match="Nothing was changed"):
        actions(store).abort(ID, ME)
    assert not is_whole(store, "s1")
    assert actions(store).abort(ID, ME).accepted


@pytest.mark.parametrize("delay", [0.0, 1.0])
def test_a_lost_answer_to_a_commit_is_looked_up_and_reported_as_stopped(
    server: Server, url: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, delay: float
) -> None:
    proxy.delay = delay
    store = through(proxy, server, url)
    load(store, send("s1"))
    in_the_middle(monkeypatch, lambda: setattr(proxy, "cut_after", b"COMMIT"))
    outcome = actions(store).abort(ID, ME)
    assert outcome.accepted
    assert proxy.cuts == 1
    proxy.cut_after = None
    assert is_whole(store, "s1")
    store.close()


def test_a_lost_commit_is_looked_up_and_reported_as_not_stopped(
    server: Server, url: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = through(proxy, server, url)
    load(store, send("s1"))
    proxy.loses_statement = True
    in_the_middle(monkeypatch, lambda: setattr(proxy, "cut_after", b"COMMIT"))
    with pytest.raises(StoreError, match="Nothing was changed"):
        actions(store).abort(ID, ME)
    assert proxy.cuts == 1
    assert not is_whole(store, "s1")
    store.close()


@pytest.mark.parametrize("delay", [0.0, 1.0])
def test_a_lost_answer_to_a_loads_commit_is_looked_up_and_reported_as_loaded(
    server: Server, url: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, delay: float
) -> None:
    store = through(proxy, server, url)
    proxy.delay = delay
    cut_at_the_end_of_a_load(proxy, monkeypatch)
    assert load(store, send("s1"), name="once").new == 1
    assert proxy.cuts == 1
    assert store.has_import("once")
    store.close()


def test_a_lost_commit_of_a_load_is_reported_as_nothing_changed(
    server: Server, url: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = through(proxy, server, url)
    proxy.loses_statement = True
    cut_at_the_end_of_a_load(proxy, monkeypatch)
    with pytest.raises(StoreError, match="Nothing was changed"):
        load(store, send("s1"), name="once")
    assert proxy.cuts == 1
    assert not store.has_import("once")
    assert store.is_empty()
    assert load(store, send("s1"), name="once").new == 1
    store.close()


def test_a_load_leaves_its_connection_as_it_was_found(
    server: Server, url: str, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    store = through(proxy, server, url)
    with caplog.at_level("INFO"):
        load(store, send("s1"))
        load(store, send("s1"), send("s2"))
    assert "could not be reset" not in caplog.text
    store.close()


def test_the_types_of_a_temporary_table_may_differ_from_load_to_load(store: SqlStore) -> None:
    engine = store._engine
    for kind in ["bigint"] * 10 + ["text"] * 10:
        with engine.session() as session:
            session.rows(f"CREATE TEMP TABLE judged AS SELECT CAST(5 AS {kind}) AS n")
            assert [str(n) for (n,) in session.rows("SELECT n FROM judged")] == ["5"]
            with session.transaction() as tx:
                assert [str(n) for (n,) in tx.rows("SELECT n FROM judged")] == ["5"]


def cut_at_the_end_of_a_load(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    write, cut = Staging.write, []

    def then_cut(self: Staging, *given: Any) -> ImportSummary:
        done = write(self, *given)
        if not cut:
            cut.append(setattr(proxy, "cut_after", b"COMMIT"))
        return done

    monkeypatch.setattr(Staging, "write", then_cut)


def test_a_lost_answer_from_a_server_that_stays_away_is_called_unknown(
    server: Server, url: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_engine, "POOL_TIMEOUT", 0.5)
    store = through(proxy, server, url)
    load(store, send("s1"))

    def fail() -> None:
        proxy.cut_after, proxy.is_down = b"COMMIT", True

    in_the_middle(monkeypatch, fail)
    with pytest.raises(OutcomeUnknownError, match="not known yet"):
        actions(store).abort(ID, ME)
    # When the server is back, the page continues by itself and shows the true state.
    proxy.cut_after, proxy.is_down = None, False
    wait_for(store)
    assert is_whole(store, "s1")
    assert not actions(store).abort(ID, ME).accepted
    store.close()


def test_if_all_connections_are_taken_the_error_says_to_try_again(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_engine, "POOL_TIMEOUT", 0.3)
    monkeypatch.setattr(postgres_engine, "POOL_SIZE", 1)
    engine = PostgresEngine(url)
    store = SqlStore(engine)
    load(store, send("s1"))
    with (
        engine._pool.connection(),
        pytest.raises(StoreBusyError, match=r"busy\. Nothing was changed"),
    ):
        actions(store).abort(ID, ME)
    assert actions(store).abort(ID, ME).accepted
    store.close()


def test_a_failover_that_takes_no_writes_is_named(store: SqlStore, server: Server) -> None:
    server.run("ALTER SYSTEM SET default_transaction_read_only = on")
    server.run("SELECT pg_reload_conf()")
    try:
        with pytest.raises(StoreError, match=r"accepts no writes at present.*Nothing was changed"):
            for _ in range(50):  # the server needs a moment to notice it
                actions(store).abort(ID, ME)
                load(store, send("s1"))
    finally:
        server.run("SET default_transaction_read_only = off", "ALTER SYSTEM RESET ALL")
        server.restart()
    assert actions(store).abort(ConfigurationId("s2"), ME).accepted


def test_an_abort_of_a_locked_row_ends_as_busy_and_nothing_is_stopped(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_engine, "LOCK_TIMEOUT", 200)
    store = SqlStore(PostgresEngine(url))
    load(store, send("s1"))
    with psycopg.connect(url) as other:
        other.execute("SELECT * FROM configurations WHERE id = 's1' FOR UPDATE")
        with pytest.raises(StoreBusyError, match=r"busy\. Nothing was changed"):
            actions(store).abort(ID, ME)
        other.rollback()
    assert not is_whole(store, "s1")
    assert actions(store).abort(ID, ME).accepted
    store.close()


def test_a_statement_that_takes_too_long_ends_as_busy(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_engine, "STATEMENT_TIMEOUT", 200)
    engine = PostgresEngine(url)
    with pytest.raises(StoreBusyError):
        engine.rows("SELECT pg_sleep(5)")
    engine.close()


def test_a_server_that_is_not_there_is_named_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres_engine, "POOL_TIMEOUT", 0.5)
    with pytest.raises(StoreError, match="does not answer") as raised:
        PostgresEngine("postgresql://freio:secret@127.0.0.1:9/freio")
    assert "secret" not in str(raised.value)
    assert "127.0.0.1:9/freio" in str(raised.value)


@pytest.mark.parametrize("code", ["53100", "53400"])
def test_a_full_disk_of_the_server_is_named_and_not_called_away(store: SqlStore, code: str) -> None:
    # These errors of the server report a full disk, and its own limit for temporary files.
    raising = (
        f"DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{code}'; END $$"
    )
    named = r"The disk of the database server .* is full \(could not extend file\)"
    with pytest.raises(StoreDiskError, match=named), store._engine.transaction() as tx:
        tx.rows(raising)
    assert actions(store).abort(ID, ME).accepted
