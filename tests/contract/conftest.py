"""Engines for the contract tests, which run on DuckDB and PostgreSQL."""

from collections.abc import Iterator

import pytest

from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.engine import Engine
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.postgres_server import Server

ENGINES = ("DuckDB", "PostgreSQL")


def new_engine(request: pytest.FixtureRequest) -> Engine:
    """Return an engine of the kind that a fixture's parameter names, on an empty database."""
    if request.param == "DuckDB":
        return DuckDBEngine(MEMORY)
    server: Server = request.getfixturevalue("postgres")
    return PostgresEngine(server.new_database())


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return new_engine(request)


@pytest.fixture
def store(engine: Engine) -> Iterator[SqlStore]:
    made = SqlStore(engine)
    yield made
    made.close()
