"""DuckDB, embedded: one process, one file, one writer at a time.

Two of DuckDB's transactions can both win on one row (it updates in place or by delete and insert,
and the two ways do not see each other), so every write of the process passes through one fair
lock. A cursor per call, because a connection shared by threads mixes up their results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import duckdb

from core.errors import N_, StoreError, StoreLockedError
from core.store.engine import Params, Row, Transaction
from core.store.fifo_lock import FifoLock

#: Seconds for which a write waits for its turn.
WRITE_TIMEOUT: Final = 15.0
MEMORY: Final = ":memory:"

#: A log of the default 16 MB takes six seconds to replay at the next start.
_CHECKPOINT_AT = "4MB"
_HOLDER = re.compile(r"PID (\d+)")


class _DuckTransaction:
    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        return self._cursor.execute(sql, dict(params or {})).fetchall()

    def change(self, sql: str, params: Params | None = None) -> int:
        # A plain UPDATE answers with the number of rows; with RETURNING it could lose updates.
        answer = self.rows(sql, params)
        return int(answer[0][0]) if answer else 0


class DuckDBEngine:
    """DuckDB behind the engine protocol. `path` is a file or ":memory:".

    Raises StoreLockedError where another process holds the file, StoreError where it cannot be
    opened at all.
    """

    name = "DuckDB"

    def __init__(self, path: Path | str) -> None:
        self.location = str(path)
        self._connection = _open(path)
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._connection.execute(f"SET GLOBAL checkpoint_threshold = '{_CHECKPOINT_AT}'")
        self._writer = FifoLock()
        self._revision = 0

    @property
    def revision(self) -> int:
        """A number that rises with every committed transaction."""
        return self._revision

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a reading statement on a cursor of its own and return all its rows."""
        cursor = self._cursor()
        try:
            return cursor.execute(sql, dict(params or {})).fetchall()
        except duckdb.Error as error:
            raise _unavailable() from error
        finally:
            cursor.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction; commit at the end of the block, roll back on any exception.

        Raises StoreBusyError where the writer's turn does not come in time.
        """
        with self._writer.held(WRITE_TIMEOUT):
            cursor = self._cursor()
            try:
                cursor.execute("BEGIN TRANSACTION")
                yield _DuckTransaction(cursor)
                cursor.execute("COMMIT")
                self._revision += 1
            except BaseException as error:
                # BaseException: Streamlit stops a script with one, and a transaction left open
                # would block every writer. After an error a COMMIT would commit nothing, silently.
                _roll_back(cursor)
                if isinstance(error, duckdb.Error):
                    raise _unavailable() from error
                raise
            finally:
                cursor.close()

    def close(self) -> None:
        """Let go of the file, after the last writer."""
        with self._writer.held(WRITE_TIMEOUT):
            self._connection.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.cursor()
        except duckdb.Error as error:
            raise _unavailable() from error


def _open(path: Path | str) -> duckdb.DuckDBPyConnection:
    if str(path) != MEMORY:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    try:
        return duckdb.connect(str(path))
    except duckdb.IOException as error:
        holder = _HOLDER.search(str(error))
        if holder is None:
            raise _cannot_open(path, error) from error
        raise StoreLockedError(
            N_(
                "Another process (number {pid}) holds the database {path}. Stop that process, or "
                "set FREIO_DATABASE to another file."
            ),
            pid=holder.group(1),
            path=path,
        ) from error
    except duckdb.Error as error:
        raise _cannot_open(path, error) from error


def _cannot_open(path: Path | str, error: Exception) -> StoreError:
    return StoreError(
        N_(
            "The database {path} cannot be opened: {error}. Check the path and its permissions, "
            "or set FREIO_DATABASE to another file."
        ),
        path=path,
        error=str(error).splitlines()[0],
    )


def _unavailable() -> StoreError:
    return StoreError(
        N_("The database did not do what was asked, and nothing was changed. Try again.")
    )


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    # Where no transaction is open any more, that is what we want.
    with suppress(duckdb.Error):
        cursor.execute("ROLLBACK")
