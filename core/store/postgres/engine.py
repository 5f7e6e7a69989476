"""PostgreSQL behind the engine protocol, for more than one machine.

Plain guarded updates and row locks do what DuckDB's one writer does: the second of two writers
waits on the row, and then finds its guard false. Nothing here needs an extension, an advisory lock
or LISTEN, so that engines which speak PostgreSQL can take its place.
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
    Connection,
    OwnConnection,
    Server,
)

log = logging.getLogger(__name__)
# Freio logs itself, once, when the server goes away and when it is back.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)

#: Connections that one dashboard holds at most, and seconds for which a call waits for one.
POOL_SIZE: Final = 10
POOL_TIMEOUT: Final = 5.0

#: Milliseconds after which the server ends a statement, and a wait for a row.
STATEMENT_TIMEOUT: Final = 60_000
LOCK_TIMEOUT: Final = 15_000

#: The same for what is done to a whole file at once.
LOADING_TIMEOUT: Final = 900_000

_TEMPORARY = """
SELECT table_name FROM information_schema.tables WHERE table_type = 'LOCAL TEMPORARY'
"""
_PARAMETER = re.compile(r"(?<![\w$])\$(\w+)")


@lru_cache(maxsize=512)
def _translated(sql: str) -> str:
    """Write `$name` parameters as psycopg does."""
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
        # A cursor of the server's: the rows do not all come at once.
        with self._connection.cursor(name="freio_stream") as cursor:
            cursor.execute(_translated(sql))
            while rows := cursor.fetchmany(size):
                yield rows

    def add_rows(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        names = ", ".join(columns)
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def _run(self, sql: str, params: Params | None) -> psycopg.Cursor[Row]:
        # Without parameters too: only then is `%%` in the text read as one sign.
        return self._connection.execute(_translated(sql), dict(params or {}))


class _PostgresSession:
    def __init__(self, engine: PostgresEngine, connection: psycopg.Connection[Row]) -> None:
        self._engine, self._connection = engine, connection

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        return _PostgresTransaction(self._connection).rows(sql, params)

    def add_tables(self, name: str, tables: Iterable[pa.Table], schema: pa.Schema) -> None:  # noqa: ARG002 - each table has it
        for table in tables:
            self._add(name, table)

    def _add(self, name: str, table: pa.Table) -> None:
        # CSV made by Arrow: writing a million rows one by one in Python takes ten times as long.
        text = pa.BufferOutputStream()
        form = pa_csv.WriteOptions(include_header=False, quoting_style="all_valid")
        pa_csv.write_csv(table, text, form)
        names = ", ".join(table.column_names)
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {name} ({names}) FROM STDIN (FORMAT csv)") as copy,
        ):
            copy.write(text.getvalue().to_pybytes())

    def measure(self, name: str) -> None:
        self._connection.execute(f"ANALYZE {name}")

    def make_room(self, rows: int) -> None:
        """The server keeps its own house."""

    def require_space(self, size: int) -> None:
        """Nobody can ask a server how much is free on its disk."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        return self._engine.writing(self._connection)


class PostgresEngine:
    """PostgreSQL (15 or newer) behind the engine protocol. `url` is a postgresql:// URL.

    Raises StoreError where no server answers there.
    """

    name = "PostgreSQL"
    is_embedded = False

    def __init__(self, url: str) -> None:
        self.location = AdminText(without_password(url))
        options: dict[str, Any] = {
            # A read is one statement, and needs no transaction of its own around it.
            "autocommit": True,
            "options": _options(),
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "freio",
        }
        self._server = Server(self.location, partial(OwnConnection.connect, url, **options))
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
            # First of all: a pool does not tell why it makes no connection.
            self._server.require(2 * CONNECT_SECONDS)
            self._pool.open(wait=True, timeout=POOL_TIMEOUT)
        except PoolTimeout as error:
            self.close()
            raise self._none_to_be_had() from error
        except BaseException:
            self.close()
            raise

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a reading statement on a connection of its own and return all its rows."""
        try:
            with self._connected() as connection:
                return _PostgresTransaction(connection).rows(sql, params)
        except psycopg.Error as error:
            raise failed(error, self.location) from error

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        """Run a reading statement and return its rows, `size` at a time."""
        try:
            with self._connected() as connection, connection.transaction():
                yield from _PostgresTransaction(connection).stream(sql, size)
        except psycopg.Error as error:
            raise failed(error, self.location) from error

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction; commit at the end of the block, roll back on any exception.

        Raises ConflictError where another write came first, StoreBusyError where a row or a
        connection was not to be had in time, CommitUnknownError where the commit itself failed.
        """
        with self._connected() as connection, self.writing(connection) as tx:
            yield tx

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session on a connection of its own; at the end its tables are dropped."""
        try:
            with self._connected() as connection:
                connection.execute(f"SET statement_timeout = {LOADING_TIMEOUT}")
                connection.is_loading = True
                try:
                    yield _PostgresSession(self, connection)
                finally:
                    connection.is_loading = False
                    _tidy(connection)
        except psycopg.Error as error:
            raise failed(error, self.location) from error

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Take a connection of the pool's. Raises StoreError where there is none to be had."""
        self._server.require_not_known_away()
        try:
            connection = self._pool.getconn(min(PATIENCE, POOL_TIMEOUT))
        except PoolTimeout:
            connection = self._late()
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def _late(self) -> Connection:
        """Wait on for a connection, unless the server is away."""
        self._server.require()
        try:
            return self._pool.getconn(POOL_TIMEOUT)
        except PoolTimeout as error:
            raise self._none_to_be_had() from error

    def _none_to_be_had(self) -> StoreError:
        """Return what to say where the server answers, but the pool has no connection."""
        refusal = self._server.refusal
        # With room for one more in the pool, it was the server that gave none.
        if refusal is not None and self._pool.get_stats().get("pool_size", 0) < POOL_SIZE:
            return refused(refusal, self.location)
        return busy()

    @contextmanager
    def writing(self, connection: psycopg.Connection[Row]) -> Iterator[Transaction]:
        """Open a transaction on a connection, as `transaction` does on one of its own."""
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
        """The server keeps its own house."""

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.close()
        self._server.close()

    def settle_log(self, *, lost: bool) -> Path | None:  # noqa: ARG002 - the server has its own log
        """Nothing is kept beside a server."""
        return None

    def copy_to(self, target: Path) -> None:
        """Raise StoreError: a server's own tools make its backups."""
        raise StoreError(
            N_("PostgreSQL makes its own backups, and nothing was written to {target}."),
            N_("Use pg_dump and pg_restore."),
            target=target,
        )


def _options() -> str:
    settings: dict[str, Any] = {
        "timezone": "UTC",
        "statement_timeout": STATEMENT_TIMEOUT,
        "lock_timeout": LOCK_TIMEOUT,
        # Compiling takes longer than any of our statements.
        "jit": "off",
    }
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def _tidy(connection: psycopg.Connection[Row]) -> None:
    """Leave a connection as it was found: the pool hands it to somebody else."""
    try:
        found = connection.execute(_TEMPORARY).fetchall()
        for (name,) in found:
            # With the views on it, which go by no other way.
            connection.execute(f'DROP TABLE IF EXISTS "{name}" CASCADE')
        connection.execute("RESET statement_timeout")
    except psycopg.Error as error:
        log.info("could not tidy up a connection, which is closed: %s", error)
        connection.close()


def _roll_back(connection: psycopg.Connection[Row]) -> None:
    try:
        connection.rollback()
    except psycopg.Error as error:
        # The connection is gone, and the server rolls back by itself.
        log.info("could not roll back: %s", error)
