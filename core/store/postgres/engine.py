"""The engine for PostgreSQL.

Guarded updates and row locks replace DuckDB's single writer. If two transactions update a row, the
second transaction waits for the end of the first. After the wait, the guard of the second update
fails.

Use no extension, no advisory lock and no LISTEN. Databases compatible with PostgreSQL can lack
these features.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import psycopg
import pyarrow as pa
from psycopg_pool import ConnectionPool, PoolTimeout
from pyarrow import csv as pa_csv

from core.errors import N_, AdminText, CommitUnknownError, StoreError
from core.setting_parsers import without_password
from core.store.engine import Params, Row, Session, Transaction
from core.store.postgres.errors import busy, failed, is_conflict, refused
from core.store.postgres.server import (
    CONNECT_SECONDS,
    PATIENCE,
    CheckConnection,
    Connection,
    Server,
)

log = logging.getLogger(__name__)
# Hide the warnings of the pool: `Server` logs when the database server stops answering.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)

#: The maximum number of connections. The maximum wait for a connection in seconds.
POOL_SIZE: Final = 10
POOL_TIMEOUT: Final = 5.0

#: The maximum time of a statement, and the maximum wait for a row lock, in milliseconds.
STATEMENT_TIMEOUT: Final = 60_000
LOCK_TIMEOUT: Final = 15_000

#: The maximum time of a statement in a session, in milliseconds.
LOADING_TIMEOUT: Final = 900_000

_TEMPORARY = """
SELECT table_name FROM information_schema.tables WHERE table_type = 'LOCAL TEMPORARY'
"""
_PARAMETER = re.compile(r"(?<![\w$])\$(\w+)")


@lru_cache(maxsize=512)
def _translated(sql: str) -> str:
    """Return SQL for psycopg: `$name` becomes `%(name)s`."""
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


class _PostgresTransaction:
    locks_rows = True

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        found = self._run(sql, params)
        return found.fetchall() if found.description else []

    def change(self, sql: str, params: Params | None = None) -> int:
        return self._run(sql, params).rowcount

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        # A cursor with a name does not get all rows at once, but `size` rows at a time.
        with self._connection.cursor(name="freio_stream") as cursor:
            cursor.execute(_translated(sql))
            while rows := cursor.fetchmany(size):
                yield rows

    def add_rows(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        copying = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(copying) as copy:
            for row in rows:
                copy.write_row(row)

    def _run(self, sql: str, params: Params | None) -> psycopg.Cursor[Row]:
        # Always pass a dict. Without a dict, psycopg does not change `%%` to `%`.
        return self._connection.execute(_translated(sql), dict(params or {}))


class _PostgresSession:
    def __init__(self, engine: PostgresEngine, connection: psycopg.Connection[Row]) -> None:
        self._engine, self._connection = engine, connection

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        return _PostgresTransaction(self._connection).rows(sql, params)

    def add_tables(
        self,
        name: str,
        tables: Iterable[pa.Table],
        schema: pa.Schema,  # noqa: ARG002 - each table has its schema
        order: str = "",  # noqa: ARG002 - COPY does not sort
    ) -> bool:
        # `copy.write_row` for each row would take ten times as long.
        form = pa_csv.WriteOptions(include_header=False, quoting_style="all_valid")
        for table in tables:
            text = pa.BufferOutputStream()
            pa_csv.write_csv(table, text, form)
            copying = f"COPY {name} ({', '.join(table.column_names)}) FROM STDIN (FORMAT csv)"
            with self._connection.cursor() as cursor, cursor.copy(copying) as copy:
                copy.write(text.getvalue().to_pybytes())
        return False

    def measure(self, name: str) -> None:
        self._connection.execute(f"ANALYZE {name}")

    def make_room(self, rows: int) -> None:
        """Do nothing: the server manages the memory."""

    def require_space(self, size: int) -> None:
        """Do nothing: the free disk space is unknown."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        return self._engine.writing(self._connection)


