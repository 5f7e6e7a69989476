"""Collecting garbage in the background, so that no page waits for a full collection.

Streamlit would run one after every script run, which holds the whole process up; with that off
(`runner.postScriptGC`), what a closed session leaves behind in reference cycles is freed here: the
young generations often, everything in a quiet moment, and at the latest after a while. What was
there before the first session is frozen: it never goes away, and need not be looked through.

After everything was collected, freed memory goes back to the system. The C library keeps it
otherwise, in pieces between what is still in use, and the process grows without holding more.
"""

from __future__ import annotations

import ctypes
import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

#: Seconds between two looks, and between two collections of the young generations.
TICK: Final = 1.0
YOUNG_EVERY: Final = 4.0

#: Seconds after which a full collection waits for a quiet moment, and after which it does not. With
#: a hundred sessions it holds everybody up for 0.2 s, and for longer where it comes less often.
FULL_AFTER: Final = 60.0
FULL_AT_LAST: Final = 180.0

#: New objects after which Python collects the youngest by itself (its default is 700: hundreds of
#: times in the drawing of one page), and how often that of the middle ones. With a hundred sessions
#: that is twice a second, for 7 ms; four times as many at once took 44.
THRESHOLDS: Final = (5_000, 80, 1_000)


def give_back() -> None:
    """Give freed memory back to the system, where the C library can (glibc): a few milliseconds."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):
        return  # another C library, which has no such call
    trim(ctypes.c_size_t(0))


class GarbageCollection:
    """Collects when told to tick. `paused` hears generation and seconds of each collection."""

    def __init__(
        self,
        paused: Callable[[int, float], None],
        clock: Callable[[], float] = time.monotonic,
        give_back: Callable[[], None] = give_back,
    ) -> None:
        self._paused = paused
        self._clock = clock
        self._give_back = give_back
        self._at_work = 0
        self._lock = threading.Lock()
        self._began = 0.0
        self._young_at = self._full_at = clock()
        self._before: tuple[int, int, int] | None = None

    def start(self) -> int:
        """Freeze what is there, take over from Python's own rhythm; return how much is frozen."""
        self._before = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.callbacks.append(self._heard)
        gc.set_threshold(*THRESHOLDS)
        return gc.get_freeze_count()

    def stop(self) -> None:
        """Give everything back to Python's own rhythm."""
        if self._before is None:
            return
        gc.set_threshold(*self._before)
        gc.callbacks.remove(self._heard)
        gc.unfreeze()
        self._before = None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Tell that somebody waits for what happens in this block."""
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1

    def tick(self) -> int | None:
        """Collect what is due; return which generation was, None for none."""
        now = self._clock()
        waited = now - self._full_at
        if waited >= FULL_AT_LAST or (waited >= FULL_AFTER and self._at_work == 0):
            gc.collect()
            self._give_back()
            self._full_at = self._young_at = now
            return 2
        if now - self._young_at >= YOUNG_EVERY:
            gc.collect(1)
            self._young_at = now
            return 1
        return None

    def _heard(self, phase: str, info: dict[str, Any]) -> None:
        # Called by whichever thread collects; there is one collection at a time.
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self._paused(int(info["generation"]), time.perf_counter() - self._began)
