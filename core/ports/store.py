"""The whole store port. The other modules of this package define its parts.

Rules for every part:

* Times are timezone-aware.
* Reads are paged or aggregated. No method returns a whole table.
* `visible` limits a result to some accounts.
* Every write is one transaction: either everything is written, or nothing.
* `core.errors.StoreError` means that nothing was changed. For example, the store is busy.
* `core.errors.OutcomeUnknownError` means that the answer to a commit was lost. The write was
  perhaps done.
"""

from typing import Protocol

from core.ports.aborts import PlatformSteps
from core.ports.alerts import AlertOutboxStore, AlertReads
from core.ports.bulk_aborts import BulkAbortStore
from core.ports.deliveries import DeliveryStore
from core.ports.history import HistoryReads
from core.ports.loading import LoadStore
from core.ports.overview import OverviewReads
from core.ports.receipts import ConcernStore, ReceiptLog
from core.ports.shared_state import EndedLoginStore
from core.ports.upkeep import Upkeep


class Store(
    BulkAbortStore,
    DeliveryStore,
    PlatformSteps,
    OverviewReads,
    HistoryReads,
    ReceiptLog,
    ConcernStore,
    LoadStore,
    AlertReads,
    AlertOutboxStore,
    EndedLoginStore,
    Upkeep,
    Protocol,
):
    """Everything that a store offers."""
