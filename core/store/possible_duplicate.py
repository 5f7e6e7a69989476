"""SQL conditions for possible duplicates.

The statements `possible_duplicates` and `alike` also compare name, account and audience.
"""

from datetime import timedelta
from typing import Final

from core.domain.states import State
from core.store.state_conditions import names_of

#: Two duplicates are less than a day apart.
WITHIN: Final = timedelta(days=1)

#: A send in one of these states is no duplicate.
_NOT_SENT: Final = (State.DRAFT, State.CANCELLING, State.CANCELLED, State.ABORTED)

INTERVAL: Final = f"INTERVAL '{WITHIN.total_seconds():.0f} seconds'"

#: A condition for a row of `configurations`: the send goes out. If the send went on after an abort,
#: `went_on_as` is the reported state.
GOES_OUT_SQL: Final = f"coalesce(went_on_as, state) NOT IN ({names_of(_NOT_SENT)})"
