"""A lease: for a short time, only its holder among several dashboards may do a task.

The holder renews the lease in time, and gives it up when the process ends. If the process is
killed, the lease expires. If the process pauses for a long time, there can be two holders. Two
holders do no harm, because every write has a guard.
"""

import os
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from core.ports.shared_state import Leases

#: Seconds until a lease expires; it is renewed after half of them. Other processes try each second,
#: so one of them takes over within 15 seconds.
LIFE: Final = 14.0


def _unique_holder() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


@dataclass(slots=True)
class Lease:
    """A process's claim to a lease of `life` seconds. Not thread-safe."""

    store: Leases
    name: str
    clock: Callable[[], float] = time.monotonic
    life: float = LIFE
    holder: str = field(init=False, default_factory=_unique_holder)
    _renew_at: float = field(init=False, default=0.0)

    def is_held(self) -> bool:
        """Take or renew the lease if it is due; return whether this process holds it.

        Raises StoreError if the store does not answer. Then this process does not hold the lease.
        """
        now = self.clock()
        if now < self._renew_at:
            return True
        held = self.store.take_lease(self.name, self.holder, self.life)
        self._renew_at = now + self.life / 2 if held else 0.0
        return held

    def give_up(self) -> None:
        """Release the lease, so that another process can take it at once."""
        self._renew_at = 0.0
        self.store.give_up_lease(self.name, self.holder)
