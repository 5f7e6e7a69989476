"""Aborts, platform, feeds and readers work at the same time on the same few hundred sends.

Each thread has its own random generator, made from the seed. What the store acknowledges is written
to a log outside of the store. Afterwards `tests.races.checker` compares the log with the store.
"""

import random
import statistics
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from core.domain.bulk_abort import ChunkResult, DecidedSend
from core.domain.lifecycle import next_step
from core.domain.list_query import ListQuery
from core.domain.load_results import ImportSummary
from core.domain.model import Actor, ConfigurationId, Role, SendConfiguration, ShownFacts, Source
from core.domain.platform import Platform
from core.domain.rules import CancelRest
from core.domain.states import State, Verdict
from core.errors import AccessError, FreioError, GaveWayError, StoreError
from core.platforms import icomm
from core.platforms.simulated import pace_times
from core.ports.store import Store
from core.services.aborts import AbortService
from core.services.forecasts import Forecasts
from core.services.queries import Queries
from core.services.shared_cache import SharedCache
from core.store.duckdb import writer_lock
from core.store.duckdb.engine import DuckDBEngine
from core.store.engine import Engine, Transaction
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.daily_counts_check import is_true, recount
from tests.races import bare
from tests.races.checker import Evidence, Violation, check
from tests.races.log import Log, read_log
from tests.sends import Sends, bulk_aborts

#: The speed of the platform in the races: 150 times the speed in the demo.
PACE = pace_times(150)
SENDS = 300
#: If an event of `until` has not happened, a race lasts up to this many seconds longer.
PATIENCE = 20
_SIZES = (1, 4_999, 5_000, 5_001, 12_000, 60_000)

INTRUDERS = (
    Actor("intruder 1", Role.VIEWER),
    Actor("intruder 2", Role.OPERATOR, frozenset({"another account"})),
    Actor("intruder 3"),
)

MakeStore = Callable[[Engine, Path], SqlStore]


@dataclass
class Figures:
    """The result of a race. Times are in seconds."""

    counts: Counter[str] = field(default_factory=Counter)
    aborts: list[float] = field(default_factory=list)
    bare_aborts: list[float] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)

    def ratio(self, measure: Callable[[list[float]], float]) -> float:
        return measure(self.aborts) / measure(self.bare_aborts)


def p50(times: list[float]) -> float:
    return statistics.median(times)


def p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


class Acknowledging:
    """A store that reports what each chunk of a batch has written."""

    def __init__(
        self, store: Store, acknowledge: Callable[[float, Sequence[DecidedSend]], None]
    ) -> None:
        self._store, self._acknowledge = store, acknowledge

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit_chunk(self, *chunk: Any, **how: Any) -> ChunkResult | None:
        began = time.monotonic()
        done = self._store.commit_chunk(*chunk, **how)
        if done is not None:
            self._acknowledge(began, done.written)
        return done


