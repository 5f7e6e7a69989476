"""Retry a write after a conflict. If a commit gets no answer, find out if the write was done."""

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

#: The maximum number of tries of a write, and the longest wait between two tries in seconds.
ATTEMPTS: Final = 6
LONGEST_WAIT: Final = 0.25

#: The maximum number of tries of a background job that gives way to people. The pauses between two
#: tries grow from FIRST_PAUSE to LONGEST_PAUSE seconds. Together they are about half a minute.
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
    """Retry a function that does one whole transaction. Raise StoreBusyError after the last try.

    * After a conflict with another write, or after Freio freed space on a full disk, there are at
      most ATTEMPTS tries.
    * A background job gives way to people at most TURNS times.
    """
    return cast(_Write, _after_giving_way(_after_a_conflict(write)))


def write_once(write: Callable[[], bool], was_written: Callable[[], bool]) -> bool:
    """Call `write` and return its result.

    If the answer to the commit is lost, call `was_written` to find out what happened. `was_written`
    must wait until the server has ended the transaction. Raise OutcomeUnknownError if the store
    does not answer `was_written`. If the write was not done, raise the error of the commit.
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
    """The answer to a commit was lost. Return whether its row was stored.

    On a server, the transaction can still be open. `offer` is an INSERT of the same row. It waits
    until the open transaction has ended, and adds nothing if the id exists. Then it is rolled back.
    """
    is_new = True
    with suppress(_RollBack), engine.transaction() as tx:
        is_new = tx.change(offer, params) == 1
        raise _RollBack
    return not is_new
