"""Single flight: concurrent callers share one run of a function."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs `work` in a thread. All callers during a run get the same result or error.

    After the run, a result is reused for `success_seconds`, and an error for `failure_seconds`.
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

        Raise TimeoutError `wait` seconds after the start of the run (None: no limit).
        """
        future, began_at = self._current()
        left = None if wait is None else max(0.0, wait - (self._clock() - began_at))
        error = future.exception(left)
        if error is not None:
            # All callers raise the same error object. Remove the traceback of earlier callers.
            raise error.with_traceback(None)
        return future.result()

    def future(self) -> Future[T]:
        """Return the future of the current run. If there is no valid run, start a run."""
        return self._current()[0]

    def forget(self) -> None:
        """Make the next caller start a new run."""
        with self._lock:
            self._future = None

    def settle(self, wait: float) -> None:
        """Wait at most `wait` seconds for the end of the current run."""
        with self._lock:
            future = self._future
        if future is not None:
            with suppress(TimeoutError):
                future.exception(wait)

    def _current(self) -> tuple[Future[T], float]:
        with self._lock:
            if self._future is None or not self._holds(self._future):
                self._future, self._began_at = Future(), self._clock()
                # A caller must not cancel the run for all callers.
                self._future.set_running_or_notify_cancel()
                work = threading.Thread(
                    target=self._run, args=(self._future,), name=self._name, daemon=True
                )
                work.start()
            return self._future, self._began_at

    def _holds(self, future: Future[T]) -> bool:
        if not future.done():
            return True
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
