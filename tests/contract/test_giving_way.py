"""People go before background jobs: an abort does not wait for a load."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tenacity import wait_none

from core.domain.imports import ImportSummary
from core.domain.model import ConfigurationId
from core.domain.states import State
from core.errors import GaveWayError, StoreBusyError
from core.store.duckdb import engine as duckdb_engine
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.duckdb.fifo_lock import GRACE
from core.store.engine import Row, Transaction
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from core.store.writes import commit
from core.store.writes.loading import Loading
from tests.daily_counts_check import is_true
from tests.postgres_server import Server
from tests.sends import ME, NOW, Sends, actions, load, send

ROWS = 60_000
MANY = [send(f"s{n}") for n in range(ROWS)]
LATER = NOW + timedelta(minutes=1)


class WatchedDuckDB(DuckDBEngine):
    """Counts how often loads try to write, and stops the first `stops` tries."""

    tries = 0
    stops = 0
    held = threading.Event()

    @contextmanager
    def writing(self, cursor: Any) -> Iterator[Transaction]:
        with super().writing(cursor) as tx:
            self.tries += 1
            if self.stops:
                self.stops -= 1
                holder = self._writer._holder
                assert holder is not None
                holder.stop()
            self.held.set()
            yield tx


@pytest.fixture
def duck() -> Iterator[WatchedDuckDB]:
    engine = WatchedDuckDB(MEMORY)
    engine.held = threading.Event()
    yield engine
    engine.close()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a load that was stopped try again at once."""
    monkeypatch.setattr(Loading._write.retry, "wait", wait_none())  # type: ignore[attr-defined]


def changed(sends: list[Any]) -> list[Any]:
    return [replace(each, name=each.name + " x", updated_at=LATER) for each in sends]


def in_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


@pytest.mark.slow
def test_an_abort_goes_before_a_big_merge_and_the_merge_ends_with_the_right_counts(
    duck: WatchedDuckDB,
) -> None:
    store = SqlStore(duck)
    load(store, *MANY)
    duck.held.clear()
    before = duck.tries
    merge, found = in_thread(lambda: load(store, *changed(MANY), name="second"))
    assert duck.held.wait(60)
    time.sleep(2 * GRACE)  # the merge has been writing for a while
    stopped = []
    for n in range(3):
        began = time.monotonic()
        assert actions(store).abort(ConfigurationId(f"s{n}"), ME).accepted
        stopped.append(time.monotonic() - began)
        is_first = not store.has_import("second")
        assert is_first or n
    merge.join(60)
    done = found[0]
    assert isinstance(done, ImportSummary), done
    assert duck.tries - before > 1, "the merge did not give way"
    assert (done.new, done.changed + done.held, done.stale) == (0, ROWS, 0)
    sql = "SELECT count(*), sum(version) FROM configurations WHERE name LIKE '% x'"
    named, _ = duck.rows(sql)[0]
    assert named == done.changed
    assert is_true(store)
    for n in range(3):
        facts = store.configuration(ConfigurationId(f"s{n}"))
        assert facts is not None
        assert facts.state is State.CANCELLED
        assert len(store.receipts_of(facts.id)) == 1
    versions = (
        "SELECT count(*) FROM state_changes h JOIN configurations c ON c.id = h.configuration_id"
    )
    assert duck.rows(f"{versions} AND c.version < h.version")[0][0] == 0
    assert store.check_audit_log().is_sound


@pytest.mark.parametrize("first", [True, False])
def test_a_load_that_gave_way_more_often_than_conflicts_are_tried_ends_whole(
    duck: WatchedDuckDB, hasty: None, first: bool
) -> None:
    store = SqlStore(duck)
    if not first:
        load(store, *MANY[:50])
    duck.stops, duck.tries = commit.ATTEMPTS + 1, 0
    done = load(store, *changed(MANY[:100]))
    assert duck.tries == commit.ATTEMPTS + 2
    assert (done.new, done.changed) == ((100, 0) if first else (50, 50))
    assert is_true(store)


def test_a_load_that_never_gets_through_ends_as_busy_and_writes_nothing(
    duck: WatchedDuckDB, hasty: None
) -> None:
    store = SqlStore(duck)
    duck.stops = 1_000
    with pytest.raises(StoreBusyError, match=r"busy\. Nothing was changed"):
        load(store, *MANY[:100], name="never")
    assert duck.tries == commit.TURNS
    assert store.is_empty()
    assert not store.has_import("never")
    duck.stops = 0
    assert load(store, *MANY[:100]).new == 100


def test_a_load_that_starts_again_gets_no_more_memory(
    duck: WatchedDuckDB, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_engine, "_ROOMY_ROWS", 0)
    monkeypatch.setattr(duckdb_engine, "_KEY_BYTES", 1_000_000)
    most: list[int] = []
    make_room = duck.make_room

    def watched(more_mb: int) -> None:
        make_room(more_mb)
        most.append(duck._room_mb)

    monkeypatch.setattr(duck, "make_room", watched)
    # The transaction first raises the memory limit, so stop the load after that.
    stops = iter([True, True, False])
    inserted = duckdb_engine._DuckTransaction.change

    def change(self: Any, sql: str, params: Any = None) -> int:
        if "INSERT INTO configurations" in sql and next(stops):
            self._turn.stop()
        return inserted(self, sql, params)

    monkeypatch.setattr(duckdb_engine._DuckTransaction, "change", change)
    load(SqlStore(duck), *MANY[:7])
    assert duck.tries == 3
    assert max(most) == 7
    assert most[-1] == 0


