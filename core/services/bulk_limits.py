"""The limits of a bulk abort.

Keep the limits in the settings, not in the roles file. An older version of Freio ignores an unknown
setting, but refuses all logins if the roles file has an unknown key.
"""

from dataclasses import dataclass
from typing import Final

from core.access.permissions import Right, may
from core.domain.bulk_abort import BulkLimit
from core.domain.model import Actor
from core.errors import N_, AccessError

NONE_STOPPED: Final = N_("Nothing was stopped; these sends may still go out.")

#: To abort more sends than this, a person has to type the number of sends.
TYPE_ABOVE_SENDS: Final = 10


class BulkLimitError(AccessError):
    """A bulk abort exceeds the limit of the actor."""

    means = NONE_STOPPED


@dataclass(frozen=True, slots=True)
class BulkLimits:
    """The limits of a bulk abort. None means: no limit.

    - `sends`, `recipients`: the maximum numbers in a bulk abort. They do not limit an administrator
      who sees all accounts.
    - `type_above`: above this number of recipients, every person has to type the number of sends.
    """

    sends: int | None
    recipients: int | None
    type_above: int | None

    def of(self, actor: Actor) -> BulkLimit:
        """Return the limit of a person."""
        if may(actor, Right.ADMINISTER):
            return BulkLimit(None, None, TYPE_ABOVE_SENDS, self.type_above)
        return BulkLimit(self.sends, self.recipients, TYPE_ABOVE_SENDS, self.type_above)


def over_limit(
    limit: BulkLimit, sends: int, recipients: int, unsized: int
) -> BulkLimitError | None:
    """Return an error if the limit is exceeded, else None.

    `unsized` is the number of sends with an unknown number of recipients.
    """
    if limit.allows(sends, recipients, unsized):
        return None
    if limit.sends is not None and sends > limit.sends:
        return BulkLimitError(
            N_("You may abort at most {limit} sends at once. With these, it would be {count}."),
            N_("Choose fewer sends, or ask an administrator."),
            limit=limit.sends,
            count=sends,
        )
    if unsized:
        return BulkLimitError(
            N_(
                "You may abort sends to at most {limit} recipients at once. {count} of these sends "
                "have an unknown number of recipients."
            ),
            N_("Abort these sends one by one, or ask an administrator."),
            limit=limit.recipients,
            count=unsized,
        )
    return BulkLimitError(
        N_(
            "You may abort sends to at most {limit} recipients at once. With these, it would be "
            "{count}."
        ),
        N_("Choose fewer sends, or ask an administrator."),
        limit=limit.recipients,
        count=recipients,
    )
