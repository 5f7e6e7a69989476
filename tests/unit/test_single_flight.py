"""One run for all callers, who get its result or its error."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import StoreError
from core.infrastructure.single_flight import SingleFlight


class Work:
    """Counts how often it runs. It waits until `gate` is set."""

    def __init__(self, error: Exception | None = None) -> None:
        self.times = 0
        self.error = error
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self) -> int:
        self.times += 1
        self.gate.wait(20)
        if self.error is not None:
            raise self.error
        return self.times


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def shared(work: Work, clock: Callable[[], float] = time.monotonic) -> SingleFlight[int]:
    return SingleFlight("test", work, success_seconds=1, failure_seconds=3, clock=clock)


def test_callers_during_a_run_get_its_result() -> None:
    work = Work()
    work.gate.clear()
    attempt = shared(work)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(attempt.get, 20) for _ in range(8)]
        work.gate.set()
        assert [each.result() for each in asked] == [1] * 8


def test_a_result_and_an_error_hold_for_their_time() -> None:
    clock, work = Clock(), Work()
    attempt = shared(work, clock)
    assert [attempt.get(9), attempt.get(9)] == [1, 1]
    clock.now += 1
    assert attempt.get(9) == 2
    work.error = StoreError("It is away.", "Wait.")
    clock.now += 1
    for _ in range(3):
        with pytest.raises(StoreError, match="away"):
            attempt.get(9)
        clock.now += 0.9
    assert work.times == 3
    clock.now += 0.9
    work.error = None
    assert attempt.get(9) == 4


def test_who_waits_gives_up_in_time_and_who_comes_late_gives_up_at_once() -> None:
    work = Work()
    work.gate.clear()
    attempt = shared(work)
    with pytest.raises(TimeoutError):
        attempt.get(0.2)
    began = time.monotonic()
    for _ in range(100):
        with pytest.raises(TimeoutError):
            attempt.get(0.2)
    assert time.monotonic() - began < 5
    work.gate.set()
    assert attempt.get(20) == 1
    assert work.times == 1


def test_an_error_does_not_gather_the_places_where_it_was_raised() -> None:
    error = StoreError("It is away.", "Wait.")
    attempt = shared(Work(error))
    for _ in range(20):
        with pytest.raises(StoreError):
            attempt.get(9)
    frames, each = 0, error.__traceback__
    while each is not None:
        frames, each = frames + 1, each.tb_next
    assert frames < 5


def test_what_is_forgotten_is_tried_again() -> None:
    attempt = shared(Work())
    assert attempt.get(9) == 1
    attempt.forget()
    assert attempt.get(9) == 2
