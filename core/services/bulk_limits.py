"""How many sends and recipients a person may abort at once.

The limits are settings and not part of the list of roles: an older version refuses a list with
unknown keys, and then no one could log in. It ignores settings that it does not know.
"""

from dataclasses import dataclass
from typing import Final

from core.access.permissions import Right, may
from core.domain.bulk_abort import BulkLimit
from core.domain.model import Actor

#: Sends above which the person types their number.
TYPE_ABOVE_SENDS: Final = 10


@dataclass(frozen=True, slots=True)
class BulkLimits:
    """The limits of everyone but administrators; None is unlimited.

    Above `type_above` recipients, the person types the number of sends.
    """

    sends: int | None
    recipients: int | None
    type_above: int | None

    def of(self, actor: Actor) -> BulkLimit:
        """Return the limit of one person. Administrators of all accounts have none."""
        if may(actor, Right.ADMINISTER):
            return BulkLimit(None, None, TYPE_ABOVE_SENDS, self.type_above)
        return BulkLimit(self.sends, self.recipients, TYPE_ABOVE_SENDS, self.type_above)
