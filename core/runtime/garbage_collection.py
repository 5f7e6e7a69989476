"""Full garbage collections in the background.

By default, Streamlit runs a full collection after every script run. Freio turns this off with
Streamlit's option `runner.postScriptGC`. With a hundred sessions, a collection takes 164 ms if the
last collection was a minute before, but only 10 to 30 ms if the last collection was some seconds
before. Freio therefore runs a collection every few seconds, if possible while no page runs.

After each full collection, Freio freezes all remaining objects. Python does not scan frozen
objects, so the next collection is shorter. In another measurement, it took 97 ms instead of 197 ms.
Frozen garbage stays in memory. Therefore a full collection also scans the frozen objects every
ALL_AFTER seconds.
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

#: Seconds between full collections: FULL_AFTER if no page runs, FULL_AT_LATEST if pages run.
FULL_AFTER: Final = 5.0
FULL_AT_LATEST: Final = 10.0

#: Seconds between two collections that also scan the frozen objects.
ALL_AFTER: Final = 120.0

#: Seconds between two calls of `return_memory`.
RETURN_AFTER: Final = 60.0

#: The arguments of `gc.set_threshold`. After 5,000 new objects, Python collects generation 0. After
#: 80 of these collections, Python also collects generation 1, and so on. With the default of 700
#: objects, a run of a page starts hundreds of collections. With a hundred sessions, a collection
#: took 7 ms with 5,000 objects, and 44 ms with 20,000 objects.
THRESHOLDS: Final = (5_000, 80, 1_000)


def return_memory() -> None:
    """If the C library is glibc, return freed memory to the operating system."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):
        return  # only glibc has malloc_trim
    trim(ctypes.c_size_t(0))


class GarbageCollection:
    """Runs full collections. Calls `paused(generation, seconds)` after every collection."""

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
        """Freeze all objects and set the thresholds. Return the number of frozen objects."""
        self._before = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.callbacks.append(self._measure)
        gc.set_threshold(*THRESHOLDS)
        return gc.get_freeze_count()

    def stop(self) -> None:
        """Undo `start`."""
        if self._before is None:
            return
        gc.set_threshold(*self._before)
        gc.callbacks.remove(self._measure)
        gc.unfreeze()
        self._before = None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Delay the full collection during this block."""
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1

    def tick(self) -> bool:
        """Run a full collection if due. Return whether a collection was due."""
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
        # Python never runs two collections at a time, so no lock is needed.
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self._paused(int(info["generation"]), time.perf_counter() - self._began)
