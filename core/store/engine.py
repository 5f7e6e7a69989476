"""What the shared SQL needs of an engine, and how it finds its named statements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from core.errors import CLOSED, N_, AdminText, StoreError, StoreNewerError

Row = tuple[Any, ...]
Params = Mapping[str, object]

_HERE = Path(__file__).parent
_NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


class Transaction(Protocol):
    """An open transaction. Leaving its block commits; any exception rolls it back.

    `locks_rows` tells whether others may write meanwhile, so that rows which are compared before
    they are written have to be locked first.
    """

    locks_rows: bool

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a statement and return all its rows."""
        ...

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        """Run a statement and return its rows, `size` at a time."""
        ...

    def add_rows(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert many rows in the fastest way there is."""
        ...

    def change(self, sql: str, params: Params | None = None) -> int:
        """Run an UPDATE, INSERT or DELETE and return how many rows it touched."""
        ...


class Session(Protocol):
    """A connection of one's own for temporary tables, which nobody else sees or waits for."""

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a statement and return all its rows."""
        ...

    def add_tables(self, name: str, tables: Iterable[pa.Table], schema: pa.Schema) -> None:
        """Append to a temporary table, to the columns of the same names.

        The tables are drawn in the caller's thread; what drawing them raises goes through.
        """
        ...

    def measure(self, name: str) -> None:
        """Let the engine learn how large a temporary table is, where it does not know by itself."""
        ...

    def require_space(self, size: int) -> None:
        """Raise StoreDiskError where a load of so many bytes does not fit on the disk."""
        ...

    def make_room(self, rows: int) -> None:
        """Have the memory that the keys of so many new rows take until they are committed."""
        ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a writing transaction on this connection, as `Engine.transaction` does."""
        ...


class Engine(Protocol):
    """A database that runs SQL with `$name` parameters. Times come and go in UTC."""

    name: str
    location: AdminText
    #: Whether the database lives in this process, so that a failed commit has ended.
    is_embedded: bool

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a reading statement and return all its rows."""
        ...

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        """Run a reading statement and return its rows, `size` at a time."""
        ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a writing transaction, after waiting for one's turn where there is one writer."""
        ...

    def session(self) -> AbstractContextManager[Session]:
        """Open a session; its temporary tables are gone at the end of the block."""
        ...

    def settle_log(self, *, lost: bool) -> Path | None:
        """Drop what was kept of an unclean stop, unless it was damaged or commits are lost.

        Returns where it is kept, if it is.
        """
        ...

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the whole database to a new file, while others go on."""
        ...

    def tidy(self) -> None:
        """Do what keeps the engine sound, now and then."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


@cache
def named_sql(file: str) -> Mapping[str, str]:
    """Read the named statements of `sql/<file>.sql`."""
    text = (_HERE / "sql" / f"{file}.sql").read_text(encoding="utf-8")
    return {name: _bare(body).strip().rstrip(";") for name, body in _NAMED.findall(text)}


def migrations(engine: str = "") -> Sequence[tuple[int, str, str]]:
    """Return (number, name, SQL) of every migration, in order: one series for all engines.

    A file such as `0004_indexes.postgresql.sql` is for that engine; the others take its number and
    run nothing.
    """
    files = sorted((_HERE / "migrations").glob("[0-9]*.sql"))
    return [(int(f.name[:4]), f.stem, _for_engine(f, engine)) for f in files]


def _for_engine(file: Path, engine: str) -> str:
    _, _, only = file.stem.partition(".")
    return file.read_text(encoding="utf-8") if only in ("", engine.lower()) else ""


def migrate(engine: Engine, steps: Sequence[tuple[int, str, str]] | None = None) -> int:
    """Bring the schema up to date, each migration in a transaction; return its version.

    Goes on where an interrupted run stopped. Raises StoreNewerError where a newer Freio wrote the
    database, StoreError where it is not Freio's at all; nothing is changed then.
    """
    steps = migrations(engine.name) if steps is None else steps
    _require_known(engine, steps[-1][0])
    with engine.transaction() as tx:
        tx.rows(named_sql("schema")["create_schema_version"])
    for number, name, sql in steps:
        with engine.transaction() as tx:
            if tx.rows(named_sql("schema")["has_migration"], {"number": number}):
                continue
            for statement in _statements(sql):
                tx.rows(statement)
            tx.rows(named_sql("schema")["record_migration"], {"number": number, "name": name})
    return int(engine.rows(named_sql("schema")["schema_version"])[0][0])


def _require_known(engine: Engine, newest: int) -> None:
    tables = {row[0] for row in engine.rows(named_sql("schema")["tables"])}
    if not tables:
        return
    if "schema_version" not in tables:
        raise StoreError(
            N_("The database {path} holds something else than Freio's data ({tables})."),
            N_("Set FREIO_DATABASE to another one."),
            CLOSED,
            path=engine.location,
            tables=", ".join(sorted(tables)[:3]),
        )
    found = int(engine.rows(named_sql("schema")["schema_version"])[0][0])
    if found > newest:
        raise StoreNewerError(
            N_(
                "The database {path} was written by a newer Freio (schema {found}; this one knows "
                "{newest})."
            ),
            N_("Start the newer Freio, or set FREIO_DATABASE to another one."),
            path=engine.location,
            found=found,
            newest=newest,
        )


def _bare(sql: str) -> str:
    # Comments may hold braces and semicolons of their own.
    return "\n".join(line.split("--")[0] for line in sql.splitlines())


def _statements(sql: str) -> list[str]:
    return [part.strip() for part in _bare(sql).split(";") if part.strip()]
