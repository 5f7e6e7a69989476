"""Logins that were ended: a cookie that another tab or browser still has opens nothing any more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.errors import StoreError
from core.ports.shared_state import EndedLoginStore
from core.services.shared_cache import SharedCache

log = logging.getLogger(__name__)

#: For how long it is known that a login was ended: its cookie is kept for 30 days.
KEPT: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class EndedLogins:
    """Ends logins, for all dashboards that share the store, and knows which were ended."""

    store: EndedLoginStore
    clock: Callable[[], datetime]
    cache: SharedCache
    #: Those that the store did not take; this process knows them for as long as it lives.
    _here: set[str] = field(default_factory=set)

    def end(self, login: str) -> None:
        """End a login, wherever it is used."""
        self._here.add(login)
        now = self.clock()
        try:
            self.store.end_login(login, now, now - KEPT)
        except StoreError as error:
            log.warning("a login that was ended is known to this process only: %s", error)
        else:
            self._here.discard(login)

    def has_ended(self, login: str) -> bool:
        """Tell whether a login was ended."""
        if login in self._here:
            return True
        try:
            return login in self.cache.ask(self.store.ended_logins)
        except StoreError:
            # Without the store nothing can be seen or done by anybody.
            return False
