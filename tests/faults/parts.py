"""What the tests of broken surroundings share."""

from pathlib import Path

from core.model import ConfigurationId
from core.states import State
from core.store.duckdb_engine import DuckDBEngine
from core.store.journal import Journal
from core.store.sql_store import SqlStore


def journal_of(path: Path) -> Path:
    return Journal.beside(path).path


def opened(path: Path) -> SqlStore:
    return SqlStore(DuckDBEngine(path), Journal.beside(path))


def state_of(store: SqlStore, id: str) -> tuple[State, int]:
    found = store.configuration(ConfigurationId(id))
    assert found is not None
    return found.state, found.version
