"""Port for the shared state of dashboards."""

from datetime import datetime
from typing import Final, Protocol

#: The name of the fact with the data origin, and the value for demo data. Before the first load,
#: the fact does not exist.
ORIGIN: Final = "origin"
DEMO: Final = "demo"

#: A fact whose name begins with this prefix survives the end of the demo. An example is a column
#: mapping.
LASTING_PREFIX: Final = "kept."

#: The name of the fact with the time of the last poll. The import ids of polls begin with
#: POLL_PREFIX.
POLLED_AT: Final = "polled_at"
POLL_PREFIX: Final = "poll-"


class Facts(Protocol):
    """Facts about the store: names and texts."""

    def fact(self, name: str) -> str | None:
        """Return a fact, or None."""

    def set_fact(self, name: str, value: str, *, is_shown: bool = True) -> None:
        """Write a fact. The store's revision rises only if `is_shown` is true."""

    def change_fact(self, name: str, before: str | None, value: str) -> bool:
        """Write a fact if the old value is `before` (None: no value). Return False otherwise."""


class Leases(Protocol):
    """Leases. Only the dashboard with the lease does the job."""

    def take_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a lease. Return False if another holder has the lease."""

    def is_leased(self, name: str) -> bool:
        """Return whether any dashboard has the lease `name`."""

    def give_up_lease(self, name: str, holder: str) -> None:
        """Release a lease if `holder` has the lease."""


class EndedLoginStore(Protocol):
    """Logins that ended before they expired, because the person logged out."""

    def end_login(self, login: str, at: datetime, forget_before: datetime) -> None:
        """Record the end of a login. Forget logins that ended before `forget_before`."""

    def ended_logins(self) -> frozenset[str]:
        """Return the ids of the ended logins. `core.access.identity.login_of` makes these ids."""
