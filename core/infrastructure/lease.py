"""A lease: for some seconds, only one of several dashboards does a task.

The *holder* has the lease. If the holder's process stands still until the lease expires, another
process takes the lease. Both can then do the task, which is harmless: every write has a guard.
"""

import os
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from core.ports.shared_state import Leases

#: Seconds until a lease expires. The holder renews the lease after half of this time.
LIFE: Final = 14.0


@dataclass(slots=True, eq=False)
class Lease:
    """The lease of a task, for one process. `life` is in seconds. Not thread-safe.

    If `store` is None, this process is alone and always has the lease.
    """

    store: Leases | None
    name: str
    clock: Callable[[], float] = time.monotonic
    life: float = LIFE
    holder: str = field(init=False)
    _renew_at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.holder = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

    def is_held(self) -> bool:
        """Take or renew the lease. Return whether this process is the holder.

        Raises StoreError if the store does not answer. After this error, do not do the task.
        """
        now = self.clock()
        if self.store is None or now < self._renew_at:
            return True
        held = self.store.take_lease(self.name, self.holder, self.life)
        self._renew_at = now + self.life / 2 if held else 0.0
        return held

    def give_up(self) -> None:
        """Release the lease for other processes."""
        self._renew_at = 0.0
        if self.store is not None:
            self.store.give_up_lease(self.name, self.holder)


#: The lease of a single process.
ALWAYS_HELD: Final = Lease(None, "")
