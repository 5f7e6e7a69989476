"""The store's revision: a number that rises with every write to data that pages show.

For an embedded database, the process counts all writes in memory. For a database on a server, the
revision is the sum of the counts in the table `writes`. Each transaction adds 1 to a row that no
other transaction has locked, so no transaction waits.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.errors import CommitUnknownError
from core.store.engine import Engine, Session, Transaction
from core.store.named_sql import named_sql

#: The maximum number of seconds until a dashboard sees a write of another dashboard.
SEEN_FOR: Final = 0.2


class Revision:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._own = 0
        self._seen: tuple[int, float, int] | None = None

    @contextmanager
    def transaction(
        self, session: Session | None = None, *, gives_way: bool = False
    ) -> Iterator[Transaction]:
        """Open a transaction. The commit raises the revision."""
        opened = session.transaction() if session else self._engine.transaction(gives_way=gives_way)
        try:
            with opened as tx:
                yield tx
                if not self._engine.is_embedded:
                    tx.change(named_sql("write")["count_write"])
        except CommitUnknownError:
            # The commit was perhaps done, so raise the revision.
            self.committed()
            raise
        self.committed()

    def committed(self) -> None:
        """Count a transaction of this process.

        Call this after the commit. If you called it earlier, a page could read the new revision
        together with old rows.
        """
        with self._lock:
            self._own += 1

    def current(self) -> int:
        """Raise StoreError if the server does not answer."""
        if self._engine.is_embedded:
            return self._own
        own, now = self._own, time.monotonic()
        seen = self._seen
        # After a write of this process, read the sum again at once.
        if seen is None or seen[0] != own or not 0 <= now - seen[1] < SEEN_FOR:
            total = int(self._engine.rows(named_sql("read")["writes"])[0][0])
            self._seen = seen = (own, now, total)
        return seen[2]
