"""One suite over both engines: what a store promises does not depend on where it keeps it."""

from collections.abc import Iterator

import pytest

from core.store.duckdb_engine import MEMORY, DuckDBEngine
from core.store.engine import Engine
from core.store.postgres_engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.postgres_server import Server


@pytest.fixture(params=["DuckDB", "PostgreSQL"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "DuckDB":
        return DuckDBEngine(MEMORY)
    server: Server = request.getfixturevalue("postgres")
    return PostgresEngine(server.new_database())


@pytest.fixture
def store(engine: Engine) -> Iterator[SqlStore]:
    made = SqlStore(engine)
    yield made
    made.close()
