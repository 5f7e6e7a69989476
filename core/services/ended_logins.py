"""Ended logins: after a logout, every dashboard refuses all copies of the login cookie."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.errors import StoreError
from core.ports.shared_state import EndedLoginStore
from core.services.shared_cache import SharedCache

log = logging.getLogger(__name__)

#: The store keeps an ended login for this time. A login cookie is valid for 30 days. Streamlit
#: accepts the cookie for one more day.
KEPT: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class EndedLogins:
    """Ends logins in all dashboards of a store."""

    store: EndedLoginStore
    clock: Callable[[], datetime]
    cache: SharedCache
    #: Ended logins that could not be stored. Only this process refuses these logins.
    _here: set[str] = field(default_factory=set)

    def end(self, login: str) -> None:
        """End a login everywhere."""
        self._here.add(login)
        now = self.clock()
        try:
            self.store.end_login(login, now, now - KEPT)
        except StoreError as error:
            log.warning("an ended login is known to this process only: %s", error)
        else:
            self._here.discard(login)

    def has_ended(self, login: str) -> bool:
        """Return whether a login was ended."""
        if login in self._here:
            return True
        try:
            return login in self.cache.get(self.store.ended_logins)
        except StoreError:
            # False is safe: without the store, no page can show or change data.
            return False
