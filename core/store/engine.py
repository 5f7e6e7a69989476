"""What the shared SQL needs from a database engine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from core.errors import AdminText

Row = tuple[Any, ...]
Params = Mapping[str, object]


class Queries(Protocol):
    """Something that runs statements with `$name` parameters."""

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a statement and return all its rows."""


class Streams(Queries, Protocol):
    """Something that also returns many rows without holding all of them in memory."""

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        """Run a statement and return its rows, `size` at a time."""


class Transaction(Streams, Protocol):
    """An open transaction. The end of its block commits; any exception rolls it back.

    If `locks_rows` is true, other transactions may write at the same time: lock rows before you
    compare and write them.
    """

    locks_rows: bool

    def add_rows(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert many rows, in the fastest way that the engine has."""

    def change(self, sql: str, params: Params | None = None) -> int:
        """Run an UPDATE, INSERT or DELETE and return the number of rows it changed."""


class Session(Queries, Protocol):
    """A connection for temporary tables.

    Other connections do not see them and do not wait for them.
    """

    def add_tables(
        self, name: str, tables: Iterable[pa.Table], schema: pa.Schema, order: str = ""
    ) -> bool:
        """Append tables to a temporary table, to its columns of the same names.

        `tables` is iterated in the caller's thread, and its exceptions are raised here. `order` has
        the columns of an ORDER BY. Return whether the rows are stored in this order.
        """

    def measure(self, name: str) -> None:
        """Update the planner's statistics of a temporary table, if the engine needs that."""

    def require_space(self, size: int) -> None:
        """Raise StoreDiskError if a load of `size` bytes does not fit on the disk."""

    def make_room(self, rows: int) -> None:
        """Reserve memory for the keys of this many new rows until the commit."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a write transaction on this connection, as `Engine.transaction` does.

        The transaction gives way to people, because only background jobs use sessions.
        """


class Engine(Streams, Protocol):
    """A database. All times are in UTC."""

    name: str
    location: AdminText
    #: Whether the database runs in this process. If so, a failed commit is no longer running.
    is_embedded: bool

    def transaction(self, *, gives_way: bool = False) -> AbstractContextManager[Transaction]:
        """Open a write transaction. If only one writer is allowed, wait for its lock first.

        People have priority. Their writes, and other short writes, use the default. A background
        job sets `gives_way`: if a person waits for the lock, the job's transaction ends with
        GaveWayError and writes nothing. A retry starts from the beginning.

        Raise StoreBusyError if the wait takes too long, ConflictError if another write came
        first, CommitUnknownError if the answer to the commit was lost.
        """

    def session(self) -> AbstractContextManager[Session]:
        """Open a session; its temporary tables are dropped at the end of the block."""

    def settle_log(self, *, lost: bool) -> Path | None:
        """Delete the copy of the write-ahead log that was made after an unclean stop.

        Keep it if the log could not be replayed to its end, or if commits are `lost`. Return the
        path of the kept copy, or None. Every later call returns the same path.
        """

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the whole database to a new file; other calls continue.

        Raise StoreError if that fails. The caller has to remove the incomplete file.
        """

    def tidy(self) -> None:
        """Do the upkeep that the engine needs from time to time."""

    def close(self) -> None:
        """Close the database."""
