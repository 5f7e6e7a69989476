"""Port for small state that all dashboards on one store share: facts, leases, ended logins."""

from datetime import datetime
from typing import Final, Protocol

#: The fact with the origin of the data, and its value for demo data. The fact does not exist
#: before the first load.
ORIGIN: Final = "origin"
DEMO: Final = "demo"

#: The prefix of facts that stay when the demo data is dropped, such as column mappings.
LASTING_PREFIX: Final = "kept."

#: The fact with the time at which the platform was last read, and the prefix of ids of imports that
#: are polls of the platform.
POLLED_AT: Final = "polled_at"
POLL_PREFIX: Final = "poll-"


class Facts(Protocol):
    """Facts about the store itself: pairs of a name and a text."""

    def fact(self, name: str) -> str | None:
        """Return a fact, or None."""

    def set_fact(self, name: str, value: str, *, is_shown: bool = True) -> None:
        """Write a fact; the revision rises only if `is_shown`."""

    def change_fact(self, name: str, before: str | None, value: str) -> bool:
        """Write a fact if its value is still `before` (None: no fact); return whether it did."""


class Leases(Protocol):
    """Leases, so that only one of several dashboards does a job."""

    def take_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a lease for some seconds; return False if another holder has it."""

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
