"""The protocols for database engines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from core.errors import AdminText

Row = tuple[Any, ...]
Params = Mapping[str, object]


class Queries(Protocol):
    """Runs statements with `$name` parameters."""

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Return all rows."""


class Streams(Queries, Protocol):
    """Runs statements. The result can be larger than the memory."""

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        """Return the rows in lists of at most `size` rows."""


class Transaction(Streams, Protocol):
    """An open transaction. The end of the `with` block commits. An exception rolls back.

    If `locks_rows` is true, other transactions can write at the same time. In this case, lock the
    rows (`FOR UPDATE`) before you check the rows.
    """

    locks_rows: bool

    def add_rows(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert many rows fast."""

    def change(self, sql: str, params: Params | None = None) -> int:
        """Run an INSERT, UPDATE or DELETE. Return the number of changed rows."""


class Session(Queries, Protocol):
    """A connection with temporary tables."""

    def add_tables(
        self, name: str, tables: Iterable[pa.Table], schema: pa.Schema, order: str = ""
    ) -> bool:
        """Append Arrow tables to the temporary table `name`. Columns are matched by name.

        The caller's thread reads `tables`. `order` is the text after ORDER BY, for example
        "scheduled_at, id". Return whether the rows are now stored in this order.
        """

    def measure(self, name: str) -> None:
        """Update the statistics of a temporary table for the query planner."""

    def require_space(self, size: int) -> None:
        """Raise StoreDiskError if a load of `size` bytes does not fit on the disk."""

    def make_room(self, rows: int) -> None:
        """Increase the memory limit for the keys of `rows` new rows, until the session ends."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a write transaction with `gives_way` (see `Engine.transaction`)."""


class Engine(Streams, Protocol):
    """All times are in UTC."""

    name: str
    location: AdminText
    #: Whether the database runs in this process. If not, COMMIT can raise an error here (for
    #: example: connection lost) while the server still runs the commit.
    is_embedded: bool

    def transaction(self, *, gives_way: bool = False) -> AbstractContextManager[Transaction]:
        """Open a write transaction. On DuckDB, first wait for the writer's lock.

        A background job sets `gives_way`. If a write of a person waits for the lock, the job's
        transaction raises GaveWayError and writes nothing.

        Raise StoreBusyError if the wait takes too long. Raise ConflictError if another transaction
        wrote first. Raise CommitUnknownError if the answer to the commit was lost.
        """

    def session(self) -> AbstractContextManager[Session]:
        """Open a session. The end of the block drops the temporary tables."""

    def settle_log(self, *, lost: bool) -> Path | None:
        """Delete the copy of the write-ahead log.

        After an unclean stop, `open_database` makes this copy. Keep the copy if the database lacks
        commits (`lost`), or if the replay of the log ended too early. Every call returns the path
        of the kept copy, or None.
        """

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the whole database to a new file. No write waits for the copy.

        If the copy fails, raise StoreError. The caller has to remove the incomplete file.
        """

    def tidy(self) -> None:
        """Do regular upkeep. For DuckDB, create a missing disk reserve."""

    def close(self) -> None:
        """Close the database."""
