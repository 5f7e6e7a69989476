"""What all tests share: a PostgreSQL server of their own, started when the first one asks."""

import os
from collections.abc import Iterator

import pytest

from tests.postgres_server import Server, serving_postgres

# No test, and no server that a test starts, takes the files of the person who runs it.
os.environ.setdefault("FREIO_INBOX", "off")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with serving_postgres() as server:
        yield server
