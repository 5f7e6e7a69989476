"""People go before background jobs: an abort does not wait for a load."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from tenacity import wait_none

from core.domain.load_results import ImportSummary
from core.domain.model import Concern, ConfigurationId, ReceiptId, Source
from core.domain.states import State
from core.errors import GaveWayError, StoreBusyError
from core.ports.feed_batches import Batch
from core.ports.shared_state import DEMO, ORIGIN
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import Settings
from core.store import opening
from core.store.duckdb import engine as duckdb_engine
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.duckdb.writer_lock import gave_way
from core.store.engine import Row, Transaction
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from core.store.writes import retries
from core.store.writes.loading import Loading
from tests.daily_counts_check import is_true
from tests.postgres_server import Server
from tests.sends import ME, NOW, Sends, actions, load, send

ROWS = 20_000
MANY = [send(f"s{n}") for n in range(ROWS)]
LATER = NOW + timedelta(minutes=1)
#: A statement that takes half a minute, longer than a person waits for the lock.
ENDLESS: Final = "SELECT sum(hash(i)) FROM range(8_000_000_000) r(i)"


#: With these additional rows, tidying merges the summary by day.
MANY_COUNTS: Final = (
    "INSERT INTO daily_counts (day, account, channel, state, generation, configurations,"
    " recipients, unsized) SELECT 1, '', '', 'DRAFT', 'unknown', 0, 0, 0 FROM range(1100)"
)


class WatchedDuckDB(DuckDBEngine):
    """Counts how often jobs try to write.

    It stops the first `stops` tries itself. It keeps the next `holds` tries open after their last
    statement, until a person's write stops them. `events` is the order of what then happened.
    """

    def __init__(self, *of: Any) -> None:
        self.tries = self.stops = self.holds = 0
        self.events: list[str] = []
        self.held = threading.Event()
        super().__init__(*of)

    @contextmanager
    def writing(self, cursor: Any) -> Iterator[Transaction]:
        with super().writing(cursor) as tx, self._held(tx):
            yield tx

    @contextmanager
    def transaction(self, *, gives_way: bool = False) -> Iterator[Transaction]:
        with super().transaction(gives_way=gives_way) as tx:
            if gives_way:
                with self._held(tx):
                    yield tx
            else:
                yield tx
        if not gives_way:
            self.events.append("a person has written")

    @contextmanager
    def _held(self, tx: Transaction) -> Iterator[None]:
        self.tries += 1
        if self.stops:
            self.stops -= 1
            self.stop()
        yield
        if self.holds:
            self.holds -= 1
            self.held.set()
            try:
                tx.rows(ENDLESS)
            finally:
                self.events.append("the job has stopped")

    def stop(self) -> None:
        """Stop the job that has the lock, as a person's write does."""
        holder = self._writer._holder
        assert holder is not None
        holder.stop()


@pytest.fixture
def duck() -> Iterator[WatchedDuckDB]:
    engine = WatchedDuckDB(MEMORY)
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
def test_aborts_stop_a_big_merge_each_time_and_the_merge_ends_with_the_right_counts(
    duck: WatchedDuckDB,
) -> None:
    store = SqlStore(duck)
    load(store, *MANY)
    duck.events.clear()
    duck.tries, duck.holds = 0, 3
    merge, found = in_thread(lambda: load(store, *changed(MANY), name="second"))
    for n in range(3):
        assert duck.held.wait(60)
        duck.held.clear()
        # All rows are written and not committed, and the merge does not end by itself.
        assert actions(store).abort(ConfigurationId(f"s{n}"), ME).accepted
        assert duck.events == ["the job has stopped", "a person has written"] * (n + 1)
        assert not store.has_import("second")
    merge.join(60)
    done = found[0]
    assert isinstance(done, ImportSummary), done
    assert duck.tries == 4
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


