"""The writer's lock. Writes of people get the lock before background jobs.

People get the lock in their order of arrival, and jobs in theirs. A `threading.Lock` has no order:
a thread could wait forever.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from core.errors import N_, GaveWayError, StoreBusyError

#: A background job can keep the lock for at least this time in seconds. After this time, a write of
#: a person can stop the job. Most transactions end earlier.
GRACE: Final = 0.05

#: Seconds between two interrupts of a job. Interrupt again, because an interrupt between two
#: statements has no effect.
_AGAIN: Final = 0.005

#: If a background job has waited longer than this (in seconds), it gets the lock before people.
PATIENCE: Final = 1.0


class BackgroundTurn:
    """A transaction of a background job. A write of a person can stop the job."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._interrupt: Callable[[], None] | None = None
        self.is_stopped = False

    def begin(self, interrupt: Callable[[], None]) -> None:
        with self._guard:
            self._interrupt = interrupt

    def end(self) -> None:
        """Allow no more interrupts. COMMIT and ROLLBACK must not be interrupted."""
        with self._guard:
            self._interrupt = None

    def stop(self) -> None:
        """Stop the job. Call this repeatedly until the job has released the lock."""
        with self._guard:
            self.is_stopped = True
            if self._interrupt is not None:
                self._interrupt()

    def require(self) -> None:
        if self.is_stopped:
            raise gave_way()


def gave_way() -> GaveWayError:
    """Return the error for a stopped job."""
    return GaveWayError(N_("Another change came first."), N_("Try again in a moment."))


@dataclass(slots=True, eq=False)
class _Waiting:
    turn: BackgroundTurn | None
    since: float
    has_lock: threading.Event = field(default_factory=threading.Event)


class FifoLock:
    """A non-reentrant lock."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._people: deque[_Waiting] = deque()
        self._jobs: deque[_Waiting] = deque()
        self._is_held = False
        #: The background job with the lock. None if a person or nobody has the lock.
        self._holder: BackgroundTurn | None = None
        #: The time when a thread last got the lock.
        self._since = 0.0

    @contextmanager
    def held(self, timeout: float, turn: BackgroundTurn | None = None) -> Iterator[None]:
        """Take the lock for a block. `turn` is None for a person's write."""
        self._acquire(timeout, turn)
        try:
            yield
        finally:
            self._release()

    def _acquire(self, timeout: float, turn: BackgroundTurn | None) -> None:
        with self._guard:
            if not self._is_held:
                self._is_held = True
                self._take(turn)
                return
            waiting = _Waiting(turn, time.monotonic())
            queue = self._people if turn is None else self._jobs
            queue.append(waiting)
        if self._wait(waiting, timeout):
            return
        with self._guard:
            if waiting.has_lock.is_set():  # the lock came just after the timeout
                return
            queue.remove(waiting)
        raise StoreBusyError(N_("The database is busy."), N_("Try again in a moment."))

    def _wait(self, waiting: _Waiting, timeout: float) -> bool:
        if waiting.turn is not None:
            return waiting.has_lock.wait(timeout)
        give_up = waiting.since + timeout
        while (now := time.monotonic()) < give_up:
            holder, pause = self._holder, GRACE
            if holder is not None:
                pause -= now - self._since
                if pause <= 0:
                    holder.stop()
            if waiting.has_lock.wait(min(max(pause, _AGAIN), give_up - now)):
                return True
        return False

    def _take(self, turn: BackgroundTurn | None) -> None:
        self._since, self._holder = time.monotonic(), turn

    def _release(self) -> None:
        with self._guard:
            queue = self._people or self._jobs
            if self._jobs and time.monotonic() - self._jobs[0].since > PATIENCE:
                queue = self._jobs
            if queue:
                following = queue.popleft()
                self._take(following.turn)
                following.has_lock.set()  # the lock goes directly to the next thread
            else:
                self._is_held, self._holder = False, None
