"""The pause that a platform demands. During the pause, Freio makes no request."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from core.errors import ConnectorError
from core.ports.connector import TOO_MANY

_T = TypeVar("_T")

#: The longest pause, even if a platform demands a longer pause.
LONGEST_PAUSE: Final = timedelta(minutes=5)

#: The longest wait before a retry, in seconds; short, because a send can go out in seconds.
_LONGEST_WAIT: Final = 5.0


def wait_before_retry(tries: int, retry_after: float | None = None) -> timedelta:
    """Return the wait after `tries` failures: 0.5 s to 5 s, doubled each time, with jitter.

    `retry_after` is the minimum, in seconds.
    """
    wait = 0.5 * 2 ** min(max(tries - 1, 0), 10) + random.uniform(0, 0.5)  # noqa: S311
    return timedelta(seconds=max(min(wait, _LONGEST_WAIT), retry_after or 0.0))


@dataclass(slots=True)
class RequestPause:
    """The pause of a platform in this process. `error` is the error that caused the last pause."""

    error: ConnectorError | None = field(default=None, init=False)
    _until: datetime | None = field(default=None, init=False)
    #: The number of pauses since the last answer. A pause with a demanded length does not count.
    _times: int = field(default=0, init=False)

    def left(self, now: datetime) -> timedelta:
        """Return how long the pause still lasts at `now`."""
        left = timedelta(0) if self._until is None else self._until - now
        # If the clock was set back, `left` can be too long.
        return left if timedelta(0) < left <= LONGEST_PAUSE else timedelta(0)

    def ask(self, clock: Callable[[], datetime], call: Callable[..., _T], *args: str) -> _T:
        """Make a request to the platform. Raise ConnectorError if there is no usable answer."""
        try:
            answer = call(*args)
        except ConnectorError as error:
            self.failed(error, clock())
            raise
        self._times = 0
        return answer

    def failed(self, error: ConnectorError, now: datetime) -> None:
        """Begin a pause if the error demands a pause."""
        wait = error.retry_after
        if not wait and error.happened == TOO_MANY and not self.left(now):
            self._times += 1
            wait = wait_before_retry(self._times).total_seconds()
        if wait:
            self.error = error
            self._until = now + max(self.left(now), min(timedelta(seconds=wait), LONGEST_PAUSE))