class PostgresEngine:
    """The engine for PostgreSQL 15 or newer. Raises StoreError if no server answers."""

    name = "PostgreSQL"
    is_embedded = False

    def __init__(self, url: str) -> None:
        self.location = AdminText(without_password(url))
        options: dict[str, Any] = {
            # A read is a single statement and needs no transaction.
            "autocommit": True,
            # Just-in-time compilation would take longer than the statements.
            "options": f"-c timezone=UTC -c jit=off -c statement_timeout={STATEMENT_TIMEOUT} "
            f"-c lock_timeout={LOCK_TIMEOUT}",
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "freio",
        }
        self._server = Server(self.location, partial(CheckConnection.connect, url, **options))
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            connection_class=self._server.connections(),
            min_size=1,
            max_size=POOL_SIZE,
            open=False,
            check=ConnectionPool.check_connection,
            reconnect_timeout=POOL_TIMEOUT,
            kwargs=options,
        )
        try:
            # First connect without the pool, because a pool hides the cause of a failure.
            self._server.require(2 * CONNECT_SECONDS)
            self._pool.open(wait=True, timeout=POOL_TIMEOUT)
        except PoolTimeout as error:
            self.close()
            raise self._no_connection() from error
        except BaseException:
            self.close()
            raise

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        with self._connected() as connection:
            return _PostgresTransaction(connection).rows(sql, params)

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        with self._connected() as connection, connection.transaction():
            yield from _PostgresTransaction(connection).stream(sql, size)

    @contextmanager
    def transaction(self, *, gives_way: bool = False) -> Iterator[Transaction]:  # noqa: ARG002
        # `gives_way` has no effect, because there is no writer's lock.
        with self._connected() as connection, self.writing(connection) as tx:
            yield tx

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self._connected() as connection:
            connection.execute(f"SET statement_timeout = {LOADING_TIMEOUT}")
            connection.is_loading = True
            # Prepare no statements: they fail after a temporary table got other types.
            threshold, connection.prepare_threshold = connection.prepare_threshold, None
            try:
                yield _PostgresSession(self, connection)
            finally:
                connection.is_loading = False
                connection.prepare_threshold = threshold
                _tidy(connection)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        self._server.require_not_known_away()
        try:
            connection = self._pool.getconn(min(PATIENCE, POOL_TIMEOUT))
        except PoolTimeout:
            connection = self._wait_longer()
        try:
            yield connection
        except psycopg.Error as error:
            raise failed(error, self.location) from error
        finally:
            self._pool.putconn(connection)

    def _wait_longer(self) -> Connection:
        self._server.require()
        try:
            return self._pool.getconn(POOL_TIMEOUT)
        except PoolTimeout as error:
            raise self._no_connection() from error

    def _no_connection(self) -> StoreError:
        """Return the error for this case: the server answers, but no connection is free."""
        refusal = self._server.refusal
        # If the pool is not full, the server has refused a connection.
        if refusal is not None and self._pool.get_stats().get("pool_size", 0) < POOL_SIZE:
            return refused(refusal, self.location)
        return busy()

    @contextmanager
    def writing(self, connection: psycopg.Connection[Row]) -> Iterator[Transaction]:
        committing = False
        try:
            connection.execute("BEGIN")
            try:
                yield _PostgresTransaction(connection)
                committing = True
                connection.commit()
            except BaseException:
                _roll_back(connection)
                raise
        except psycopg.Error as error:
            said = failed(error, self.location)
            if committing and not is_conflict(error):
                raise CommitUnknownError(said) from error
            raise said from error

    def tidy(self) -> None:
        """Do nothing: PostgreSQL has automatic upkeep."""

    def close(self) -> None:
        self._pool.close()
        self._server.close()

    def settle_log(self, *, lost: bool) -> Path | None:  # noqa: ARG002 - the server has its own log
        return None

    def copy_to(self, target: Path) -> None:
        raise StoreError(
            N_("PostgreSQL makes its own backups, and nothing was written to {target}."),
            N_("Use pg_dump and pg_restore."),
            target=target,
        )


def _tidy(connection: psycopg.Connection[Row]) -> None:
    try:
        found = connection.execute(_TEMPORARY).fetchall()
        for (name,) in found:
            # CASCADE also drops the views that use the table.
            connection.execute(f'DROP TABLE IF EXISTS "{name}" CASCADE')
        connection.execute("RESET statement_timeout")
    except psycopg.Error as error:
        log.info("a connection could not be reset and is closed: %s", error)
        connection.close()


def _roll_back(connection: psycopg.Connection[Row]) -> None:
    try:
        connection.rollback()
    except psycopg.Error as error:
        log.info("could not roll back: %s", error)
