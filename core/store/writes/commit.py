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

#: ATTEMPTS is the maximum number of tries of a write. LONGEST_WAIT is the longest wait between two
#: tries, in seconds.
ATTEMPTS: Final = 6
LONGEST_WAIT: Final = 0.25

#: TURNS is the maximum number of tries of a background job that gives way to people. The first
#: pause between two tries is FIRST_PAUSE seconds. Each further pause is twice as long, up to
#: LONGEST_PAUSE seconds. All pauses together are about half a minute.
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
    """Retry a function that does one whole transaction.

    * After a conflict with another write, wait a random time and call the function again. Do the
      same if Freio freed space on a full disk. There are at most ATTEMPTS calls.
    * If a background job gave way to a person, pause and call the function again. The job gives way
      at most TURNS times.

    Raises StoreBusyError after the last try.
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
    """Return whether a row was stored, after the answer to its commit was lost.

    On a server, the transaction can still be open. Therefore insert a row with the same id: `offer`
    is an INSERT that adds no row if the id exists. The insert waits until the open transaction has
    ended. Then roll the insert back.
    """
    is_new = True
    with suppress(_RollBack), engine.transaction() as tx:
        is_new = tx.change(offer, params) == 1
        raise _RollBack
    return not is_new
