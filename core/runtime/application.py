"""The application."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.access.roles_file import roles_trouble
from core.alerts.outbox import AlertOutbox
from core.alerts.watch import AlertWatch
from core.domain.alerts import AlertKind
from core.domain.freshness import Freshness
from core.errors import FreioError, StoreError
from core.feed.background_loads import Jobs
from core.feed.loader import Loader
from core.feed.watched_folder import WatchedFolder
from core.infrastructure.clock import Clock
from core.infrastructure.metrics import Metrics
from core.infrastructure.periodic import PeriodicTask
from core.operations.backup import Backups
from core.ports.store import Store
from core.ports.upkeep import JournalCheck
from core.runtime.demo import Demo
from core.runtime.garbage_collection import GarbageCollection
from core.services.aborts import AbortService
from core.services.bridge_answers import BridgeAnswerService
from core.services.bulk_aborts import BulkAborts
from core.services.concerns import Concerns
from core.services.delivery import DeliveryWorker
from core.services.ended_logins import EndedLogins
from core.services.polling import Polling
from core.services.queries import Queries
from core.services.receipt_repair import ReceiptRepair
from core.services.shared_cache import SharedCache, in_steps
from core.settings import Settings

#: The maximum time for which `facts_at` keeps the result in the cache.
FACTS_AT_STEP: Final = timedelta(seconds=1)


@dataclass(slots=True)
class Application:
    """All parts of Freio in a process, except the pages.

    - `queries`, `concerns` read all accounts. Pages use the class `ActorView` instead.
    - `backups`: None if the store is not a file.
    """

    settings: Settings
    store: Store
    clock: Clock
    cache: SharedCache
    loader: Loader
    demo: Demo
    queries: Queries
    concerns: Concerns
    logins: EndedLogins
    aborts: AbortService
    bulk_aborts: BulkAborts
    deliveries: DeliveryWorker
    bridge_answers: BridgeAnswerService
    repairs: ReceiptRepair
    backups: Backups | None
    jobs: Jobs
    alerts: AlertWatch
    outbox: AlertOutbox
    metrics: Metrics
    garbage_collection: GarbageCollection
    polling: Polling | None = None
    inbox: WatchedFolder | None = None
    journal_check: JournalCheck = field(default_factory=JournalCheck)
    background_tasks: list[PeriodicTask] = field(default_factory=list)

    def start(self) -> None:
        """Start all parts."""
        # Read the roles file now. If the file is damaged later, these roles stay valid.
        self.troubles()
        if self.demo.lease.is_held():
            self.demo.prepare()
        self.journal_check = self.store.check_journal()
        self.metrics.frozen.set(self.garbage_collection.start())
        for task in self.background_tasks:
            task.start()
        if self.inbox is not None:
            self.inbox.start()

    def stop(self) -> None:
        """Stop all parts, release the leases and close the store."""
        if self.inbox is not None:
            self.inbox.stop()
        for task in self.background_tasks:
            task.stop()
        self.jobs.stop()
        self.garbage_collection.stop()
        for release in (
            self.outbox.lease.give_up,
            self.demo.lease.give_up,
            self.bulk_aborts.execution.lease.give_up,
            self.deliveries.stop,
            *([] if self.polling is None else [self.polling.lease.give_up]),
        ):
            with suppress(StoreError):  # the lease expires anyway
                release()
        self.store.close()

    def troubles(self) -> dict[AlertKind, FreioError]:
        """Return the current problems of the installation."""
        found = {
            AlertKind.ROLES: roles_trouble(self.settings.roles),
            AlertKind.INBOX: None if self.inbox is None else self.inbox.trouble,
        }
        return {kind: trouble for kind, trouble in found.items() if trouble is not None}

    def is_demo(self) -> bool:
        """Return whether the store has demo data."""
        return self.cache.get(self.demo.is_loaded)

    def stops_sends(self) -> bool:
        """Return whether Freio aborts sends in the platform."""
        return self.is_demo() or bool(self.cache.get(self.aborts.deliver_to))

    def shows_demo(self) -> bool:
        """Return whether the store has demo data or is empty."""
        return self.cache.get(self.demo.is_only_data)

    def facts_at(self, now: datetime) -> datetime | None:
        """Return the time at which the source last confirmed the facts, or None."""
        return self.cache.get_since(in_steps(now, FACTS_AT_STEP), self.demo.facts_at)

    def freshness(self, now: datetime | None = None) -> Freshness:
        """Return how old the facts are at `now`."""
        now = now or self.clock()
        limit = timedelta(minutes=self.settings.stale_minutes)
        return Freshness(self.facts_at(now), now, limit)
