"""What the tests of broken surroundings share."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

from core.actions import Actions
from core.feed.records import ImportSummary
from core.model import Actor, ConfigurationId, SendConfiguration
from core.states import State
from core.store.duckdb_engine import DuckDBEngine
from core.store.journal import Journal
from core.store.sql_store import SqlStore

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ME = Actor("operador 1")


def journal_of(path: Path) -> Path:
    return path.with_name(path.name + ".receipts.jsonl")


def opened(path: Path) -> SqlStore:
    return SqlStore(DuckDBEngine(path), Journal(journal_of(path)))


def send(id: str, state: State = State.SCHEDULED, generated: int | None = 0) -> SendConfiguration:
    return SendConfiguration(
        id=ConfigurationId(id),
        name=f"Oferta {id}",
        state=state,
        raw_state=state.value,
        total_records=7_000,
        generated_records=generated,
        scheduled_at=NOW,
    )


def load(store: SqlStore, *sends: SendConfiguration) -> None:
    store.load(ImportSummary(id=uuid.uuid4().hex, name="f", loaded_at=NOW, actor="t"), sends, [])


def actions(store: SqlStore) -> Actions:
    return Actions(store, lambda: NOW, lambda: True, lambda: NOW)


def state_of(store: SqlStore, id: str) -> tuple[State, int]:
    found = store.configuration(ConfigurationId(id))
    assert found is not None
    return found.state, found.version
