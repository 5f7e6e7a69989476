"""The protocols that each database engine implements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from core.errors import AdminText

Row = tuple[Any, ...]
Params = Mapping[str, object]


class Queries(Protocol):
    """An object that runs statements with `$name` parameters."""

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a statement and return all its rows."""


class Streams(Queries, Protocol):
    """An object that can also return many rows without keeping all rows in memory."""

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        """Run a statement and return its rows, `size` at a time."""


class Transaction(Streams, Protocol):
    """An open transaction. The end of its `with` block commits, and an exception rolls back.

    If `locks_rows` is true, other transactions can write at the same time. Then lock the rows
    before you compare and write them.
    """

    locks_rows: bool

    def add_rows(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert many rows, in the fastest way that the engine has."""

    def change(self, sql: str, params: Params | None = None) -> int:
        """Run an UPDATE, INSERT or DELETE, and return the number of changed rows."""


class Session(Queries, Protocol):
    """A connection for temporary tables. Other connections cannot see these tables."""

    def add_tables(
        self, name: str, tables: Iterable[pa.Table], schema: pa.Schema, order: str = ""
    ) -> bool:
        """Append Arrow tables to the temporary table `name`. Columns are matched by name.

        The caller's thread reads `tables`, and gets their exceptions. `order` has the columns of an
        ORDER BY. Return whether the rows are stored in this order.
        """

    def measure(self, name: str) -> None:
        """Update the planner's statistics of a temporary table, if the engine needs that."""

    def require_space(self, size: int) -> None:
        """Raise StoreDiskError if a load of `size` bytes does not fit on the disk."""

    def make_room(self, rows: int) -> None:
        """Reserve memory for the keys of `rows` new rows until the session ends."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a write transaction. It always gives way to people (see `Engine.transaction`)."""


class Engine(Streams, Protocol):
    """A database. All times are in UTC."""

    name: str
    location: AdminText
    #: Whether the database runs in this process. If it does, a commit that raised an error has
    #: ended. On a server, a commit that got no answer can still be running.
    is_embedded: bool

    def transaction(self, *, gives_way: bool = False) -> AbstractContextManager[Transaction]:
        """Open a write transaction. If the engine allows only one writer, first wait for the lock.

        A background job sets `gives_way`. If a person waits for the lock, the job's transaction
        raises GaveWayError and writes nothing. The job has to start the transaction again.

        Raise StoreBusyError if the wait takes too long. Raise ConflictError if another transaction
        wrote first. Raise CommitUnknownError if the answer to the commit was lost.
        """

    def session(self) -> AbstractContextManager[Session]:
        """Open a session. Its temporary tables are dropped at the end of the block."""

    def settle_log(self, *, lost: bool) -> Path | None:
        """After an unclean stop, Freio copies the write-ahead log. Delete this copy.

        Keep the copy if the replay of the log ended too early, or if commits are `lost`. Return the
        path of the kept copy, or None. Every later call returns the same path.
        """

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the whole database to a new file. Other calls do not wait.

        Raise StoreError if the copy fails. The caller has to remove the incomplete file.
        """

    def tidy(self) -> None:
        """Do the upkeep that the engine needs from time to time."""

    def close(self) -> None:
        """Close the database."""
