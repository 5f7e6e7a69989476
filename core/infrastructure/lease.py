"""A lease: the right to do what only one of several dashboards may do, for a short while.

Whoever holds it renews it in time; who ends gives it up; who dies loses it when it runs out. Two
holders for a moment, as after a long pause, do no harm: every write is guarded all the same.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Callable
from typing import Final

from core.ports.shared_state import Leases

#: Seconds for which a lease holds; it is renewed when half of them are over.
LIFE: Final = 15.0


class Lease:
    """One process's claim to a lease, for `life` seconds. Not for sharing between threads."""

    def __init__(
        self,
        store: Leases,
        name: str,
        clock: Callable[[], float] = time.monotonic,
        life: float = LIFE,
    ) -> None:
        self._store = store
        self._name = name
        self._clock = clock
        self._life = life
        self._renew_at = 0.0
        self.holder = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

    def is_held(self) -> bool:
        """Take or renew the lease where that is due; tell whether it is ours.

        Raises StoreError where the store does not answer; then it is not ours.
        """
        now = self._clock()
        if now < self._renew_at:
            return True
        held = self._store.take_lease(self._name, self.holder, self._life)
        self._renew_at = now + self._life / 2 if held else 0.0
        return held

    def give_up(self) -> None:
        """Let somebody else take it at once."""
        self._renew_at = 0.0
        self._store.give_up_lease(self._name, self.holder)
