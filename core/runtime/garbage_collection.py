"""Full garbage collections in the background, so that pages rarely wait for one.

By default, Streamlit runs a full collection after every script run, and the whole process waits.
Freio turns this off (`runner.postScriptGC`). Instead, this module runs a full collection every few
seconds, if possible while no page runs. The collection frees the reference cycles of closed
sessions.

Frequent collections are short, because there is little garbage. Measured with a hundred sessions: a
collection after one minute took 164 ms of processor time. A collection after some seconds took 10
to 30 ms.

At the start, and after each full collection, all remaining objects are frozen. Python does not scan
frozen objects. So a full collection scans only newer objects. Every ALL_AFTER seconds, a full
collection scans all objects, because Python does not free frozen garbage. Measured with a hundred
sessions: a full collection took 197 ms without freezing, and 97 ms with freezing.

From time to time, this module returns freed memory to the operating system. Otherwise the C library
keeps the memory, and the process grows.
"""

import ctypes
import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

#: Seconds between two calls of `tick`.
TICK: Final = 0.5

#: Seconds between two full collections: FULL_AFTER if no page runs, FULL_AT_LATEST if pages run.
FULL_AFTER: Final = 5.0
FULL_AT_LATEST: Final = 10.0

#: The minimum number of seconds between two full collections that scan all objects. The garbage of
#: a closed session can stay in memory for about this time.
ALL_AFTER: Final = 120.0

#: The minimum number of seconds between two returns of freed memory to the operating system.
RETURN_AFTER: Final = 60.0

#: The arguments of `gc.set_threshold` for Python's own collections. The first argument is a number
#: of new objects. Its default is 700, and one run of a page reaches this number hundreds of times.
#: Measured with a hundred sessions: with 5,000, a collection took 7 ms and ran twice a second. With
#: 20,000, a collection took 44 ms.
THRESHOLDS: Final = (5_000, 80, 1_000)


def return_memory() -> None:
    """If the C library is glibc, return freed memory to the operating system.

    The call takes some milliseconds.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):
        return  # another C library has no malloc_trim
    trim(ctypes.c_size_t(0))


class GarbageCollection:
    """Runs a full collection in `tick` if it is due.

    Calls `paused(generation, seconds)` after each collection, even after one that Python started.
    """

    def __init__(
        self,
        paused: Callable[[int, float], None],
        clock: Callable[[], float] = time.monotonic,
        return_memory: Callable[[], None] = return_memory,
    ) -> None:
        self._paused = paused
        self._clock = clock
        self._return_memory = return_memory
        self._at_work = 0
        self._lock = threading.Lock()
        self._began = 0.0
        self._full_at = self._all_at = self._returned_at = clock()
        self._before: tuple[int, int, int] | None = None

    def start(self) -> int:
        """Freeze all current objects and set the thresholds.

        Return the number of frozen objects.
        """
        self._before = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.callbacks.append(self._measure)
        gc.set_threshold(*THRESHOLDS)
        return gc.get_freeze_count()

    def stop(self) -> None:
        """Unfreeze all objects and restore the earlier thresholds."""
        if self._before is None:
            return
        gc.set_threshold(*self._before)
        gc.callbacks.remove(self._measure)
        gc.unfreeze()
        self._before = None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Delay the full collection during this block, because a person waits for a page."""
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1

    def tick(self) -> bool:
        """Run a full collection if it is due; return whether it was due."""
        now = self._clock()
        waited = now - self._full_at
        is_due = waited >= FULL_AT_LATEST or (waited >= FULL_AFTER and self._at_work == 0)
        if is_due:
            if now - self._all_at >= ALL_AFTER:
                gc.unfreeze()
                self._all_at = now
            gc.collect()
            gc.freeze()
            self._full_at = now
            if now - self._returned_at >= RETURN_AFTER:
                self._return_memory()
                self._returned_at = now
        return is_due

    def _measure(self, phase: str, info: dict[str, Any]) -> None:
        # `self._began` needs no lock, because Python runs only one collection at a time.
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self._paused(int(info["generation"]), time.perf_counter() - self._began)
