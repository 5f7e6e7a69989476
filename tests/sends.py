"""Make and change sends, for all tests."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.domain.bulk_abort import BulkProgress
from core.domain.load_results import ImportSummary, Reject
from core.domain.model import Actor, ConfigurationId, Receipt, Role, SendConfiguration
from core.domain.platform import Platform
from core.domain.receipt_query import PAGE_SIZE, ReceiptQuery
from core.domain.states import State
from core.platforms import icomm
from core.ports.feed_batches import FED, Batch, table_of
from core.ports.shared_state import DEMO, ORIGIN
from core.services.aborts import AbortService
from core.services.bulk_aborts import BulkAborts
from core.services.bulk_execution import BulkExecution
from core.services.bulk_limits import BulkLimits
from core.services.forecasts import Forecasts
from core.services.queries import Queries
from core.services.shared_cache import SharedCache
from core.store.sql_store import SqlStore


@dataclass(frozen=True, slots=True)
class Sends:
    """A feed of sends in memory."""

    sends: Sequence[SendConfiguration]
    rejects: Sequence[Reject] = ()
    headings: tuple[str, ...] = field(default=FED)
    fingerprint: str = ""
    size: int = 0
    is_part: bool = False

    def batches(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        """Return all sends, or those with some ids, as one batch."""
        ids = None if only is None else set(only)
        sends = [send for send in self.sends if ids is None or send.id in ids]
        yield Batch(table_of(sends), self.rejects)

    def repeated(self, lines: Mapping[int, int]) -> Iterable[Reject]:
        """Raise ValueError, because tests do not repeat an id."""
        raise ValueError(f"the same id twice in one load, at {dict(lines)}")


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


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def merge(store: SqlStore, made: float, *sends: SendConfiguration) -> ImportSummary:
    """Load sends as a file that was made some minutes from now and arrives in an hour."""
    summary = ImportSummary(
        id=f"{made} {store.revision}", name="f", loaded_at=at(60), actor="t", as_of=at(made)
    )
    return store.load(summary, Sends(sends))


def clear(store: SqlStore) -> None:
    """Delete everything, as the store does only with demo data."""
    store.set_fact(ORIGIN, DEMO)
    assert store.drop_demo()


def receipts_in(store: SqlStore) -> list[Receipt]:
    """Return all receipts, newest first."""
    first = store.receipt_page(ReceiptQuery())
    found = list(first.rows)
    for page in range(2, -(-first.total // PAGE_SIZE) + 1):
        found += store.receipt_page(ReceiptQuery(page=page)).rows
    return found


def batches_in(bulk: BulkAborts, actor: Actor) -> list[BulkProgress]:
    """Return all batches that an actor may see, newest first."""
    rows = bulk.store._engine.rows("SELECT id FROM bulk_aborts ORDER BY requested_at DESC, id DESC")
    return list(bulk.progress_of([id for (id,) in rows], actor).values())


def actions(
    store: SqlStore, *, own: bool = True, platform: Platform = icomm.PLATFORM
) -> AbortService:
    return AbortService(
        store,
        lambda: NOW,
        store_is_platform=lambda: own,
        facts_at=lambda: NOW,
        platform=platform,
    )


NO_LIMITS = BulkLimits(None, None, None)


def bulk_aborts(
    store: SqlStore,
    *,
    own: bool = True,
    limits: BulkLimits = NO_LIMITS,
    aborts: AbortService | None = None,
) -> BulkAborts:
    """Return the service of bulk aborts over a store; `run_pending` executes what it started."""
    aborts = aborts or actions(store, own=own)
    cache = SharedCache(lambda: store.revision)
    forecasts = Forecasts(store, aborts.clock, cache)
    return BulkAborts(
        aborts,
        store,
        Queries(store, aborts.clock, cache, forecasts),
        limits,
        BulkExecution(aborts, store, limits),
    )
