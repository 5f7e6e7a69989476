"""Writers that wait, conflict, or end with an error; clocks that jump; lost answers."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.model import ConfigurationId, Confirmation
from core.domain.states import State
from core.errors import (
    CommitUnknownError,
    ConflictError,
    OutcomeUnknownError,
    StoreBusyError,
    StoreError,
)
from core.platforms.simulated import SimulatedPlatform
from core.services.aborts import AbortService
from core.store.duckdb import engine as duckdb_engine
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.duckdb.writer_lock import FifoLock
from core.store.sql_store import SqlStore
from core.store.writes import retries
from tests.faults.parts import opened, state_of
from tests.sends import ME, NOW, actions, load, send
from tests.unit.test_writer_lock import waiting_for

ID = ConfigurationId("s1")


class Conflicting(DuckDBEngine):
    """An engine whose writes conflict with another write several times before they succeed."""

    meets = 0

    def transaction(self, *, gives_way=False):  # type: ignore[no-untyped-def]
        if self.meets:
            self.meets -= 1
            raise ConflictError("Another change came first.", "Try again.")
        return super().transaction(gives_way=gives_way)


class AnswerLost(DuckDBEngine):
    """An engine that loses the answer of a commit. `written` says whether the commit was done."""

    written = True
    away = False
    lose = False

    def transaction(self, *, gives_way=False):  # type: ignore[no-untyped-def]
        if self.away:
            raise StoreError("The database does not answer.", "Wait.")
        inner = super().transaction(gives_way=gives_way)
        if not self.lose:
            return inner
        self.lose = False  # once
        return _Losing(self, inner)

    def rows(self, sql, params=None):  # type: ignore[no-untyped-def]
        if self.away:
            raise StoreError("The database does not answer.", "Wait.")
        return super().rows(sql, params)


class _Losing:
    def __init__(self, engine: AnswerLost, inner) -> None:  # type: ignore[no-untyped-def]
        self._engine, self._inner = engine, inner

    def __enter__(self):  # type: ignore[no-untyped-def]
        return self._inner.__enter__()

    def __exit__(self, kind, error, trace):  # type: ignore[no-untyped-def]
        lost = CommitUnknownError(StoreError("The connection broke.", "Try again."))
        try:
            if self._engine.written:
                self._inner.__exit__(kind, error, trace)
            else:
                self._inner.__exit__(CommitUnknownError, lost, None)
        except CommitUnknownError:
            pass
        self._engine.away = self._engine.away_after
        raise lost


@pytest.mark.parametrize("meets", [1, retries.ATTEMPTS - 1])
def test_a_write_that_meets_another_is_tried_again(meets: int) -> None:
    engine = Conflicting(MEMORY)
    store = SqlStore(engine)
    load(store, send("s1"))
    engine.meets = meets
    assert actions(store).abort(ID, ME).accepted
    assert len(store.receipts_of(ID)) == 1


def test_a_write_that_always_conflicts_ends_as_busy_and_nothing_is_stopped() -> None:
    engine = Conflicting(MEMORY)
    store = SqlStore(engine)
    load(store, send("s1"))
    engine.meets = 1_000
    with pytest.raises(StoreBusyError, match=r"busy\. Nothing was changed"):
        actions(store).abort(ID, ME)
    assert engine.meets == 1_000 - retries.ATTEMPTS
    assert state_of(store, "s1") == (State.SCHEDULED, 1)


def test_an_abort_of_facts_that_keep_changing_ends_as_busy_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = SqlStore(DuckDBEngine(MEMORY))
    monkeypatch.setattr(store, "commit_abort", lambda *_, **__: False)
    load(store, send("s1"))
    with pytest.raises(StoreBusyError, match=r"changing too fast\. Nothing was stopped"):
        actions(store).abort(ID, ME)


def test_writers_are_served_first_in_first_out() -> None:
    lock, served, waiting = FifoLock(), [], []
    with lock.held(1):
        for number in range(20):
            thread = threading.Thread(target=_serve, args=(lock, number, served))
            waiting.append(thread)
            thread.start()
            while waiting_for(lock) <= number:
                time.sleep(0.001)
    for thread in waiting:
        thread.join()
    assert served == list(range(20))


def _serve(lock: FifoLock, number: int, served: list[int]) -> None:
    with lock.held(10):
        served.append(number)


def test_a_writer_waits_for_a_limited_time_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(duckdb_engine, "WRITE_TIMEOUT", 0.05)
    store = opened(tmp_path / "freio.duckdb")
    load(store, send("s1"))
    with (
        store._engine._writer.held(1),  # type: ignore[attr-defined]
        pytest.raises(StoreBusyError, match=r"busy\. Nothing was changed"),
    ):
        actions(store).abort(ID, ME)
    assert actions(store).abort(ID, ME).accepted
    store.close()


@pytest.mark.parametrize("written", [True, False])
def test_where_a_commits_answer_is_lost_the_store_is_asked_what_is_true(written: bool) -> None:
    engine = AnswerLost(MEMORY)
    store = SqlStore(engine)
    load(store, send("s1"))
    engine.lose, engine.written, engine.away_after = True, written, False  # type: ignore[attr-defined]
    if written:
        assert actions(store).abort(ID, ME).accepted
    else:
        with pytest.raises(StoreError, match="Nothing was changed"):
            actions(store).abort(ID, ME)
    engine.lose = False
    assert state_of(store, "s1")[0] is (State.CANCELLED if written else State.SCHEDULED)
    assert len(store.receipts_of(ID)) == int(written)


@pytest.mark.parametrize("written", [True, False])
def test_an_outcome_that_cannot_be_looked_up_is_reported_as_unknown(written: bool) -> None:
    engine = AnswerLost(MEMORY)
    store = SqlStore(engine)
    load(store, send("s1"))
    engine.lose, engine.written, engine.away_after = True, written, True  # type: ignore[attr-defined]
    with pytest.raises(OutcomeUnknownError, match="not known yet"):
        actions(store).abort(ID, ME)


def test_a_clock_that_jumps_back_neither_stops_aborts_nor_mixes_up_a_history() -> None:
    store = SqlStore(DuckDBEngine(MEMORY))
    load(store, send("s1"))
    platform = SimulatedPlatform(store)
    platform.step(NOW + timedelta(minutes=1))
    back = NOW - timedelta(days=3)
    outcome = AbortService(store, lambda: back, lambda: True, lambda: NOW).abort(ID, ME)
    assert outcome.accepted
    assert state_of(store, "s1")[0] is State.CANCELLING
    history = store.history(ID, 9)
    assert [c.version for c in history] == [1, 2, 3]
    assert history[-1].to_state is State.CANCELLING
    # The platform continues when its time is reached, and never reports an earlier time than before.
    for minute in range(-4_000, 10, 60):
        platform.step(NOW + timedelta(minutes=minute))
    platform.step(NOW + timedelta(minutes=10))
    found = store.configuration(ID)
    assert found is not None
    assert found.state is State.CANCELLED
    assert found.updated_at is not None
    assert found.updated_at >= NOW + timedelta(minutes=1)
    assert store.receipts_of(ID)[0].confirmation is Confirmation.CONFIRMED


@pytest.mark.long
def test_what_takes_more_memory_than_there_is_changes_nothing_and_says_so() -> None:
    store = SqlStore(DuckDBEngine(MEMORY, memory_mb=20))
    rows = [send(f"{n:07}") for n in range(300_000)]
    with pytest.raises(StoreError, match="raise FREIO_MEMORY_MB"):
        load(store, *rows)
    assert store.is_empty()
    store.close()
