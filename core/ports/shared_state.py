"""Port for small state that all dashboards on one store share: facts, leases, ended logins."""

from datetime import datetime
from typing import Final, Protocol

#: ORIGIN is the name of the fact with the data origin. DEMO is its value for demo data. The fact
#: does not exist before the first load.
ORIGIN: Final = "origin"
DEMO: Final = "demo"

#: When Freio drops the demo data, it keeps facts with this prefix, for example column mappings.
LASTING_PREFIX: Final = "kept."

#: POLLED_AT is the name of the fact with the time of the last poll. Each poll writes an import. The
#: id of this import begins with POLL_PREFIX.
POLLED_AT: Final = "polled_at"
POLL_PREFIX: Final = "poll-"


class Facts(Protocol):
    """Facts about the store itself: pairs of a name and a text."""

    def fact(self, name: str) -> str | None:
        """Return a fact, or None."""

    def set_fact(self, name: str, value: str, *, is_shown: bool = True) -> None:
        """Write a fact. The store's revision rises only if `is_shown` is true."""

    def change_fact(self, name: str, before: str | None, value: str) -> bool:
        """Write a fact if its value is `before` (None: no value). Return whether it was written."""


class Leases(Protocol):
    """Leases. With a lease, only one of several dashboards does a job."""

    def take_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a lease for `seconds`. Return False if another holder has the lease."""

    def is_leased(self, name: str) -> bool:
        """Return whether any holder has a lease."""

    def give_up_lease(self, name: str, holder: str) -> None:
        """Release a lease if this holder has it."""


class EndedLoginStore(Protocol):
    """Logins that were ended before they expired."""

    def end_login(self, login: str, at: datetime, forget_before: datetime) -> None:
        """Record that a login was ended. Forget logins that were ended before `forget_before`."""

    def ended_logins(self) -> frozenset[str]:
        """Return the logins that were ended."""
