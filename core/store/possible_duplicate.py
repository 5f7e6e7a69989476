"""Parts of the SQL for possible duplicates: for the flag and for *Needs attention*.

Which columns must be equal is in the statements `possible_duplicates` (`sql/history.sql`) and
`alike` (`sql/overview.sql`).
"""

from datetime import timedelta
from typing import Final

from core.domain.states import State
from core.store.state_conditions import names_of

#: Two sends are no duplicates if they are scheduled this far apart, or further.
WITHIN: Final = timedelta(days=1)

#: Sends in these states do not go out, so no other send repeats them. A send that went on after its
#: abort goes out.
_NOT_SENT: Final = (State.DRAFT, State.CANCELLING, State.CANCELLED, State.ABORTED)

INTERVAL: Final = f"INTERVAL '{WITHIN.total_seconds():.0f} seconds'"

#: The condition that a row of `configurations` goes out.
GOES_OUT_SQL: Final = f"coalesce(went_on_as, state) NOT IN ({names_of(_NOT_SENT)})"
