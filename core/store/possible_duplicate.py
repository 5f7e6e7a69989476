"""SQL conditions for possible duplicates.

The statements `possible_duplicates` and `alike` also compare name, account and audience.
"""

from datetime import timedelta
from typing import Final

from core.domain.states import State
from core.store.state_conditions import names_of

#: Two sends are no duplicates if their scheduled times are at least this far apart.
WITHIN: Final = timedelta(days=1)

#: A send in one of these states does not go out, so it is not a duplicate.
_NOT_SENT: Final = (State.DRAFT, State.CANCELLING, State.CANCELLED, State.ABORTED)

INTERVAL: Final = f"INTERVAL '{WITHIN.total_seconds():.0f} seconds'"

#: The condition that a send goes out, on a row of `configurations`. If the send went on after its
#: abort, `went_on_as` has the state that the platform reports.
GOES_OUT_SQL: Final = f"coalesce(went_on_as, state) NOT IN ({names_of(_NOT_SENT)})"
