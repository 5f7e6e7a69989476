"""Conditions of the SQL for possible duplicates.

Two statements use them: `possible_duplicates` in `sql/history.sql`, and `alike` in
`sql/overview.sql`. The statements also say which columns must be equal.
"""

from datetime import timedelta
from typing import Final

from core.domain.states import State
from core.store.state_conditions import names_of

#: Two sends are no duplicates if their scheduled times are at least this far apart.
WITHIN: Final = timedelta(days=1)

#: Sends in these states do not go out, so no other send repeats them.
_NOT_SENT: Final = (State.DRAFT, State.CANCELLING, State.CANCELLED, State.ABORTED)

INTERVAL: Final = f"INTERVAL '{WITHIN.total_seconds():.0f} seconds'"

#: The condition that a send goes out, on a row of `configurations`. If the send went on after its
#: abort, `went_on_as` has the state that the platform reports.
GOES_OUT_SQL: Final = f"coalesce(went_on_as, state) NOT IN ({names_of(_NOT_SENT)})"
