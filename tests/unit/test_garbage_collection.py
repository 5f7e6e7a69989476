"""Garbage collection in the background: when it runs, and that it frees closed sessions."""

import gc
import platform
import resource
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runtime.garbage_collection import (
    ALL_AFTER,
    FULL_AFTER,
    FULL_AT_LATEST,
    RETURN_AFTER,
    THRESHOLDS,
    GarbageCollection,
    return_memory,
)


class Knot:
    """An object in a reference cycle, as closed sessions leave it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def pauses() -> list[tuple[int, float]]:
    return []


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def keeping(pauses: list[tuple[int, float]], clock: list[float]) -> Iterator[GarbageCollection]:
    made = GarbageCollection(lambda *heard: pauses.append(heard), lambda: clock[0])
    made.start()
    yield made
    made.stop()


def test_all_garbage_is_collected_often_in_a_quiet_moment(
    keeping: GarbageCollection, clock: list[float], pauses: list[tuple[int, float]]
) -> None:
    assert not keeping.tick()
    clock[0] = FULL_AFTER
    pauses.clear()
    assert keeping.tick()
    assert [generation for generation, _ in pauses] == [2]
    assert not keeping.tick()


def test_a_full_collection_waits_for_those_at_work_but_not_for_ever(
    keeping: GarbageCollection, clock: list[float]
) -> None:
    with keeping.at_work():
        clock[0] = FULL_AT_LATEST - 1
        assert not keeping.tick()
        clock[0] = FULL_AT_LATEST
        assert keeping.tick()
    clock[0] = FULL_AT_LATEST + FULL_AFTER
    assert keeping.tick()


def test_what_is_left_in_cycles_is_freed_however_old_it_is(
    keeping: GarbageCollection, clock: list[float]
) -> None:
    knot = Knot()
    for _ in range(3):  # it moves to the oldest generation
        gc.collect()
    gone = weakref.ref(knot)
    del knot
    clock[0] = FULL_AFTER
    keeping.tick()
    assert gone() is None


def test_a_full_collection_does_not_scan_again_what_the_last_one_left(
    keeping: GarbageCollection, clock: list[float]
) -> None:
    knot = Knot()
    clock[0] = FULL_AFTER
    keeping.tick()
    assert not any(each is knot for each in gc.get_objects())
    gone = weakref.ref(knot)
    del knot
    clock[0] = ALL_AFTER - 1
    keeping.tick()
    assert gone() is not None
    clock[0] = ALL_AFTER + FULL_AFTER
    keeping.tick()
    assert gone() is None


def test_memory_goes_back_to_the_system_from_time_to_time(
    clock: list[float],
) -> None:
    given = list[float]()
    keeping = GarbageCollection(lambda *_: None, lambda: clock[0], lambda: given.append(clock[0]))
    for seconds in (FULL_AFTER, RETURN_AFTER, RETURN_AFTER + FULL_AFTER):
        clock[0] = seconds
        keeping.tick()
    assert given == [RETURN_AFTER]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone keeps memory like this")
def test_freed_memory_between_used_memory_is_returned_to_the_system() -> None:
    blocks = [bytes(2_000) for _ in range(30_000)]
    kept = blocks[::100]
    del blocks
    before = resident()
    return_memory()
    assert resident() < before - 30_000_000
    assert len(kept) == 300


def resident() -> int:
    """Return the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_each_pause_is_reported_with_its_generation(
    keeping: GarbageCollection, clock: list[float], pauses: list[tuple[int, float]]
) -> None:
    pauses.clear()
    clock[0] = FULL_AFTER
    keeping.tick()
    assert [generation for generation, _ in pauses][-1] == 2
    assert all(0 <= seconds < 10 for _, seconds in pauses)


def test_at_the_end_everything_is_as_it_was() -> None:
    before, heard = gc.get_threshold(), len(gc.callbacks)
    made = GarbageCollection(lambda *_: None)
    assert made.start() > 0
    assert gc.get_threshold() == THRESHOLDS
    made.stop()
    made.stop()
    assert (gc.get_threshold(), len(gc.callbacks), gc.get_freeze_count()) == (before, heard, 0)
