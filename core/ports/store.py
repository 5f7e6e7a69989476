"""The whole store port.

Rules for every part:

* Times are timezone-aware.
* Reads are paged or aggregated. No method returns a whole table.
* `visible` limits a result to some accounts.
* Every write is one transaction.
* `core.errors.StoreError` means that nothing was changed.
* `core.errors.OutcomeUnknownError` means that nobody knows whether the write was done.
"""

from typing import Protocol

from core.ports.aborts import PlatformSteps
from core.ports.alerts import AlertOutboxStore, AlertReads
from core.ports.bulk_aborts import BulkAbortStore
from core.ports.deliveries import DeliveryReads, DeliveryStore
from core.ports.forecast_history import HistoryReads
from core.ports.loading import ImportLog, LoadStore
from core.ports.overview import OverviewReads
from core.ports.receipts import ConcernStore, ReceiptLog
from core.ports.send_reads import SendLists, SendReads
from core.ports.shared_state import EndedLoginStore
from core.ports.upkeep import StoreStatus, Upkeep


class QueryStore(
    SendReads,
    SendLists,
    OverviewReads,
    ReceiptLog,
    DeliveryReads,
    ImportLog,
    StoreStatus,
    Protocol,
):
    """What the queries of pages need."""


class ForecastStore(SendLists, OverviewReads, HistoryReads, StoreStatus, Protocol):
    """What forecasts need."""


class ConcernsStore(SendReads, ConcernStore, DeliveryReads, Protocol):
    """What concerns need."""


class AlertWatchStore(AlertReads, ConcernStore, DeliveryReads, Protocol):
    """What the alert watch needs."""


class Store(
    Upkeep,
    BulkAbortStore,
    DeliveryStore,
    PlatformSteps,
    QueryStore,
    ForecastStore,
    ConcernsStore,
    LoadStore,
    AlertWatchStore,
    AlertOutboxStore,
    EndedLoginStore,
    Protocol,
):
    """The whole store."""
