"""A lock that serves waiting threads first in, first out, with a time limit.

`threading.Lock` has no order, so one writer among many can starve.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import N_, StoreBusyError


class FifoLock:
    """A fair, non-reentrant lock."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._held = False

    @contextmanager
    def held(self, timeout: float) -> Iterator[None]:
        """Hold the lock for a block. Raises StoreBusyError after `timeout` seconds of waiting."""
        self._acquire(timeout)
        try:
            yield
        finally:
            self._release()

    def _acquire(self, timeout: float) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(timeout):
            return
        with self._guard:
            if turn.is_set():  # this thread got the lock just after its wait ended
                return
            self._waiting.remove(turn)
        raise StoreBusyError(N_("The database is busy."), N_("Try again in a moment."))

    def _release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()  # pass the lock on without freeing it
            else:
                self._held = False
