"""The engine for DuckDB. Only one thread writes at a time.

DuckDB does not detect every conflict. Example: a transaction updates a row in place, while another
transaction updates the row by DELETE and INSERT. Therefore each write takes the writer's lock (see
`writer_lock`).

Each call has a separate cursor. With a shared cursor, a thread can get the rows of another thread.
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
    GaveWayError,
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
from core.store.duckdb.bulk_copy import bulk_copy
from core.store.duckdb.files import MEMORY as MEMORY
from core.store.duckdb.files import damaged, drop_spilled, is_damage, open_database, unused_name
from core.store.duckdb.writer_lock import BackgroundTurn, FifoLock, gave_way
from core.store.engine import Params, Row, Session, Transaction
from core.store.rows import value_list

log = logging.getLogger(__name__)

_T = TypeVar("_T")

#: The default memory limit for DuckDB in MB. This is enough to load a million rows.
MEMORY_MB: Final = 700

#: Bytes of memory for the key of a new row, measured with ten million rows. Before the commit, the
#: key is in memory twice. The keys of _ROOMY_ROWS rows fit in the default limit.
_KEY_BYTES: Final = 2 * 40
_ROOMY_ROWS: Final = 4_000_000

#: The maximum wait for the writer's lock in seconds.
WRITE_TIMEOUT: Final = 15.0

#: After a serious error, DuckDB *invalidates* the open database: every call fails. Freio tries for
#: this number of seconds to reopen the database.
_REOPEN_TIMEOUT: Final = 3.0

#: The maximum size of the write-ahead log. With 16 MB, a start would replay the log for six
#: seconds.
_CHECKPOINT_AT = "4MB"
_INVALIDATED = (duckdb.FatalException, duckdb.ConnectionException)
_MEMORY = ("failed to pin block", "could not allocate block")
_DISK = ("No space left", "File too large", "Read-only file system", "Input/output error", "quota")
#: A checkpoint makes the file smaller, and frees the memory of rolled back transactions. If
#: nothing was committed since the start, a checkpoint does nothing, so first commit a small change.
_SHRINK = """
BEGIN TRANSACTION; CREATE TABLE freio_space (i INTEGER); DROP TABLE freio_space; COMMIT;
CHECKPOINT
"""
_SPILLED = "max_temp_directory_size"
_FULL = ("No space left", "quota")


#: The types of columns, by table and column name.
_Types = dict[str, dict[str, str]]


class _DuckTransaction:
    locks_rows = False

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        types: _Types,
        turn: BackgroundTurn | None = None,
    ) -> None:
        self._cursor, self._types, self._turn = cursor, types, turn

    def _require_turn(self) -> None:
        # DuckDB ignores an interrupt between two statements. Check before each statement.
        if self._turn is not None:
            self._turn.require()

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        self._require_turn()
        return self._cursor.execute(sql, dict(params or {})).fetchall()

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        self._require_turn()
        found = self._cursor.execute(sql)
        while rows := found.fetchmany(size):
            self._require_turn()
            yield rows

    def add_rows(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        # Store the types, because PRAGMA table_info takes as long as an insert of a few rows. Do
        # not query information_schema: this would open the target file of a running `copy_to`.
        if table not in self._types:
            found = self.rows(f"PRAGMA table_info({table})")
            self._types[table] = {name: kind for _, name, kind, *_ in found}
        types = self._types[table]
        # A list for each column is a thousand times faster than a statement for each row.
        values, params = value_list({name: types[name] for name in columns}, rows)
        self._require_turn()
        self._cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) {values}", params)

    def change(self, sql: str, params: Params | None = None) -> int:
        # Do not use RETURNING: with RETURNING, DuckDB can lose updates.
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

    def add_tables(
        self, name: str, tables: Iterable[pa.Table], schema: pa.Schema, order: str = ""
    ) -> bool:
        bulk_copy(self._cursor, name, self._measured(tables), schema, order)
        return bool(order)

    def _measured(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        for table in tables:
            self._staged += table.nbytes
            self.require_space(self._staged)
            yield table

    def require_space(self, size: int) -> None:
        # Rows need at most as much space on the disk as in memory. First compare the whole load
        # with `self._free`, the free space when the session began. Staged rows already use a part
        # of it. Then check that no other program has filled the disk.
        if self._engine.file is not None:
            require_room(self._engine.file, size + self._engine.spilled_by(size), self._free)
            require_room(self._engine.file, 0)

    def measure(self, name: str) -> None:
        """Do nothing: DuckDB needs no statistics."""

    def make_room(self, rows: int) -> None:
        # If a write is tried again, `room_mb` already has the memory from the first try.
        more = max(0, rows - _ROOMY_ROWS) * _KEY_BYTES // 1_000_000 - self.room_mb
        if more > 0:
            log.info("%d rows at once: %d MB more memory for their keys", rows, more)
            self._engine.make_room(more)
            self.room_mb += more

    def transaction(self) -> AbstractContextManager[Transaction]:
        if self._engine.file is not None:
            # The disk can have become full after the staging.
            require_room(self._engine.file, self._staged)
        return self._engine.writing(self._cursor)


class DuckDBEngine:
    """The engine for DuckDB. `path` is a file or ":memory:".

    On a full disk, all writes except loads can use the space in `reserve`. The constructor raises
    the errors of `open_database`.
    """

    name = "DuckDB"
    is_embedded = True

    def __init__(
        self, path: Path | str, memory_mb: int = MEMORY_MB, reserve: Reserve | None = None
    ) -> None:
        self._memory_mb = memory_mb
        self._reserve = reserve
        self._room_mb = self._limit_mb = 0
        self._limiting = Lock()
        self.location = AdminText(path)
        self.file = None if self.location == MEMORY else Path(path)
        self._connection, self._left_log = open_database(path)
        self._kept_log: Path | None = None
        self._writer = FifoLock()
        self._closed = False
        self._has_rolled_back = False
        self._types: _Types = {}
        try:
            self._prepare()
        except duckdb.Error as error:
            self._connection.close()
            raise _store_error(error, self.location) from error
        if self.file is not None:
            drop_spilled(self.file)
            with self._writer.held(WRITE_TIMEOUT):
                self._give_back() if is_low(self.file) else self.tidy()

    def _prepare(self) -> None:
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._connection.execute(f"SET GLOBAL checkpoint_threshold = '{_CHECKPOINT_AT}'")
        self._limit_mb = 0
        self.make_room(0)
        # If DuckDB preserved the order, a load of ten million rows would need 7 GB of memory.
        self._connection.execute("SET GLOBAL preserve_insertion_order = false")
        # With this optimizer, ORDER BY … LIMIT 1 can return no row although rows exist.
        self._connection.execute("SET GLOBAL disabled_optimizers = 'row_group_pruner'")

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        return self._retry_reopened(lambda: self._read(sql, params), self._reopen_for_reading)

    def _read(self, sql: str, params: Params | None) -> list[Row]:
        with self._connection.cursor() as cursor:
            return cursor.execute(sql, dict(params or {})).fetchall()

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        try:
            with self._connection.cursor() as cursor:
                yield from _DuckTransaction(cursor, self._types).stream(sql, size)
        except duckdb.Error as error:
            raise _store_error(error, self.location) from error

    @contextmanager
    def transaction(self, *, gives_way: bool = False) -> Iterator[Transaction]:
        turn = BackgroundTurn() if gives_way else None
        with self._writer.held(WRITE_TIMEOUT, turn):
            if gives_way:
                self._drop_rolled_back()
            cursor = self._retry_reopened(self._begun, self._reopen)
            try:
                with self._committed(cursor, turn, self._reserve):
                    yield _DuckTransaction(cursor, self._types, turn)
            finally:
                cursor.close()

    @contextmanager
    def session(self) -> Iterator[Session]:
        cursor = self._retry_reopened(self._connection.cursor, self._reopen_for_reading)
        session = _DuckSession(self, cursor)
        try:
            yield session
        except duckdb.Error as error:
            raise _store_error(error, self.location) from error
        finally:
            cursor.close()
            self.make_room(-session.room_mb)
            if self._has_rolled_back:
                with suppress(StoreError), self._writer.held(WRITE_TIMEOUT, BackgroundTurn()):
                    self._drop_rolled_back()

    def make_room(self, more_mb: int) -> None:
        with self._limiting:
            self._room_mb += more_mb
            limit = self._memory_mb + self._room_mb
            if limit == self._limit_mb:
                return
            # DuckDB refuses a limit below the current use.
            with suppress(duckdb.Error), self._connection.cursor() as cursor:
                cursor.execute(f"SET GLOBAL memory_limit = '{limit}MB'")
                self._limit_mb = limit

    @contextmanager
    def writing(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[Transaction]:
        turn = BackgroundTurn()
        with self._writer.held(WRITE_TIMEOUT, turn):
            self._drop_rolled_back()
            try:
                cursor.execute("BEGIN TRANSACTION")
                with self._committed(cursor, turn):
                    yield _DuckTransaction(cursor, self._types, turn)
            except GaveWayError:
                # After a rollback, the file stays large, and the next try uses the space in it.
                # Make the file smaller only if the disk is almost full.
                if self.file is not None and is_low(self.file):
                    self._give_back(cursor)
                raise
            except BaseException:
                self._give_back(cursor)
                raise

    @contextmanager
    def _committed(
        self,
        cursor: duckdb.DuckDBPyConnection,
        turn: BackgroundTurn | None,
        reserve: Reserve | None = None,
    ) -> Iterator[None]:
        committing = False
        try:
            if turn is not None:
                turn.begin(cursor.interrupt)
            yield
            if turn is not None:
                turn.end()
                turn.require()
            committing = True
            cursor.execute("COMMIT")
        except BaseException as error:
            # Streamlit stops a script with a BaseException. Without a ROLLBACK, the open
            # transaction would block every writer. End the turn first, because ROLLBACK must not be
            # interrupted.
            if turn is not None:
                turn.end()
                self._has_rolled_back = True
            with suppress(duckdb.Error):  # a ROLLBACK without a transaction fails
                cursor.execute("ROLLBACK")
            if not isinstance(error, duckdb.Error):
                raise
            if turn is not None and turn.is_stopped and not committing:
                raise gave_way() from error
            known = _store_error(error, self.location)
            is_full = isinstance(known, StoreDiskError) and known.values["reason"] in _FULL
            if is_full and reserve is not None and reserve.release():
                known = SpaceFreedError(known.happened, known.todo, known.means, **known.values)
            raise CommitUnknownError(known) if committing else known from error

    def bound_spill(self) -> int:
        """Limit the temporary files to the free space. Return the free space in bytes."""
        if self.file is None:
            return 0
        free = free_bytes(self.file)
        with suppress(duckdb.Error), self._connection.cursor() as cursor:
            most = max(free - MARGIN, 0) // 1_000_000
            cursor.execute(f"SET GLOBAL max_temp_directory_size = '{most}MB'")
        return free

    def spilled_by(self, size: int) -> int:
        """Return the maximum size of the temporary files for `size` bytes of rows, in bytes.

        DuckDB needs `2 * size` bytes to sort and compare the rows. DuckDB uses the memory first.
        """
        return max(0, 2 * size - self._memory_mb * 1_000_000)

    def _give_back(self, cursor: duckdb.DuckDBPyConnection | None = None) -> None:
        """Make the database file smaller. After a failed load, a rollback leaves the file large.

        The caller must have the writer's lock.
        """
        if self.file is None:
            return
        if self._reserve is not None and is_low(self.file):
            self._reserve.release()
        try:
            try:
                self._checkpoint()
            except _INVALIDATED as error:
                if cursor is not None:
                    cursor.close()  # an open cursor keeps the old database open
                self._reopen(error)
                self._checkpoint()
        except (duckdb.Error, StoreError) as error:
            log.warning("no space could be returned to the disk of %s: %s", self.file, error)
        self.tidy()

    def _drop_rolled_back(self) -> None:
        """Free the memory of rolled back jobs. The caller must have the writer's lock.

        In a test without this call, the memory was full after twelve rolled back loads of a million
        rows.
        """
        if self._has_rolled_back:
            with suppress(duckdb.Error):
                self._checkpoint()

    def _checkpoint(self) -> None:
        with self._connection.cursor() as one:
            one.execute(_SHRINK)
        self._has_rolled_back = False

    def tidy(self) -> None:
        if self._reserve is not None:
            self._reserve.keep()

    def close(self) -> None:
        with self._writer.held(WRITE_TIMEOUT):
            self._closed = True
            # An error here loses no data: the next start replays the write-ahead log.
            with suppress(duckdb.Error):
                self._connection.close()

    def settle_log(self, *, lost: bool) -> Path | None:
        left, self._left_log = self._left_log, None
        if left is None:
            return self._kept_log
        if lost or left.stopped_short:
            self._kept_log = unused_name(left.copy, "damaged")
            try:
                left.copy.rename(self._kept_log)
            except OSError as error:
                log.warning("%s keeps its name: %s", left.copy, error)
                self._kept_log = left.copy
        else:
            with suppress(OSError):  # no problem: a later start overwrites the copy
                left.copy.unlink(missing_ok=True)
        return self._kept_log

    def copy_to(self, target: Path) -> None:
        try:
            with self._connection.cursor() as cursor:
                name = cursor.execute("SELECT current_database()").fetchall()[0][0]
                name = name.replace('"', '""')
                path = str(target).replace("'", "''")
                cursor.execute(f"ATTACH '{path}' AS freio_copy")
                try:
                    cursor.execute(f'COPY FROM DATABASE "{name}" TO freio_copy')
                finally:
                    cursor.execute("DETACH freio_copy")
        except duckdb.Error as error:
            raise _store_error(error, str(target)) from error

    def _retry_reopened(self, work: Callable[[], _T], reopen: Callable[[duckdb.Error], None]) -> _T:
        try:
            try:
                return work()
            except _INVALIDATED as error:
                reopen(error)
            return work()
        except duckdb.Error as error:
            raise _store_error(error, self.location) from error

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
        """Reopen the file of an invalidated database. Raise StoreError if all tries fail.

        Try several times. A cursor of another thread can keep the old database open for a moment.
        """
        if self.file is None or self._closed:
            raise _store_error(error, self.location) from error
        log.error("DuckDB invalidated the database %s, which is opened again", self.file)
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
                    raise _store_error(still, self.location) from still
                time.sleep(0.02)
            else:
                self._connection = connection
                self._prepare()
                return


def _store_error(error: duckdb.Error, location: str) -> StoreError:
    text = str(error)
    if is_damage(error) and location != MEMORY:
        return damaged(Path(location), error)
    reason = next((sign for sign in _DISK if sign in text), _FULL[0] if _SPILLED in text else "")
    if reason:
        return refused(Path(location), reason)
    # If a commit lacks memory, DuckDB raises a TransactionException, so search the text too.
    if isinstance(error, duckdb.OutOfMemoryException) or any(sign in text for sign in _MEMORY):
        return StoreError(
            N_("This takes more memory than Freio gives its database."),
            N_("Split the file, or raise FREIO_MEMORY_MB and start Freio again."),
        )
    if isinstance(error, duckdb.TransactionException) and "onflict" in text:
        return ConflictError(N_("Another change came first."), N_("Try again in a moment."))
    return StoreError(
        N_("The database refused the request."),
        N_("Try again. If it happens again, report it to the administrator of Freio."),
    )
