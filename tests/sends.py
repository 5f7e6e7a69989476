"""Sends, and what is done with them, for the tests of all parts."""

import uuid
from datetime import UTC, datetime

from core.domain.imports import ImportSummary
from core.domain.model import Actor, ConfigurationId, Role, SendConfiguration
from core.domain.states import State
from core.ports.batches import Sends
from core.ports.shared_state import DEMO, ORIGIN
from core.services.aborts import AbortService
from core.store.sql_store import SqlStore

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ME = Actor("operador 1", Role.OPERATOR)


def send(
    id: str, state: State = State.SCHEDULED, generated: int | None = 0, total: int = 7_000
) -> SendConfiguration:
    return SendConfiguration(
        id=ConfigurationId(id),
        name=f"Promoção {id}",
        state=state,
        raw_state=state.value,
        total_records=total,
        generated_records=generated,
        scheduled_at=NOW,
    )


def load(store: SqlStore, *sends: SendConfiguration, name: str = "") -> ImportSummary:
    id = name or uuid.uuid4().hex
    return store.load(ImportSummary(id=id, name="f", loaded_at=NOW, actor="t"), Sends(sends))


def clear(store: SqlStore) -> None:
    """Drop everything, as the store itself does with demo data only."""
    store.set_fact(ORIGIN, DEMO)
    assert store.drop_demo()


def actions(store: SqlStore, *, own: bool = True) -> AbortService:
    return AbortService(store, lambda: NOW, store_is_platform=lambda: own, facts_at=lambda: NOW)
