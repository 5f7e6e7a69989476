"""Shared results: read once, and never older than the last write."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from core.services.shared_cache import SharedCache, in_steps


class Asked:
    """A store of one number, which counts how often the number is read."""

    def __init__(self) -> None:
        self.revision = 0
        self.times = 0
        self.gate = threading.Event()
        self.gate.set()

    def double(self, of: int) -> int:
        self.times += 1
        self.gate.wait(10)
        return of * 2 + self.revision

    def fail(self) -> None:
        self.times += 1
        raise LookupError


@pytest.fixture
def store() -> Asked:
    return Asked()


@pytest.fixture
def answers(store: Asked) -> SharedCache:
    return SharedCache(lambda: store.revision)


def test_the_same_question_is_asked_once(store: Asked, answers: SharedCache) -> None:
    assert [answers.get(store.double, 4) for _ in range(9)] == [8] * 9
    assert store.times == answers._shared.cache_info().misses == 1


def test_another_question_has_another_answer(store: Asked, answers: SharedCache) -> None:
    assert answers.get(store.double, 4) == 8
    assert answers.get(store.double, 5) == 10
    assert answers.get(store.double, of=5) == 10


def test_after_a_write_everything_is_asked_again(store: Asked, answers: SharedCache) -> None:
    assert answers.get(store.double, 4) == 8
    store.revision = 1
    assert answers.get(store.double, 4) == 9
    assert store.times == 2


def test_what_changes_without_a_write_is_asked_again_as_time_goes_on(
    store: Asked, answers: SharedCache
) -> None:
    for second in (1, 1, 2, 2, 2):
        answers.get_since(second, store.double, 4)
    assert store.times == 2


def test_a_failure_goes_through_and_is_not_kept(store: Asked, answers: SharedCache) -> None:
    for _ in range(2):
        with pytest.raises(LookupError):
            answers.get(store.fail)
    assert store.times == 2


def test_those_who_ask_while_an_answer_is_worked_out_wait_for_it(
    store: Asked, answers: SharedCache
) -> None:
    store.gate.clear()
    heard: list[int] = []
    threads = [
        threading.Thread(target=lambda: heard.append(answers.get(store.double, 4)))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    store.gate.set()
    for thread in threads:
        thread.join(10)
    assert heard == [8] * 20
    assert store.times == 1


def test_moments_of_one_step_are_the_same_question() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert {in_steps(noon + timedelta(seconds=n / 10)) for n in range(50)} == {noon}
    assert in_steps(noon + timedelta(seconds=5)) == noon + timedelta(seconds=5)


def test_a_step_of_time_begins_exactly_and_its_beginning_is_in_it() -> None:
    start = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
    for n in range(3_000):
        moment = start + timedelta(microseconds=33_333_337 * n)
        step = in_steps(moment, timedelta(seconds=30))
        assert step.microsecond == 0
        assert step == in_steps(step, timedelta(seconds=30)) <= moment
