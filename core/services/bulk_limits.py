"""How many sends and recipients a person may abort at once.

The limits are settings and not part of the list of roles: an older version of Freio refuses a list
with unknown keys, and then no one could log in, but it ignores unknown settings.
"""

from dataclasses import dataclass
from typing import Final

from core.access.permissions import Right, may
from core.domain.bulk_abort import BulkLimit
from core.domain.model import Actor

#: For more sends than this, the person has to type their number.
TYPE_ABOVE_SENDS: Final = 10


@dataclass(frozen=True, slots=True)
class BulkLimits:
    """The limits of all people except administrators. None means no limit.

    For more than `type_above` recipients, each person has to type the number of sends.
    """

    sends: int | None
    recipients: int | None
    type_above: int | None

    def of(self, actor: Actor) -> BulkLimit:
        """Return the limit of one person. Administrators of all accounts have none."""
        if may(actor, Right.ADMINISTER):
            return BulkLimit(None, None, TYPE_ABOVE_SENDS, self.type_above)
        return BulkLimit(self.sends, self.recipients, TYPE_ABOVE_SENDS, self.type_above)
