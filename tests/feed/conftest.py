"""A loader on an empty store, for most of these tests."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core.feed.loader import Loader
from core.settings import Settings
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore

#: The loader's clock stands at this time.
NOW = datetime(2026, 11, 28, tzinfo=UTC)
_SIZES = "SELECT table_name, estimated_size FROM duckdb_tables() ORDER BY table_name"


class _EmptyStores:
    """A store that tests share as long as none of them adds a row: most only preview a file."""

    def __init__(self) -> None:
        self._renew()

    def get(self) -> SqlStore:
        if self._engine.rows(_SIZES) != self._sizes:
            self.close()
            self._renew()
        return self._store

    def close(self) -> None:
        self._store.close()

    def _renew(self) -> None:
        self._engine = DuckDBEngine(MEMORY)
        self._store = SqlStore(self._engine)
        self._sizes = self._engine.rows(_SIZES)


@pytest.fixture(scope="session")
def empty_stores() -> Iterator[_EmptyStores]:
    stores = _EmptyStores()
    yield stores
    stores.close()


@pytest.fixture
def loader(empty_stores: _EmptyStores) -> Loader:
    return Loader(empty_stores.get(), Settings(), lambda: NOW)
