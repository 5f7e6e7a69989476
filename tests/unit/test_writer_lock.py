"""The writer's lock: people first, first come first served in each class, and no endless wait."""

import random
import threading
import time
from collections.abc import Callable

import pytest

from core.errors import GaveWayError, StoreBusyError
from core.store.duckdb import writer_lock
from core.store.duckdb.writer_lock import BackgroundTurn, FifoLock


class Holder:
    """A job that has the lock until it was interrupted `heard` times, or is released."""

    def __init__(self, lock: FifoLock, hears: int = 1) -> None:
        self.turn, self.interrupts, self._hears = BackgroundTurn(), 0, hears
        self._over, begun = threading.Event(), threading.Event()

        def run() -> None:
            with lock.held(5, self.turn):
                self.turn.begin(self._interrupt)
                begun.set()
                self._over.wait(5)
                self.turn.end()

        self._thread = threading.Thread(target=run)
        self._thread.start()
        assert begun.wait(5)

    def _interrupt(self) -> None:
        self.interrupts += 1
        if self.interrupts == self._hears:
            self._over.set()

    def release(self) -> None:
        self._over.set()
        self._thread.join()


def waiting_for(lock: FifoLock) -> int:
    """Return how many threads wait for a lock."""
    return len(lock._people) + len(lock._jobs)


def waiting(lock: FifoLock, work: Callable[[], None]) -> threading.Thread:
    """Start a thread that waits for the lock; return once it waits."""
    before = waiting_for(lock)
    thread = threading.Thread(target=work)
    thread.start()
    while waiting_for(lock) == before:
        time.sleep(0.001)
    return thread


def served(lock: FifoLock, name: str, order: list[str], turn: BackgroundTurn | None) -> None:
    with lock.held(5, turn):
        order.append(name)


def test_people_go_before_jobs_and_each_class_keeps_its_order() -> None:
    lock, order = FifoLock(), list[str]()
    with lock.held(1):
        threads = []
        for name in ("job 1", "person 1", "job 2", "person 2", "person 3"):
            turn = BackgroundTurn() if name.startswith("job") else None
            threads.append(waiting(lock, lambda n=name, t=turn: served(lock, n, order, t)))  # type: ignore[misc]
    for thread in threads:
        thread.join()
    assert order == ["person 1", "person 2", "person 3", "job 1", "job 2"]


def test_a_person_stops_the_job_that_has_the_lock() -> None:
    lock = FifoLock()
    job = Holder(lock)
    with lock.held(5):
        pass
    # On a busy machine, the interrupt is repeated before the job's thread runs.
    assert job.interrupts >= 1
    with pytest.raises(GaveWayError):
        job.turn.require()
    job.release()


def test_an_interrupt_that_is_lost_is_repeated_until_the_lock_is_free() -> None:
    lock = FifoLock()
    job = Holder(lock, hears=4)
    with lock.held(5):
        assert job.interrupts >= 4
    job.release()


def test_a_short_transaction_of_a_job_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_lock, "GRACE", 5.0)  # also on a busy machine
    lock = FifoLock()
    job = Holder(lock)
    thread = waiting(lock, lambda: served(lock, "person", [], None))
    job.release()
    thread.join()
    assert job.interrupts == 0
    job.turn.require()


def test_a_job_that_commits_is_not_interrupted() -> None:
    lock = FifoLock()
    job = Holder(lock)
    job.turn.end()
    with pytest.raises(StoreBusyError), lock.held(0.3):
        pass
    assert job.interrupts == 0
    assert job.turn.is_stopped
    job.release()


@pytest.mark.parametrize("grace", [0.0, 0.05])
def test_a_person_who_waits_uses_nearly_no_processor_time(
    grace: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_lock, "GRACE", grace)
    lock, looks, monotonic = FifoLock(), list[float](), time.monotonic
    with lock.held(1):
        monkeypatch.setattr(writer_lock.time, "monotonic", lambda: looks.append(0) or monotonic())
        with pytest.raises(StoreBusyError), lock.held(0.2):
            pass
    assert len(looks) < 60  # each 5 milliseconds at most


def test_jobs_do_not_stop_each_other() -> None:
    lock = FifoLock()
    job = Holder(lock)
    with pytest.raises(StoreBusyError), lock.held(0.2, BackgroundTurn()):
        pass
    assert not job.turn.is_stopped
    assert waiting_for(lock) == 0
    job.release()


def test_a_job_that_waited_long_has_the_next_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_lock, "PATIENCE", 0.05)
    lock, order = FifoLock(), list[str]()
    with lock.held(1):
        job = waiting(lock, lambda: served(lock, "job", order, BackgroundTurn()))
        person = waiting(lock, lambda: served(lock, "person", order, None))
        time.sleep(0.06)
    job.join()
    person.join()
    assert order == ["job", "person"]


def test_no_wake_up_is_lost_among_many_threads_with_short_waits() -> None:
    lock, inside, most = FifoLock(), 0, 0
    done = [0, 0]

    def work(seed: int) -> None:
        nonlocal inside, most
        rng = random.Random(seed)
        for _ in range(150):
            turn = BackgroundTurn() if rng.random() < 0.5 else None
            try:
                with lock.held(rng.choice((0.0005, 0.01, 5)), turn):
                    inside += 1
                    most = max(most, inside)
                    time.sleep(rng.random() * 0.0005)
                    inside -= 1
                    done[turn is None] += 1
            except StoreBusyError:
                continue

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert most == 1
    assert all(done)
    assert waiting_for(lock) == 0
    with lock.held(0.01):  # it is free
        pass
