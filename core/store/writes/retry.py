"""Trying a write again where another one came first, or where a full disk has room again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, NoReturn, ParamSpec, TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from core.errors import N_, ConflictError, SpaceFreedError, StoreBusyError

#: How often a write that meets another one is tried, and the longest wait between two tries.
ATTEMPTS: Final = 6
LONGEST_WAIT: Final = 0.25

_P = ParamSpec("_P")
_R = TypeVar("_R")
_S = TypeVar("_S")


def _give_up(state: RetryCallState) -> NoReturn:
    assert state.outcome is not None
    raise StoreBusyError(
        N_("The database is busy."), N_("Try again in a moment.")
    ) from state.outcome.exception()


def retried(
    write: Callable[Concatenate[_S, _P], _R],
) -> Callable[Concatenate[_S, _P], _R]:
    """Try a method that is one whole transaction again, with jitter, while it meets conflicts.

    The same where space was freed for it on a full disk, which happens once.

    Raises StoreBusyError where the last try meets one too.
    """

    @wraps(write)
    def tried(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        tries = Retrying(
            retry=retry_if_exception_type((ConflictError, SpaceFreedError)),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.01, max=LONGEST_WAIT),
            retry_error_callback=_give_up,
        )
        return tries(write, self, *args, **kwargs)

    return tried