@pytest.fixture(scope="module")
def freio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """Return the application on a database in a file, with sends and without background tasks."""
    file = tmp_path_factory.mktemp("freio") / "freio.duckdb"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "DuckDBEngine", WatchedDuckDB)
        made = build(Settings(database=f"duckdb:///{file}", demo=False), lambda: NOW)
    made.store.set_fact(ORIGIN, "feed")
    yield made
    made.stop()


def open_abort(freio: Application) -> ReceiptId:
    """Load a new send, and abort it; return the receipt."""
    one = send(f"open {freio.store.revision}")
    load(freio.store, one)
    receipt = freio.aborts.abort(one.id, ME).receipt
    assert receipt is not None
    return receipt.id


def new_send(freio: Application) -> ConfigurationId:
    one = send(f"new {freio.store.revision}")
    load(freio.store, one)
    return one.id


def abort(freio: Application) -> Callable[[], object]:
    id = new_send(freio)
    return lambda: freio.aborts.abort(id, ME).accepted


def abort_many(freio: Application) -> Callable[[], object]:
    ids = [new_send(freio), new_send(freio)]

    def run() -> bool:
        batch = freio.bulk_aborts.start(ids, ME)
        freio.bulk_aborts.run_pending()
        return not freio.store.pending(batch, 1)

    return run


def acknowledge(freio: Application) -> Callable[[], object]:
    id = open_abort(freio)
    return lambda: freio.concerns.acknowledge(id, Concern.OVERDUE, ME, "I asked the platform")


def aborted_there(freio: Application) -> Callable[[], object]:
    id = open_abort(freio)
    return lambda: freio.concerns.aborted_there(id, ME)


def restore(freio: Application) -> Callable[[], object]:
    receipt = freio.store.receipt(open_abort(freio))
    assert receipt is not None
    lost = replace(receipt, id=ReceiptId(f"lost {receipt.id}"), configuration_id=new_send(freio))
    return lambda: freio.repairs.restore([lost])


ACTIONS = (abort, abort_many, acknowledge, aborted_there, restore)


def load_file(freio: Application) -> object:
    return load(freio.store, send(f"loaded {freio.store.revision}"))


def tidy(freio: Application) -> object:
    with engine_of(freio).transaction() as tx:
        tx.change(MANY_COUNTS)
    return freio.store.tidy()


def prune(freio: Application) -> object:
    return freio.store.prune(NOW - timedelta(days=1), NOW)


def back_up(freio: Application) -> object:
    assert freio.backups is not None
    return freio.backups.make(freio.store)


def learn(freio: Application) -> object:
    freio.queries.forecasting._learnt = None
    return freio.queries.forecasting.learn()


WRITING = (load_file, tidy, prune)
#: Jobs that only read, with the read in which a test keeps them.
READING = ((back_up, "back_up"), (learn, "measures"))


def engine_of(freio: Application) -> WatchedDuckDB:
    engine = freio.store._engine._engine  # type: ignore[attr-defined]
    assert isinstance(engine, WatchedDuckDB)
    return engine


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("job", WRITING)
def test_an_action_of_a_person_stops_each_job_that_writes(
    freio: Application,
    job: Callable[[Application], object],
    action: Callable[[Application], Callable[[], object]],
) -> None:
    act, engine = action(freio), engine_of(freio)
    engine.held.clear()
    engine.holds = 1
    running, found = in_thread(lambda: job(freio))
    assert engine.held.wait(20)
    engine.events.clear()
    assert act()
    assert engine.events[:2] == ["the job has stopped", "a person has written"]
    running.join(20)
    assert not isinstance(found[0], BaseException), found


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(("job", "read"), READING)
def test_an_action_of_a_person_does_not_wait_for_a_job_that_reads(
    freio: Application,
    monkeypatch: pytest.MonkeyPatch,
    job: Callable[[Application], object],
    read: str,
    action: Callable[[Application], Callable[[], object]],
) -> None:
    act = action(freio)
    reads, is_reading, has_acted = getattr(freio.store, read), threading.Event(), threading.Event()

    def held(*args: Any) -> object:
        is_reading.set()
        assert has_acted.wait(20), "a person's action waits for a job that reads"
        return reads(*args)

    monkeypatch.setattr(freio.store, read, held)
    running, found = in_thread(lambda: job(freio))
    assert is_reading.wait(20)
    assert act()
    assert not found
    has_acted.set()
    running.join(20)
    assert not isinstance(found[0], BaseException), found


