"""The whole store."""

import uuid

from core.domain.platform import Platform
from core.platforms import icomm
from core.ports.upkeep import StoreInfo
from core.store.engine import Engine
from core.store.journal.journal import Journal
from core.store.reads.history import History
from core.store.reads.lists import Lists
from core.store.reads.overview import OverviewScans
from core.store.reads.receipt_log import AbortLog
from core.store.schema import migrate
from core.store.writes import audit_log
from core.store.writes.aborts import Aborts
from core.store.writes.alerts import Alerts
from core.store.writes.bulk_aborts import BulkAborts
from core.store.writes.concerns import Concerns
from core.store.writes.data_origin import ERA
from core.store.writes.deliveries import Deliveries
from core.store.writes.loading import Loading
from core.store.writes.shared_state import SharedState
from core.store.writes.upkeep import StoreUpkeep


class SqlStore(
    Lists,
    OverviewScans,
    History,
    AbortLog,
    Concerns,
    Aborts,
    BulkAborts,
    Deliveries,
    Loading,
    Alerts,
    SharedState,
    StoreUpkeep,
):
    """The store (`core.ports.store.Store`) over an engine. The constructor migrates the schema.

    `journal` is the receipt journal, or None if the engine's own log is safe enough. The rules of
    `platform` become conditions in the SQL statements.
    """

    def __init__(
        self,
        engine: Engine,
        journal: Journal | None = None,
        platform: Platform = icomm.PLATFORM,
    ) -> None:
        super().__init__(engine, journal, platform)
        self._schema_version = migrate(engine)
        self.back_up = engine.copy_to
        audit_log.begin(engine)
        self._create_journal()
        if not self.era():
            self.change_fact(ERA, None, uuid.uuid4().hex)

    @property
    def revision(self) -> int:
        return self._revision.current()

    @property
    def journal_trouble(self) -> str:
        return "" if self._journal is None else self._journal.trouble

    def ping(self) -> None:
        self._read("schema", "schema_version")

    def info(self) -> StoreInfo:
        version = str(self._read("schema", "engine_version")[0][0])
        counts = {str(name): int(count) for name, count in self._read("schema", "row_counts")}
        engine = self._engine
        return StoreInfo(engine.name, version, engine.location, self._schema_version, counts)

    def close(self) -> None:
        self._engine.close()
        if self._journal is not None:
            self._journal.close()
