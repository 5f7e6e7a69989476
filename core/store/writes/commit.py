"""Commits of which the answer may be lost."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import N_, CommitUnknownError, OutcomeUnknownError, StoreError


def settled(write: Callable[[], bool], was_written: Callable[[], bool]) -> bool:
    """Write; where the commit's answer was lost, look up what was written before anything is said.

    `was_written` has to wait for a transaction that the server may still be at. Raises
    OutcomeUnknownError where the store does not answer that either.
    """
    try:
        return write()
    except CommitUnknownError as doubt:
        try:
            if was_written():
                return True
        except StoreError as away:
            raise _unknown() from away
        raise doubt.cause from doubt


def _unknown() -> OutcomeUnknownError:
    return OutcomeUnknownError(
        N_("The database does not answer, and nobody can say yet whether this was written."),
        N_("Look again when it is back; what cannot wait, stop in the platform."),
    )