def test_the_staging_of_a_load_is_not_interrupted(duck: WatchedDuckDB) -> None:
    """While a load stages its rows, it has no turn. Only the job that has the lock is stopped."""

    class Slow(Sends):
        def batches(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
            duck.holds = 1
            other, _ = in_thread(lambda: store.prune(NOW, NOW))
            assert duck.held.wait(20)
            assert actions(store).abort(ConfigurationId("s0"), ME).accepted
            other.join(20)
            duck.tries = 0
            yield from super().batches(only)

    store = SqlStore(duck)
    load(store, *MANY[:2])
    summary = ImportSummary(id="slow", name="f", loaded_at=NOW, actor="t")
    assert store.load(summary, Slow(MANY[:9])).new == 7
    assert duck.events.count("the job has stopped") == 1
    assert duck.tries == 1


@pytest.mark.parametrize("first", [True, False])
def test_a_load_that_gave_way_more_often_than_conflicts_are_tried_ends_whole(
    duck: WatchedDuckDB, hasty: None, first: bool
) -> None:
    store = SqlStore(duck)
    if not first:
        load(store, *MANY[:50])
    duck.stops, duck.tries = retries.ATTEMPTS + 1, 0
    done = load(store, *changed(MANY[:100]))
    assert duck.tries == retries.ATTEMPTS + 2
    assert (done.new, done.changed) == ((100, 0) if first else (50, 50))
    assert is_true(store)


def test_a_load_that_never_gets_through_ends_as_busy_and_writes_nothing(
    duck: WatchedDuckDB, hasty: None
) -> None:
    store = SqlStore(duck)
    duck.stops = 1_000
    with pytest.raises(StoreBusyError, match=r"busy\. Nothing was changed"):
        load(store, *MANY[:100], name="never")
    assert duck.tries == retries.TURNS
    assert store.is_empty()
    assert not store.has_import("never")
    duck.stops = 0
    assert load(store, *MANY[:100]).new == 100


def test_each_pause_of_a_job_that_gave_way_is_twice_as_long_up_to_a_limit() -> None:
    @retries.retried
    def write() -> None:
        raise gave_way()

    pauses: list[float] = []
    write.retry.sleep = pauses.append  # type: ignore[attr-defined]
    with pytest.raises(StoreBusyError):
        write()
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5, 5]


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


@pytest.mark.long
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
def test_upkeep_gives_way_too(duck: WatchedDuckDB, work: str) -> None:
    """If a person waits when one of these transactions starts, it ends and is tried again."""
    store = SqlStore(duck)
    store.set_fact(ORIGIN, DEMO)
    with duck.transaction() as tx:
        tx.change(MANY_COUNTS)
    calls: dict[str, Callable[[], object]] = {
        "tidy": store.tidy,
        "prune": lambda: store.prune(NOW, NOW),
        "advance": lambda: store.advance([], Source.PLATFORM, "t"),
        "drop_demo": store.drop_demo,
    }
    duck.tries, duck.stops = 0, 2
    calls[work]()
    assert duck.tries == 3


def test_an_exception_of_the_writer_itself_is_not_taken_for_giving_way(duck: WatchedDuckDB) -> None:
    store = SqlStore(duck)
    with pytest.raises(ZeroDivisionError), duck.transaction(gives_way=True):
        raise ZeroDivisionError
    with pytest.raises(GaveWayError), duck.transaction(gives_way=True) as tx:
        duck.stop()
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
