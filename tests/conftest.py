"""What all tests share: a PostgreSQL server of their own, started when the first one asks."""

from collections.abc import Iterator

import pytest

from tests.postgres_server import Server, serving_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with serving_postgres() as server:
        yield server
