"""Work that may take long or fail: one thread does it at a time, and everybody gets its result.

With a database that does not answer, each caller would otherwise wait for its own time-out, one
after the other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Does `work` in a thread of its own. All who ask meanwhile get the same result or error.

    A result is given out again for `success_seconds` after it came, an error for `failure_seconds`.
    `clock` tells seconds.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], T],
        *,
        success_seconds: float,
        failure_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.success_seconds, self.failure_seconds = success_seconds, failure_seconds
        self._name = name
        self._work = work
        self._clock = clock
        self._lock = threading.Lock()
        self._future: Future[T] | None = None
        self._began_at = self._ended_at = 0.0

    def get(self, wait: float | None) -> T:
        """Return the result, or raise the error.

        Raises TimeoutError where the attempt takes longer than `wait` seconds, counted from its
        beginning: who asks later waits for the rest only. None waits for its end.
        """
        future, began_at = self._current()
        left = None if wait is None else max(0.0, wait - (self._clock() - began_at))
        error = future.exception(left)
        if error is not None:
            # Without the places where others raised the same error before.
            raise error.with_traceback(None)
        return future.result()

    def future(self) -> Future[T]:
        """Return the attempt that is under way, or the last one while its result holds."""
        return self._current()[0]

    def failure(self) -> BaseException | None:
        """Return the error of the last attempt while it holds, None otherwise. Starts nothing."""
        with self._lock:
            future = self._future if self._holds() else None
        return future.exception() if future is not None and future.done() else None

    def forget(self) -> None:
        """Make the next caller start a new attempt."""
        with self._lock:
            self._future = None

    def settle(self, wait: float) -> None:
        """Wait for the end of an attempt that is under way, for so many seconds at most."""
        with self._lock:
            future = self._future
        if future is not None:
            with suppress(TimeoutError):
                future.exception(wait)

    def _current(self) -> tuple[Future[T], float]:
        with self._lock:
            if self._future is None or not self._holds():
                self._future, self._began_at = Future(), self._clock()
                # Nobody who gives up waiting may cancel it for the others.
                self._future.set_running_or_notify_cancel()
                work = threading.Thread(
                    target=self._run, args=(self._future,), name=self._name, daemon=True
                )
                work.start()
            return self._future, self._began_at

    def _holds(self) -> bool:
        future = self._future
        if future is None or not future.done():
            return future is not None
        holds = self.success_seconds if future.exception() is None else self.failure_seconds
        return self._clock() - self._ended_at < holds

    def _run(self, future: Future[T]) -> None:
        try:
            result = self._work()
        except BaseException as error:
            self._ended_at = self._clock()
            future.set_exception(error)
        else:
            self._ended_at = self._clock()
            future.set_result(result)
