"""Engines for the contract tests, which run on DuckDB and PostgreSQL.

On PostgreSQL, the tests of a process share one database and its connections. The database is
cleared before each test. To create a new database takes as long as most tests run.
"""

from collections.abc import Iterator

import pytest

from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.engine import Engine
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.postgres_server import Server

ENGINES = ("DuckDB", "PostgreSQL")
_TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
"""
#: The statements that clear tables in which a migration writes rows.
_CLEAR = {
    "writes": "UPDATE writes SET n = 0",
    "ledger_ends": "UPDATE ledger_ends SET number = 0, hash = ''",
}


def new_engine(request: pytest.FixtureRequest) -> Engine:
    """Return an engine of the kind that a fixture's parameter names, on an empty database."""
    if request.param == "DuckDB":
        return DuckDBEngine(MEMORY)
    server: Server = request.getfixturevalue("postgres")
    return PostgresEngine(server.new_database())


class SharedEngine(PostgresEngine):
    """An engine that stays open when a test closes its store: the next test uses it."""

    def close(self) -> None:
        """Do nothing; see `end`."""

    def end(self) -> None:
        super().close()


@pytest.fixture(scope="session")
def shared_engine(postgres: Server) -> Iterator[SharedEngine]:
    """An engine on the database that the tests share. The first of them makes its tables."""
    made = SharedEngine(postgres.new_database())
    yield made
    made.end()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "DuckDB":
        return new_engine(request)
    found: SharedEngine = request.getfixturevalue("shared_engine")
    clear(found)
    return found


@pytest.fixture(params=ENGINES)
def empty_engine(request: pytest.FixtureRequest) -> Engine:
    """Return an engine on a new database without tables, for tests of migrations."""
    return new_engine(request)


def clear(engine: Engine) -> None:
    """Bring a database into its state after the migrations, with one request to the server."""
    statements = (_CLEAR.get(table, f"DELETE FROM {table}") for table in tables_of(engine))
    with engine.transaction() as tx:
        tx.rows("; ".join(statements))


def tables_of(engine: Engine) -> list[str]:
    """Return the names of the tables, without the table of the schema version."""
    return sorted(name for (name,) in engine.rows(_TABLES) if name != "schema_version")


@pytest.fixture
def store(engine: Engine) -> Iterator[SqlStore]:
    made = SqlStore(engine)
    yield made
    made.close()
