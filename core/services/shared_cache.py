"""Caches of query results that all sessions share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, ParamSpec, TypeVar

from cachetools import TTLCache, cached

_P = ParamSpec("_P")
_T = TypeVar("_T")

MAX_RESULTS: Final = 256
MAX_SECONDS: Final = 60.0

#: A query about "now" uses a time that is rounded down to a multiple of STEP. Queries in the same
#: five seconds are then equal.
STEP: Final = timedelta(seconds=5)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def in_steps(moment: datetime, step: timedelta = STEP) -> datetime:
    """Return a moment, rounded down to a multiple of `step`.

    >>> in_steps(datetime.fromisoformat("2026-11-23T12:00:09+00:00")).isoformat()
    '2026-11-23T12:00:05+00:00'
    """
    # Do not calculate with floats: a rounding error can give a moment just before the step.
    return moment - (moment - _EPOCH) % step


def _call(_key: Hashable, method: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    return method(*args, **kwargs)


class SharedCache:
    """Shares results among threads, until `revision` changes or MAX_SECONDS have passed."""

    def __init__(self, revision: Callable[[], int]) -> None:
        self._revision = revision
        self._check: Callable[[], None] = lambda: None
        results: TTLCache[Hashable, Any] = TTLCache(MAX_RESULTS, MAX_SECONDS)
        self._shared = cached(results, condition=threading.Condition(), info=True)(_call)

    def checked(self, check: Callable[[], None]) -> SharedCache:
        """Return a cache that shares all results, and calls `check` before it returns a result."""
        checked = copy(self)
        checked._check = check
        return checked

    def get(self, method: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return the result of `method`.

        The arguments must be hashable, and the result immutable. Errors are not cached.
        """
        return self.get_since(None, method, *args, **kwargs)

    def get_since(
        self, since: Hashable, method: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Return the result of `method`. A new value of `since` causes a new call of `method`."""
        # Read the revision first: no result may be older than the revision in the key.
        result: _T = self._shared((self._revision(), since), method, *args, **kwargs)
        self._check()
        return result

    def uncached(self, method: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return the result of `method` without the cache."""
        result = method(*args, **kwargs)
        self._check()
        return result


class StepCache(Generic[_T]):
    """Shares results among threads for a step of time. Ignores writes to the store."""

    def __init__(self, size: int, step: timedelta) -> None:
        self._step, self._lock = step, threading.Lock()
        self._results: TTLCache[Hashable, _T] = TTLCache(size, 2 * step.total_seconds())

    def get(self, now: datetime, key: Hashable, compute: Callable[[], _T]) -> _T:
        """Return the result for a key, computed once in the time step of `now`."""
        key = (in_steps(now, self._step), key)
        with self._lock:
            result = self._results.get(key)
            if result is None:
                result = self._results[key] = compute()
            return result
