"""Retry a write after a conflict. Look up whether a commit without an answer was done."""

from collections.abc import Callable
from typing import Final, NoReturn

from tenacity import (
    RetryCallState,
    retry,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from core.errors import (
    N_,
    CommitUnknownError,
    ConflictError,
    OutcomeUnknownError,
    SpaceFreedError,
    StoreBusyError,
    StoreError,
)

#: The most tries of a write, and the longest wait between two tries in seconds.
ATTEMPTS: Final = 6
LONGEST_WAIT: Final = 0.25


def _give_up(state: RetryCallState) -> NoReturn:
    assert state.outcome is not None
    raise StoreBusyError(
        N_("The database is busy."), N_("Try again in a moment.")
    ) from state.outcome.exception()


#: Retries a function that is one whole transaction, after random waits. Retries after a conflict
#: with another write, and after space was freed on a full disk. Raises StoreBusyError after the
#: last try.
retried = retry(
    retry=retry_if_exception_type((ConflictError, SpaceFreedError)),
    stop=stop_after_attempt(ATTEMPTS),
    wait=wait_random_exponential(multiplier=0.01, max=LONGEST_WAIT),
    retry_error_callback=_give_up,
)


def write_once(write: Callable[[], bool], was_written: Callable[[], bool]) -> bool:
    """Write.

    If the answer to the commit is lost, call `was_written` to find out what happened. `was_written`
    must wait until the server has ended the transaction. Raise OutcomeUnknownError if it gets no
    answer either.
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
                N_("Check again when it is back. Stop urgent sends in the platform."),
            ) from away
        raise doubt.cause from doubt