def test_a_person_cancels_a_load_between_two_tries(duck: WatchedDuckDB, hasty: None) -> None:
    class Cancelled(Exception):  # noqa: N818 - only a test
        pass

    steps: list[str] = []

    def progress(step: str) -> None:
        steps.append(step)
        if steps.count("writing") == 3:
            raise Cancelled

    store = SqlStore(duck)
    duck.stops = 1_000
    summary = ImportSummary(id="never", name="f", loaded_at=NOW, actor="t")
    with pytest.raises(Cancelled):
        store.load(summary, Sends(MANY[:9]), progress=progress)
    assert store.is_empty()
    store.set_fact("a", "b")  # the lock is free


@pytest.mark.slow
def test_a_load_that_never_got_its_turn_leaves_no_memory_in_use(
    tmp_path: Path, hasty: None
) -> None:
    """DuckDB keeps the rows of an UPDATE that was rolled back, until the next checkpoint."""

    class StoppedAtTheEnd(DuckDBEngine):
        stops = False

        @contextmanager
        def writing(self, cursor: Any) -> Iterator[Transaction]:
            with super().writing(cursor) as tx:
                yield tx
                if self.stops:
                    holder = self._writer._holder
                    assert holder is not None
                    holder.stop()

    def used() -> int:
        sql = "SELECT sum(memory_usage_bytes) FROM duckdb_memory() WHERE tag <> 'BASE_TABLE'"
        return int(engine.rows(sql)[0][0])

    engine = StoppedAtTheEnd(tmp_path / "freio.duckdb")
    store = SqlStore(engine)
    some = MANY[:15_000]
    load(store, *some)
    before = used()
    engine.stops = True
    with pytest.raises(StoreBusyError):
        load(store, *changed(some), name="second")
    assert used() - before < 2_000_000
    engine.stops = False
    load(store, *changed(some), name="third")
    assert is_true(store)
    store.close()


@pytest.mark.parametrize("work", ["tidy", "prune", "advance", "drop_demo"])
def test_upkeep_gives_way_too(tmp_path: Path, work: str) -> None:
    """If a person waits when one of these transactions starts, it ends and is tried again."""
    tries: list[bool] = []

    class Stopping(DuckDBEngine):
        @contextmanager
        def transaction(self, *, gives_way: bool = False) -> Iterator[Transaction]:
            with super().transaction(gives_way=gives_way) as tx:
                if gives_way:
                    tries.append(True)
                    if len(tries) < 3:
                        holder = self._writer._holder
                        assert holder is not None
                        holder.stop()
                yield tx

    engine = Stopping(tmp_path / "freio.duckdb")
    store = SqlStore(engine)
    store.set_fact("origin", "demo")
    with engine.transaction() as tx:
        tx.change(
            "INSERT INTO daily_counts (day, account, channel, state, generation, configurations,"
            " recipients, unsized) SELECT 1, '', '', 'DRAFT', 'unknown', 0, 0, 0 FROM range(1100)"
        )
    calls: dict[str, Callable[[], object]] = {
        "tidy": store.tidy,
        "prune": lambda: store.prune(NOW, NOW),
        "advance": lambda: store.advance([], "simulator", "t"),  # type: ignore[arg-type]
        "drop_demo": store.drop_demo,
    }
    calls[work]()
    assert len(tries) == 3
    store.close()


def test_an_exception_of_the_writer_itself_is_not_taken_for_giving_way(duck: WatchedDuckDB) -> None:
    store = SqlStore(duck)
    with pytest.raises(ZeroDivisionError), duck.transaction(gives_way=True):
        raise ZeroDivisionError
    with pytest.raises(GaveWayError), duck.transaction(gives_way=True) as tx:
        holder = duck._writer._holder
        assert holder is not None
        holder.stop()
        tx.rows("SELECT 1")
    load(store, send("s1"))
    assert actions(store).abort(ConfigurationId("s1"), ME).accepted


class PausedPostgres(PostgresEngine):
    """Keeps the transaction of a load open until `release` is set."""

    paused = threading.Event()
    release = threading.Event()
    pauses = False

    @contextmanager
    def writing(self, connection: psycopg.Connection[Row]) -> Iterator[Transaction]:
        with super().writing(connection) as tx:
            yield tx
            if self.pauses:
                self.pauses = False
                self.paused.set()
                assert self.release.wait(30)


def test_on_postgresql_an_abort_waits_for_a_load_only_at_the_same_send(postgres: Server) -> None:
    engine = PausedPostgres(postgres.new_database())
    store = SqlStore(engine)
    engine.paused, engine.release = threading.Event(), threading.Event()
    load(store, *MANY[:50])
    engine.pauses = True
    merge, found = in_thread(lambda: load(store, *changed(MANY[:40])))
    assert engine.paused.wait(30)
    # All 40 rows are written and not committed. Aborts of other sends do not wait.
    for n in range(41, 50):
        assert actions(store).abort(ConfigurationId(f"s{n}"), ME).accepted
    assert not found
    same, outcome = in_thread(lambda: actions(store).abort(ConfigurationId("s1"), ME))
    same.join(0.5)
    assert same.is_alive(), "an abort of a send that is being written did not wait"
    engine.release.set()
    merge.join(30)
    same.join(30)
    assert found[0].changed == 40
    assert outcome[0].accepted
    assert is_true(store)
    store.close()
