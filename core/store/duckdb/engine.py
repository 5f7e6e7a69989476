"""DuckDB, embedded: one process, one file, one writer at a time.

Two of DuckDB's transactions can both win on one row (it updates in place or by delete and insert,
and the two ways do not see each other), so every write of the process passes through one fair
lock. A cursor per call, because a connection shared by threads mixes up their results.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

import duckdb
import pyarrow as pa

from core.errors import (
    N_,
    AdminText,
    CommitUnknownError,
    ConflictError,
    SpaceFreedError,
    StoreDiskError,
    StoreError,
)
from core.infrastructure.disk_space import (
    MARGIN,
    Reserve,
    free_bytes,
    is_low,
    refused,
    require_room,
)
from core.store.duckdb.bulk_copy import BulkCopy
from core.store.duckdb.fifo_lock import FifoLock
from core.store.duckdb.files import MEMORY as MEMORY
from core.store.duckdb.files import (
    aside,
    damaged,
    drop_spilled,
    is_damage,
    open_database,
)
from core.store.engine import Params, Row, Session, Transaction

log = logging.getLogger(__name__)

_T = TypeVar("_T")

#: Megabytes that DuckDB takes, where nobody set another limit: a million rows load in them.
MEMORY_MB: Final = 700

#: A key is in memory twice until its row is committed: bytes a row, measured with ten million, and
#: the rows for which the limit has room beside all else.
_KEY_BYTES: Final = 2 * 40
_ROOMY_ROWS: Final = 4_000_000

#: Seconds for which a write waits for its turn.
WRITE_TIMEOUT: Final = 15.0

#: Seconds for which a database that DuckDB has given up is tried again.
_REOPEN_TIMEOUT: Final = 3.0

#: A log of the default 16 MB takes six seconds to replay at the next start.
_CHECKPOINT_AT = "4MB"
#: What DuckDB raises after it gave the database up, and while it is closed to be opened again.
_GIVEN_UP = (duckdb.FatalException, duckdb.ConnectionException)
_TYPES = """
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = $table
"""
_MEMORY = ("failed to pin block", "could not allocate block")
_DISK = ("No space left", "File too large", "Read-only file system", "Input/output error", "quota")
#: A checkpoint gives free space at the end of the file back to the disk, but one that finds no
#: change since the file was opened does nothing.
_SHRINK = """
BEGIN TRANSACTION; CREATE TABLE freio_space (i INTEGER); DROP TABLE freio_space; COMMIT;
CHECKPOINT
"""
#: What DuckDB says where its temporary files have reached the size that it is given for them.
_SPILLED = "max_temp_directory_size"
_FULL = ("No space left", "quota")


class _DuckTransaction:
    locks_rows = False  # there is one writer at a time

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        return self._cursor.execute(sql, dict(params or {})).fetchall()

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        found = self._cursor.execute(sql)
        while rows := found.fetchmany(size):
            yield rows

    def add_rows(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        # A list for each column: a thousand times faster than a statement for each row.
        lists = {name: [row[n] for row in rows] for n, name in enumerate(columns)}
        types = dict(self._cursor.execute(_TYPES, {"table": table}).fetchall())
        values = ", ".join(f"unnest(${name}::{types[name]}[])" for name in columns)
        names = ", ".join(columns)
        self._cursor.execute(f"INSERT INTO {table} ({names}) SELECT {values}", lists)

    def change(self, sql: str, params: Params | None = None) -> int:
        # A plain UPDATE answers with the number of rows; with RETURNING it could lose updates.
        answer = self.rows(sql, params)
        return int(answer[0][0]) if answer else 0


class _DuckSession:
    def __init__(self, engine: DuckDBEngine, cursor: duckdb.DuckDBPyConnection) -> None:
        self._engine, self._cursor = engine, cursor
        self.room_mb = 0
        self._free = engine.bound_spill()
        self._staged = 0

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        return self._cursor.execute(sql, dict(params or {})).fetchall()

    def add_tables(self, name: str, tables: Iterable[pa.Table], schema: pa.Schema) -> None:
        BulkCopy(self._cursor, name, schema).pour(self._measured(tables))

    def _measured(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        for table in tables:
            self._staged += table.nbytes
            self.require_space(self._staged)
            yield table

    def require_space(self, size: int) -> None:
        """Raise StoreDiskError where a load of so many bytes does not fit on the database's disk.

        At most, rows take on the disk what they take in memory; sorting and comparing them takes
        twice that, beside the disk in so far as there is memory. What this session has on the
        disk already is part of that.
        """
        if self._engine.file is not None:
            require_room(self._engine.file, size + self._engine.spilled_by(size), self._free)
            require_room(self._engine.file, 0)

    def measure(self, name: str) -> None:
        """DuckDB knows the size of its tables."""

    def make_room(self, rows: int) -> None:
        """Raise the limit of memory until the session ends, where so many keys need it."""
        more = max(0, rows - _ROOMY_ROWS) * _KEY_BYTES // 1_000_000
        if more:
            log.info("%d rows at once: %d MB more memory for their keys", rows, more)
            self._engine.make_room(more)
            self.room_mb += more

    def transaction(self) -> AbstractContextManager[Transaction]:
        if self._engine.file is not None:
            # Others may have taken since what was free when the rows were staged.
            require_room(self._engine.file, self._staged)
        return self._engine.writing(self._cursor)


class DuckDBEngine:
    """DuckDB behind the engine protocol. `path` is a file or ":memory:".

    Beyond `memory_mb` megabytes of its own, DuckDB works with files beside the database. Where the
    disk is full, the space in `reserve` is used for what is no load.

    Raises StoreLockedError where another process holds the file, StoreDamagedError where it cannot
    be read, StoreError where it cannot be opened at all.
    """

    name = "DuckDB"
    is_embedded = True

    def __init__(
        self, path: Path | str, memory_mb: int = MEMORY_MB, reserve: Reserve | None = None
    ) -> None:
        self._memory_mb = memory_mb
        self._reserve = reserve
        # Megabytes that sessions have beside, and the limit that is set.
        self._room_mb = self._limit_mb = 0
        self._limiting = Lock()
        self.location = AdminText(path)
        self.file = None if self.location == MEMORY else Path(path)
        self._connection, self._left_log = open_database(path)
        self._kept_log: Path | None = None
        self._writer = FifoLock()
        self._closed = False
        try:
            self._prepare()
        except duckdb.Error as error:
            self._connection.close()
            raise _sentence(error, self.location) from error
        if self.file is not None:
            drop_spilled(self.file)
            with self._writer.held(WRITE_TIMEOUT):
                self._give_back() if is_low(self.file) else self.tidy()

    def _prepare(self) -> None:
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._connection.execute(f"SET GLOBAL checkpoint_threshold = '{_CHECKPOINT_AT}'")
        self._limit_mb = 0
        self.make_room(0)
        # Rows come in the order that a statement asks for, or in none. Without a limit and with
        # this, ten million rows took 7 GB.
        self._connection.execute("SET GLOBAL preserve_insertion_order = false")
        # For ORDER BY … LIMIT 1 it chooses a row group by rows that are deleted, and finds none.
        self._connection.execute("SET GLOBAL disabled_optimizers = 'row_group_pruner'")

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a reading statement on a cursor of its own and return all its rows."""
        return self._again(lambda: self._read(sql, params), self._reopen_for_reading)

    def _read(self, sql: str, params: Params | None) -> list[Row]:
        cursor = self._connection.cursor()
        try:
            return cursor.execute(sql, dict(params or {})).fetchall()
        finally:
            cursor.close()

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        """Run a reading statement and return its rows, `size` at a time."""
        try:
            with self._connection.cursor() as cursor:
                found = cursor.execute(sql)
                while rows := found.fetchmany(size):
                    yield rows
        except duckdb.Error as error:
            raise _sentence(error, self.location) from error

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction; commit at the end of the block, roll back on any exception.

        Raises StoreBusyError where the writer's turn does not come in time, ConflictError where
        another write came first, CommitUnknownError where the commit itself failed.
        """
        with self._writer.held(WRITE_TIMEOUT):
            cursor = self._again(self._begun, self._reopen)
            try:
                with self._committed(cursor, self._reserve):
                    yield _DuckTransaction(cursor)
            finally:
                cursor.close()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session on a cursor of its own, whose temporary tables end with it."""
        cursor = self._again(self._connection.cursor, self._reopen_for_reading)
        session = _DuckSession(self, cursor)
        try:
            yield session
        except duckdb.Error as error:
            raise _sentence(error, self.location) from error
        finally:
            cursor.close()
            self.make_room(-session.room_mb)

    def make_room(self, more_mb: int) -> None:
        """Let DuckDB take so many more megabytes than before, or fewer."""
        with self._limiting:
            self._room_mb += more_mb
            limit = self._memory_mb + self._room_mb
            if limit == self._limit_mb:
                return
            # It refuses to go below what it holds just now; then the next session does it.
            with suppress(duckdb.Error), self._connection.cursor() as cursor:
                cursor.execute(f"SET GLOBAL memory_limit = '{limit}MB'")
                self._limit_mb = limit

    @contextmanager
    def writing(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[Transaction]:
        """Open a transaction on a session's cursor, as `transaction` does on one of its own."""
        with self._writer.held(WRITE_TIMEOUT):
            try:
                cursor.execute("BEGIN TRANSACTION")
                with self._committed(cursor):
                    yield _DuckTransaction(cursor)
            except BaseException:
                self._give_back(cursor)
                raise

    @contextmanager
    def _committed(
        self, cursor: duckdb.DuckDBPyConnection, reserve: Reserve | None = None
    ) -> Iterator[None]:
        committing = False
        try:
            yield
            committing = True
            cursor.execute("COMMIT")
        except BaseException as error:
            # BaseException: Streamlit stops a script with one, and a transaction left open
            # would block every writer. After an error a COMMIT would commit nothing, silently.
            _roll_back(cursor)
            if not isinstance(error, duckdb.Error):
                raise
            said = _sentence(error, self.location)
            is_full = isinstance(said, StoreDiskError) and said.values["reason"] in _FULL
            if is_full and reserve is not None and reserve.release():
                said = SpaceFreedError(said.happened, said.todo, said.means, **said.values)
            raise CommitUnknownError(said) if committing else said from error

    def bound_spill(self) -> int:
        """Let temporary files leave some of the disk free; return how much is free now."""
        if self.file is None:
            return 0
        free = free_bytes(self.file)
        # It refuses to go below what it holds just now.
        with suppress(duckdb.Error), self._connection.cursor() as cursor:
            most = max(free - MARGIN, 0) // 1_000_000
            cursor.execute(f"SET GLOBAL max_temp_directory_size = '{most}MB'")
        return free

    def spilled_by(self, size: int) -> int:
        """Return how much of a load of so many bytes does not fit in memory, at most."""
        return max(0, 2 * size - self._memory_mb * 1_000_000)

    def _give_back(self, cursor: duckdb.DuckDBPyConnection | None = None) -> None:
        """Return to the disk what a load has left behind that failed. The writer's turn is held.

        A load that is rolled back leaves the file as large as it had become, and where its disk
        is full, DuckDB gives the database up.
        """
        if self.file is None:
            return
        if self._reserve is not None and is_low(self.file):
            self._reserve.release()
        try:
            try:
                self._checkpoint()
            except _GIVEN_UP as error:
                if cursor is not None:
                    cursor.close()  # it would keep the old database alive
                self._reopen(error)
                self._checkpoint()
        except (duckdb.Error, StoreError) as error:
            log.warning("no space could be returned to the disk of %s: %s", self.file, error)
        self.tidy()

    def _checkpoint(self) -> None:
        with self._connection.cursor() as one:
            one.execute(_SHRINK)

    def tidy(self) -> None:
        """Have the space in reserve again, where there is enough by now."""
        if self._reserve is not None:
            self._reserve.keep()

    def close(self) -> None:
        """Let go of the file, after the last writer."""
        with self._writer.held(WRITE_TIMEOUT):
            self._closed = True
            # What it could not write is in its log, and read at the next start.
            with suppress(duckdb.Error):
                self._connection.close()

    def settle_log(self, *, lost: bool) -> Path | None:
        """Drop the copy of the log found at the start, unless it was damaged or commits are lost.

        Returns where it is kept, the same on every call.
        """
        left, self._left_log = self._left_log, None
        if left is None:
            return self._kept_log
        if lost or left.stopped_short:
            self._kept_log = aside(left.copy, "damaged")
            try:
                left.copy.rename(self._kept_log)
            except OSError as error:
                log.warning("%s keeps its name: %s", left.copy, error)
                self._kept_log = left.copy
        else:
            with suppress(OSError):  # then it is taken for an older one at the next start
                left.copy.unlink(missing_ok=True)
        return self._kept_log

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the whole database to a new file, while others go on.

        Raises StoreDiskError or StoreError where that fails; what was begun is left to the caller.
        """
        try:
            with self._connection.cursor() as cursor:
                name = cursor.execute("SELECT current_database()").fetchall()[0][0]
                cursor.execute(f"ATTACH '{_quoted(str(target), chr(39))}' AS freio_copy")
                try:
                    cursor.execute(f'COPY FROM DATABASE "{_quoted(name, chr(34))}" TO freio_copy')
                finally:
                    cursor.execute("DETACH freio_copy")
        except duckdb.Error as error:
            raise _sentence(error, str(target)) from error

    def _again(self, work: Callable[[], _T], reopen: Callable[[duckdb.Error], None]) -> _T:
        """Do `work`; where DuckDB has given the database up, open it anew and do it once more."""
        try:
            try:
                return work()
            except _GIVEN_UP as error:
                reopen(error)
            return work()
        except duckdb.Error as error:
            raise _sentence(error, self.location) from error

    def _begun(self) -> duckdb.DuckDBPyConnection:
        cursor = self._connection.cursor()
        cursor.execute("BEGIN TRANSACTION")
        return cursor

    def _reopen_for_reading(self, error: duckdb.Error) -> None:
        broken = self._connection
        with self._writer.held(WRITE_TIMEOUT):
            if self._connection is broken:
                self._reopen(error)

    def _reopen(self, error: duckdb.Error) -> None:
        """Open the file anew after DuckDB has given it up, as it does when its disk is full.

        Other threads may still hold cursors of the old database, which keep it alive; they end.
        Raises StoreError where that fails; the next call tries again.
        """
        if self.file is None or self._closed:
            raise _sentence(error, self.location) from error
        log.error("the database %s was given up by DuckDB and is opened again", self.file)
        if self._reserve is not None and is_low(self.file):
            self._reserve.release()
        self._connection.close()
        give_up = time.monotonic() + _REOPEN_TIMEOUT
        while True:
            connection, self._left_log = open_database(self.file)
            try:
                connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall()
            except duckdb.FatalException as still:
                connection.close()
                if time.monotonic() > give_up:
                    raise _sentence(still, self.location) from still
                time.sleep(0.02)
            else:
                self._connection = connection
                self._prepare()
                return


def _sentence(error: duckdb.Error, location: str) -> StoreError:
    """Return what to say of an error of the database, where nothing was written."""
    text = str(error)
    if is_damage(error) and location != MEMORY:
        return damaged(Path(location), error)
    reason = next((sign for sign in _DISK if sign in text), _FULL[0] if _SPILLED in text else "")
    if reason:
        return refused(Path(location), reason)
    # At a commit it is a TransactionException that says so.
    if isinstance(error, duckdb.OutOfMemoryException) or any(sign in text for sign in _MEMORY):
        return StoreError(
            N_("This takes more memory than Freio gives its database."),
            N_("Split the file, or raise FREIO_MEMORY_MB and start Freio again."),
        )
    if isinstance(error, duckdb.TransactionException) and "onflict" in text:
        return ConflictError(N_("Another change came first."), N_("Try again in a moment."))
    return StoreError(
        N_("The database did not do what was asked."),
        N_("Try again; if it stays so, tell whoever keeps Freio running."),
    )


def _quoted(text: str, quote: str) -> str:
    return text.replace(quote, quote * 2)


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    # Where no transaction is open any more, that is what we want.
    with suppress(duckdb.Error):
        cursor.execute("ROLLBACK")
