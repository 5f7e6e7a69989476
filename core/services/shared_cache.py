"""Answers that everybody shares: what was asked under a revision of the store is not asked again.

A hundred open pages ask the same few questions every few seconds. The first one asks the store, the
others wait for its answer or find it; a write by anybody makes all answers of before worthless.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from copy import copy
from datetime import datetime, timedelta
from typing import Final, ParamSpec, TypeVar

from cachetools import TTLCache, cached

_P = ParamSpec("_P")
_T = TypeVar("_T")

#: Answers kept at most, and seconds for which one is kept, whatever the revision says.
MOST: Final = 256
LONGEST: Final = 60.0

#: Questions about "now" are asked about the last full step of time, so that they are the same.
STEP: Final = timedelta(seconds=5)


def in_steps(moment: datetime, step: timedelta = STEP) -> datetime:
    """Return the last full step of time before a moment.

    >>> in_steps(datetime.fromisoformat("2026-11-23T12:00:09+00:00")).isoformat()
    '2026-11-23T12:00:05+00:00'
    """
    return moment - timedelta(seconds=moment.timestamp() % step.total_seconds())


class SharedCache:
    """Shares answers among threads. `revision` rises with every write to what is asked about."""

    def __init__(self, revision: Callable[[], int]) -> None:
        self._revision = revision
        self._check: Callable[[], None] = lambda: None
        #: How often the store was really asked.
        self.asked = 0
        self._shared = cached(TTLCache(MOST, LONGEST), condition=threading.Condition())(self._ask)

    def checked(self, check: Callable[[], None]) -> SharedCache:
        """Return the same answers for somebody to whom none is given where `check` then raises."""
        found = copy(self)
        found._check = check
        return found

    def ask(self, method: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what `method` answers. The arguments have to be hashable, the answer immutable.

        What the method raises goes through, and is not kept.
        """
        return self._of(None, method, *args, **kwargs)

    def ask_again(
        self, since: Hashable, method: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Return what `method` answers, asked anew where `since` is another than before."""
        return self._of(since, method, *args, **kwargs)

    def ask_alone(self, method: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what `method` answers now. The answer is not kept and not shared."""
        answer = method(*args, **kwargs)
        self._check()
        return answer

    def _of(
        self, since: Hashable, method: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        # The revision is read before the question is asked: an answer may be newer than it says,
        # never older.
        answer: _T = self._shared((self._revision(), since), method, *args, **kwargs)
        self._check()
        return answer

    def _ask(
        self, _key: Hashable, method: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        self.asked += 1
        return method(*args, **kwargs)
