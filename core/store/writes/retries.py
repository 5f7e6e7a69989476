"""Retry writes after a conflict. If the answer to a commit is lost, check the write."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NoReturn, TypeVar, cast

from tenacity import (
    RetryCallState,
    retry,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random_exponential,
)

from core.errors import (
    N_,
    CommitUnknownError,
    ConflictError,
    GaveWayError,
    OutcomeUnknownError,
    SpaceFreedError,
    StoreBusyError,
    StoreError,
)
from core.store.engine import Engine, Params

#: The maximum number of tries, and the longest pause between two tries in seconds.
ATTEMPTS: Final = 6
LONGEST_WAIT: Final = 0.25

#: The maximum number of tries of a background job. The pauses grow from FIRST_PAUSE to
#: LONGEST_PAUSE seconds. All pauses together take about half a minute.
TURNS: Final = 12
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 5.0


class _RollBack(Exception):  # noqa: N818 - it ends a transaction and is no error
    pass


_Write = TypeVar("_Write", bound=Callable[..., Any])


def _give_up(state: RetryCallState) -> NoReturn:
    assert state.outcome is not None
    raise StoreBusyError(
        N_("The database is busy."), N_("Try again in a moment.")
    ) from state.outcome.exception()


_after_a_conflict = retry(
    retry=retry_if_exception_type((ConflictError, SpaceFreedError)),
    stop=stop_after_attempt(ATTEMPTS),
    wait=wait_random_exponential(multiplier=0.01, max=LONGEST_WAIT),
    retry_error_callback=_give_up,
)
_after_giving_way = retry(
    retry=retry_if_exception_type(GaveWayError),
    stop=stop_after_attempt(TURNS),
    wait=wait_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
    retry_error_callback=_give_up,
)


def retried(write: _Write) -> _Write:
    """Retry a whole transaction. Raise StoreBusyError after the last try.

    * After a ConflictError or a SpaceFreedError, there are at most ATTEMPTS tries.
    * If a background job gives way to people, there are at most TURNS tries.
    """
    return cast(_Write, _after_giving_way(_after_a_conflict(write)))


def write_once(write: Callable[[], bool], was_written: Callable[[], bool]) -> bool:
    """Return the result of `write`. If the answer to the commit is lost, call `was_written`.

    `was_written` must wait for the end of the transaction on the server. If `was_written` returns
    False, this function raises the error of the commit. If the store does not answer, raise
    OutcomeUnknownError.
    """
    try:
        return write()
    except CommitUnknownError as doubt:
        try:
            if was_written():
                return True
        except StoreError as away:
            raise OutcomeUnknownError(
                N_(
                    "The database does not answer, and it is not known yet whether this was "
                    "written."
                ),
                N_("Check again when it is back. Abort urgent sends in the platform."),
            ) from away
        raise doubt.cause from doubt


def is_stored(engine: Engine, offer: str, params: Params) -> bool:
    """Return whether the row in `params` is stored, after the answer to its commit was lost.

    On a server, the transaction can still be open. `offer` is an INSERT of the row. The INSERT
    waits for the end of the open transaction, and is then rolled back.
    """
    is_new = True
    with suppress(_RollBack), engine.transaction() as tx:
        is_new = tx.change(offer, params) == 1
        raise _RollBack
    return not is_new
