"""The store's revision: a number that rises with every write to what pages show.

An embedded database is written by this process alone, which counts by itself. A shared one counts
in a small table, so that each dashboard learns of the others' writes. Every transaction adds one to
one of several rows, chosen by chance and as its last statement: writers hardly ever wait for each
other, and never in a circle. The sum rises with each commit and with nothing else.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Final

from core.store.engine import Engine, Transaction, named_sql

#: Rows among which the count is divided; the migration makes them.
SLOTS: Final = 16

#: Seconds for which what other dashboards have written may go unseen.
SEEN_FOR: Final = 0.2


class Revision:
    """Counts the writes to one store. `clock` tells seconds."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._clock = engine, clock
        self._lock = threading.Lock()
        self._own = 0
        self._seen: tuple[int, float, int] | None = None

    def mark(self, tx: Transaction) -> None:
        """Count a transaction that is about to commit."""
        if not self._engine.is_embedded:
            # Chance spreads writers over rows; nobody is kept out by guessing it.
            slot = random.randrange(SLOTS)  # noqa: S311
            tx.change(named_sql("write")["count_write"], {"slot": slot})

    def committed(self) -> None:
        """Know that an own transaction is committed: never before, so that nobody sees it early."""
        with self._lock:
            self._own += 1

    def current(self) -> int:
        """Return the revision. Raises StoreError where a shared store does not answer."""
        if self._engine.is_embedded:
            return self._own
        own, now = self._own, self._clock()
        seen = self._seen
        # An own write is seen at once, those of others a little later.
        if seen is None or seen[0] != own or not 0 <= now - seen[1] < SEEN_FOR:
            total = int(self._engine.rows(named_sql("read")["writes"])[0][0])
            self._seen = seen = (own, now, total)
        return seen[2]
