"""A PostgreSQL server that tests may stop and kill, and a proxy in front of it."""

from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy
from tests.postgres_server import Server, serving_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving_postgres() as own:
        yield own


@pytest.fixture
def url(server: Server) -> str:
    return server.new_database()


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    made = Proxy(server.port)
    yield made
    made.close()
