"""The SQL condition of a possible duplicate, for the flag and for *Needs attention*."""

from datetime import timedelta
from typing import Final

from core.domain.states import State
from core.store.state_conditions import names_of

#: Two sends are no duplicates if they are scheduled this far apart, or further.
WITHIN: Final = timedelta(days=1)

#: Sends in these states do not go out, so no other send repeats them. A send that went on after its
#: abort goes out.
_NOT_SENT: Final = (State.DRAFT, State.CANCELLING, State.CANCELLED, State.ABORTED)


#: The columns that two possible duplicates have in common.
SAME: Final = ("name", "account", "audience")
INTERVAL: Final = f"INTERVAL '{WITHIN.total_seconds():.0f} seconds'"


def goes_out(prefix: str = "") -> str:
    """Return the condition that a row goes out. `prefix` is the name of the row and a dot."""
    return f"coalesce({prefix}went_on_as, {prefix}state) NOT IN ({names_of(_NOT_SENT)})"


def possible_duplicate(send: str, other: str) -> str:
    """Return the condition that the row `other` can go out to the same people as the row `send`.

    Both rows have the same name, account and audience, and are scheduled less than WITHIN apart.
    The condition is also true for a row and itself, so the statement must compare the ids too.
    """
    same = " AND ".join(f"{other}.{name} = {send}.{name}" for name in SAME)
    return (
        f"({same} AND {other}.scheduled_at > {send}.scheduled_at - {INTERVAL}"
        f" AND {other}.scheduled_at < {send}.scheduled_at + {INTERVAL}"
        f" AND {goes_out(f'{other}.')})"
    )