class StoppedDuckDB(DuckDBEngine):
    """Counts the writes of loads that were stopped for an abort.

    Aborts never pause here, so hardly any load would succeed with the usual grace time. Each try of a
    load therefore has another grace time.
    """

    stopped = 0

    @contextmanager
    def writing(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[Transaction]:
        writer_lock.GRACE = random.choice((0.0, 0.02, 5.0))  # type: ignore[misc]
        try:
            with super().writing(cursor) as tx:
                yield tx
        except GaveWayError:
            self.stopped += 1
            raise


class Race:
    """One race over one store. `run` blocks until the race is over and judged.

    The race lasts for `seconds`, and up to PATIENCE seconds more if an event of `until` has not happened.
    """

    def __init__(
        self,
        folder: Path,
        make_store: MakeStore,
        *,
        seed: int,
        seconds: float,
        threads: int,
        server: str = "",
        platform: Platform = icomm.PLATFORM,
        until: Sequence[str] = (),
    ) -> None:
        self.platform = platform
        self._until = until
        self.path, self._server = folder / "race.duckdb", server
        self.engine: Engine = PostgresEngine(server) if server else StoppedDuckDB(self.path)
        self.store: Store = make_store(self.engine, self.path)
        self.log = Log(folder / "race.jsonl")
        self._log_path = folder / "race.jsonl"
        self.figures = Figures()
        self._seed, self._seconds, self._threads = seed, seconds, threads
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._alive: list[ConfigurationId] = []
        self._errors: list[BaseException] = []
        answers = SharedCache(lambda: self.store.revision)
        self._insights = Queries(self.store, _now, answers, Forecasts(self.store, _now, answers))

    def run(self) -> Figures:
        """Run the race. Background jobs may write sooner than usual, because aborts never pause."""
        usual = writer_lock.GRACE, writer_lock.PATIENCE
        writer_lock.PATIENCE = 0.05  # type: ignore[misc]
        try:
            return self._run()
        finally:
            writer_lock.GRACE, writer_lock.PATIENCE = usual  # type: ignore[misc]

    def _run(self) -> Figures:
        self._begin(random.Random(self._seed))
        bare.prepare(self.engine)
        recount(self.engine)  # these rows were written past it
        work = [*self._others(), self._reader, self._intruder, self._batcher, self._batcher]
        work += [self._operator] * max(2, self._threads - len(work))
        threads = [
            threading.Thread(target=self._repeat, args=(each, number))
            for number, each in enumerate(work[: self._threads])
        ]
        for thread in threads:
            thread.start()
        self._stop.wait(self._seconds)
        give_up = time.monotonic() + PATIENCE
        while self._lacks_events() and time.monotonic() < give_up and not self._stop.wait(0.2):
            pass
        self._stop.set()
        for thread in threads:
            thread.join(60)
        self._count_stopped()
        left = [b.id for b in self.store.open_batches()]
        while self.store.open_batches():  # batches that remained after a refused write
            bulk_aborts(self.store, aborts=self._actions()).run_pending()
        self._count("batches that were resumed", len(left))
        self._end()
        if not is_true(self.store):
            problem = "the summary by day is not what counting says"
            self.figures.violations.append(Violation("summary", "", problem))
        self.store.close()
        self.log.close()
        if self._errors:
            raise self._errors[0]
        fetch = from_server(self._server) if self._server else from_file(self.path)
        found = replace(evidence(fetch, self._log_path), interrupts=self.platform.interrupts)
        self.figures.violations += check(self._completed(found))
        return self.figures

    def _lacks_events(self) -> bool:
        self._count_stopped()
        return any(not self.figures.counts[each] for each in self._until)

    def _count_stopped(self) -> None:
        if isinstance(self.engine, StoppedDuckDB):
            self.figures.counts["loads stopped for an abort"] = self.engine.stopped

    def _begin(self, rng: random.Random) -> None:
        """Load the first sends."""
        self._feed(rng, [self._new_send(rng) for _ in range(SENDS)])

    def _others(self) -> list[Callable[[random.Random], None]]:
        """Return the work of more threads, in addition to operators, batches and readers."""
        return [self._platform, self._platform, self._feeder]

    def _end(self) -> None:
        """Complete unfinished work after all threads have ended."""

    def _completed(self, found: Evidence) -> Evidence:
        """Return the evidence with the facts that only this race knows."""
        return found

    def _repeat(self, work: Callable[[random.Random], None], number: int) -> None:
        rng = random.Random(self._seed * 1_000 + number)
        try:
            while not self._stop.is_set():
                try:
                    work(rng)
                except StoreError as error:
                    self._count(f"error: {type(error).__name__}")
        except BaseException as error:
            self._errors.append(error)
            self._stop.set()

    def _count(self, what: str, by: int = 1) -> None:
        with self._lock:
            self.figures.counts[what] += by

    def _actions(self) -> AbortService:
        return AbortService(self.store, _now, lambda: True, _now, platform=self.platform)

    # Operators

    def _operator(self, rng: random.Random) -> None:
        if rng.random() < 0.3:
            began = time.monotonic()
            bare.abort(self.engine, rng)
            self.figures.bare_aborts.append(time.monotonic() - began)
            return
        id = rng.choice(self._alive)
        shown = None
        if rng.random() < 0.5:  # as in a dialog, the facts are a moment old
            seen = self.store.configuration(id)
            shown = ShownFacts(seen.state, seen.generation, seen.total_records) if seen else None
        actions = self._actions()
        began = time.monotonic()
        outcome = actions.abort(
            id, Actor(f"operator {rng.randint(1, 9)}", Role.OPERATOR), shown=shown
        )
        if outcome.accepted:
            self.figures.aborts.append(time.monotonic() - began)
        self._count("aborts accepted" if outcome.accepted else "aborts refused")
        if isinstance(outcome.decision, CancelRest) and outcome.before.generated_records:
            self._count("rests stopped")
        self.log.add(
            "abort",
            began,
            id=id,
            accepted=outcome.accepted,
            receipt=outcome.receipt.id if outcome.receipt else None,
            state=outcome.after.state,
            version=outcome.after.version,
            generated=outcome.after.generated_records,
        )

    # People who may not stop a send: a viewer, a person of another account, a person without a role

    def _intruder(self, rng: random.Random) -> None:
        id, who = rng.choice(self._alive), rng.choice(INTRUDERS)
        began, error = time.monotonic(), None
        try:
            if rng.random() < 0.5:
                self._actions().abort(id, who)
            else:
                bulk_aborts(self.store, aborts=self._actions()).start([id], who)
        except StoreError:
            raise
        except FreioError as refused:
            error = refused
        is_refused = isinstance(error, AccessError)
        self._count("intruders refused" if is_refused else "intruders not refused")
        self.log.add("intrusion", began, id=id, actor=who.name, refused=is_refused)
        time.sleep(0.05)

    # Two people with batches. Two workers execute the same batch at once, as after a lost lease.

    def _batcher(self, rng: random.Random) -> None:
        ids = rng.sample(self._alive, 40)
        bulk = bulk_aborts(self.store, aborts=self._actions())
        bulk.execution.store = Acknowledging(self.store, self._acknowledge)
        began = time.monotonic()
        try:
            id = bulk.start(ids, Actor(f"operator {rng.randint(1, 2)}", Role.OPERATOR))
        except FreioError as refused:
            self._count(f"batches refused: {type(refused).__name__}")
            return
        if rng.random() < 0.2:
            bulk.stop(id, Actor("admin", Role.ADMINISTRATOR))
        bulk.run_pending()
        self._count("batches")
        self.log.add("batch", began, id=id, sends=len(ids))
        time.sleep(0.05)

    def _acknowledge(self, began: float, written: Sequence[DecidedSend]) -> None:
        for each in written:
            facts = each.after or each.before
            if facts is None:
                continue
            self._count("aborts of batches accepted" if each.after else "aborts of batches refused")
            if (
                each.receipt
                and each.receipt.verdict is Verdict.CANCEL_REST
                and facts.generated_records
            ):
                self._count("rests stopped")
            self.log.add(
                "abort",
                began,
                id=facts.id,
                accepted=each.after is not None,
                receipt=each.receipt.id if each.receipt else None,
                state=facts.state,
                version=facts.version,
                generated=facts.generated_records,
            )

    # The platform. Each step has its own transaction, so each acknowledged step is known.

    def _platform(self, rng: random.Random) -> None:
        now = _now()
        moving = list(self.store.due_to_move(now, limit=SENDS * 2))
        due = [step for c in moving if (step := next_step(c, now, PACE, self.platform)) is not None]
        rng.shuffle(due)
        if not due:
            time.sleep(0.005)
        for step in due[:40]:
            began = time.monotonic()
            taken = self.store.advance([step], Source.SIMULATOR, "platform")
            self._count("platform steps" if taken else "conflicts", 1)
            if taken:
                after = step.after
                facts = {"id": after.id, "state": after.state, "version": after.version}
                self.log.add("step", began, **facts)
                if after.state in (State.CANCELLED, State.SENT_DONE) and rng.random() < 0.7:
                    self._retire(after.id)

    def _retire(self, id: ConfigurationId) -> None:
        with self._lock:
            if id in self._alive and len(self._alive) > SENDS // 2:
                self._alive.remove(id)

    # Feeds

    def _feeder(self, rng: random.Random) -> None:
        snapshot = [c for id in rng.sample(self._alive, 60) if (c := self.store.configuration(id))]
        time.sleep(rng.random() * 0.05)  # so that the snapshot is old when it is loaded
        rows = [_reported(c, rng, self.platform) for c in snapshot]
        fresh = [self._new_send(rng) for _ in range(max(0, SENDS - len(self._alive)))]
        self._feed(rng, rows + fresh)
        # New sends replace sends that were stopped or have gone out.
        for c in snapshot:
            if c.state in (State.CANCELLED, State.SENT_DONE):
                self._retire(c.id)
        time.sleep(0.02)

    def _new_send(self, rng: random.Random) -> SendConfiguration:
        """Return a scheduled send. On a platform that can interrupt sends, some sends have begun."""
        new = self._scheduled(rng)
        if self.platform.interrupts and rng.random() < 0.3:
            begun = min(rng.choice((1, 400)), new.total_records)
            return replace(new, state=State.IN_PROGRESS, generated_records=begun)
        return new

    def _scheduled(self, rng: random.Random) -> SendConfiguration:
        return SendConfiguration(
            id=ConfigurationId(uuid.UUID(int=rng.getrandbits(128)).hex),
            name="Promoção",
            state=State.SCHEDULED,
            raw_state="SCHEDULED",
            total_records=rng.choice(_SIZES),
            generated_records=rng.choice((0, 0, 0, None)),
            scheduled_at=_now() + timedelta(seconds=rng.random() * 3),
            updated_at=_now(),
        )

    def _feed(self, rng: random.Random, rows: list[SendConfiguration]) -> None:
        began = time.monotonic()
        id = f"import-{rng.getrandbits(64):x}"
        summary = ImportSummary(id=id, name="f.csv", loaded_at=_now(), actor="feed")
        done = self.store.load(summary, Sends(rows))
        fates = ("new", "changed", "unchanged", "stale", "held", "rejected")
        counts = {fate: getattr(done, fate) for fate in fates}
        self.log.add("load", began, **{"import": id}, rows=len(rows), counts=counts)
        self._count("merges")
        self._count("rows held or stale", done.held + done.stale)
        with self._lock:
            self._alive += [r.id for r in rows if r.version == 1 and r.id not in set(self._alive)]

    # Readers

    def _reader(self, rng: random.Random) -> None:
        queries = self._insights
        queries.overview(_now() - timedelta(hours=3))
        queries.page(ListQuery(text="promo", page=rng.randint(1, 4)))
        found = queries.send_details(rng.choice(self._alive))
        self._count("reads", 3)
        if found is None or not found.history:
            return
        # The history is read after the facts, so the history can be newer, but never older.
        facts, last = found.configuration, found.history[-1]
        if last.version < facts.version:
            self.log.add("torn", time.monotonic(), id=facts.id, version=facts.version)


def _now() -> datetime:
    return datetime.now(UTC)


def _reported(c: SendConfiguration, rng: random.Random, platform: Platform) -> SendConfiguration:
    """Return a send as an export may show it: in its current state, or in a later or earlier state.

    Each row has the time of its facts, so a late row moves no send back.
    """
    assert c.updated_at is not None
    kind = rng.random()
    if kind < 0.4:
        return c
    if kind < 0.6:
        before = c.updated_at - timedelta(hours=1)
        return replace(c, state=State.SCHEDULED, raw_state="agendado", updated_at=before)
    if kind < 0.7:
        return replace(c, generated_records=None)
    step = next_step(c, _now() + timedelta(seconds=5), PACE, platform)
    return replace(step.after, updated_at=c.updated_at + timedelta(microseconds=1)) if step else c


#: Runs a statement and returns the columns and the rows.
Fetch = Callable[[str], tuple[list[str], list[Any]]]


def from_file(path: Path) -> Fetch:
    """Read a reopened DuckDB file, without Freio's code."""
    connection = duckdb.connect(str(path))

    def fetch(sql: str) -> tuple[list[str], list[Any]]:
        found = connection.execute(sql)
        return [column[0] for column in found.description or []], found.fetchall()

    return fetch


def from_server(url: str) -> Fetch:
    """Read a PostgreSQL database, without Freio's code."""

    def fetch(sql: str) -> tuple[list[str], list[Any]]:
        with psycopg.connect(url) as connection:
            found = connection.execute(sql)  # type: ignore[arg-type]
            return [column[0] for column in found.description or []], found.fetchall()

    return fetch


def evidence(fetch: Fetch, log_path: Path) -> Evidence:
    """Gather what the checker judges."""
    return Evidence(
        log=read_log(log_path),
        configurations=_rows(fetch, "configurations", "id"),
        changes=_rows(fetch, "state_changes", "configuration_id"),
        receipts=_rows(fetch, "receipts_now", "configuration_id"),
        batch_sends=_rows(fetch, "bulk_abort_sends", "configuration_id"),
        deliveries=_rows(fetch, "deliveries", "configuration_id"),
    )


def _rows(fetch: Fetch, table: str, id: str) -> list[dict[str, Any]]:
    names, rows = fetch(f"SELECT * FROM {table} WHERE {id} NOT LIKE 'bare-%'")
    return [dict(zip(names, row, strict=True)) for row in rows]
