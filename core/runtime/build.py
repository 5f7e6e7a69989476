"""Build the application from the settings."""

from collections import Counter
from datetime import timedelta
from typing import Final

from core.access.identity import with_current_role
from core.access.roles_file import read_roles
from core.alerts.channels import open_channels
from core.alerts.message import MessageComposer
from core.alerts.outbox import AlertOutbox
from core.alerts.watch import AlertWatch
from core.domain.delivery import SIMULATED
from core.domain.list_query import ListQuery
from core.domain.receipt_query import Outcome, ReceiptQuery
from core.domain.states import State
from core.feed.background_loads import Jobs
from core.feed.loader import Loader
from core.feed.watched_folder import WatchedFolder
from core.infrastructure.clock import Clock, utc_now
from core.infrastructure.lease import ALWAYS_HELD, LIFE, Lease
from core.infrastructure.metrics import Metrics, StoreFigures
from core.operations.backup import Backups
from core.platforms.known_platforms import selected
from core.platforms.simulated import SimulatedPlatform, pace_times
from core.runtime.application import Application
from core.runtime.background_jobs import background_jobs
from core.runtime.connectors import connected, own_platform, shows_demo
from core.runtime.demo import Demo
from core.runtime.garbage_collection import GarbageCollection
from core.services.aborts import AbortService
from core.services.bridge_answers import BridgeAnswerService
from core.services.bulk_aborts import BulkAborts
from core.services.bulk_execution import BulkExecution
from core.services.bulk_limits import BulkLimits
from core.services.concerns import Concerns
from core.services.delivery import DeliveryWorker, lease_name
from core.services.ended_logins import EndedLogins
from core.services.forecasts import Forecasts
from core.services.polling import Polling
from core.services.queries import Queries
from core.services.reason_presets import read_presets
from core.services.receipt_repair import ReceiptRepair
from core.services.shared_cache import SharedCache
from core.settings import Settings
from core.store.measured_engine import MeasuredEngine
from core.store.opening import database_file, journal_of, open_engine
from core.store.sql_store import SqlStore

#: The life of the lease for sending alerts, in seconds. It is long, so that the lease rarely
#: expires while Freio waits for a slow service.
SENDER_LEASE_SECONDS: Final = 60.0


def build(settings: Settings, clock: Clock = utc_now) -> Application:
    """Return the application for the settings. The caller starts the application."""
    # A wrong alert address must fail before Freio opens the database.
    alert_channels = open_channels(settings.alert_urls)
    file = database_file(settings)
    metrics = Metrics()
    engine = MeasuredEngine(open_engine(settings), metrics.reads.observe, metrics.writes.observe)
    platform = selected(settings)
    store = SqlStore(engine, journal_of(file), platform)
    loader = Loader(store, settings, clock)

    def lease(name: str, life: float = LIFE) -> Lease:
        # Only a single dashboard can open a database file, so no lease is needed.
        return Lease(store, name, life=life) if settings.is_server else ALWAYS_HELD

    demo = Demo(
        shows_demo(settings),
        loader,
        store,
        clock,
        SimulatedPlatform(store, pace_times(settings.pace), platform),
        lease("platform"),
    )
    connections = connected(settings, platform, store, clock)
    deliveries = DeliveryWorker(
        store,
        connections,
        clock,
        # Each platform has a lease, because dashboards can be connected to different platforms.
        {name: lease(lease_name(name)) for name in connections},
        on_verified=metrics.verified.observe,
    )
    cache = SharedCache(lambda: store.revision)
    overdue = timedelta(minutes=settings.overdue_minutes)
    forecasting = Forecasts(
        store, clock, cache, origin=lambda: cache.get(loader.origin), platform=platform
    )
    aborts = AbortService(
        store,
        clock,
        # The simulated platform of the demo uses this store.
        store_is_platform=demo.is_loaded,
        facts_at=demo.facts_at,
        reasons=tuple(read_presets(settings.reasons)),
        needs_reason=settings.reason_required,
        deliver_to=lambda: _deliver_to(settings, demo),
        to_deliver=deliveries.waiting,
        platform=platform,
    )
    queries = Queries(store, clock, cache, forecasting)
    bulk_limits = BulkLimits(
        settings.max_bulk_sends, settings.max_bulk_recipients, settings.bulk_type_above
    )
    app = Application(
        settings=settings,
        store=store,
        clock=clock,
        cache=cache,
        loader=loader,
        demo=demo,
        queries=queries,
        concerns=Concerns(store, clock, overdue, cache, demo.is_loaded),
        logins=EndedLogins(store, clock, cache),
        aborts=aborts,
        bulk_aborts=BulkAborts(
            aborts,
            store,
            queries,
            bulk_limits,
            BulkExecution(
                aborts,
                store,
                bulk_limits,
                lambda actor: with_current_role(actor, read_roles(settings.roles)),
                lease("bulk-aborts"),
            ),
        ),
        deliveries=deliveries,
        bridge_answers=BridgeAnswerService(store, clock),
        repairs=ReceiptRepair(store, clock, store_is_platform=demo.is_loaded, platform=platform),
        backups=None if file is None else Backups(file, clock),
        jobs=Jobs(loader),
        alerts=AlertWatch(
            store,
            lambda: app.freshness(),
            forecasting.baselines,
            stuck_after=timedelta(minutes=settings.alert_stuck_minutes),
            least=settings.alert_recipients,
            within=timedelta(minutes=settings.alert_minutes),
            overdue_after=overdue,
            troubles=lambda: app.troubles(),
            platform=platform,
        ),
        outbox=AlertOutbox(
            store,
            alert_channels,
            MessageComposer(settings.feed_zone, settings.public_url, settings.alert_language),
            clock,
            is_demo=lambda: app.is_demo(),
            quiet=settings.alert_quiet,
            pause=timedelta(minutes=settings.alert_pause_minutes),
            lease=lease("alerts", SENDER_LEASE_SECONDS),
        ),
        metrics=metrics,
        garbage_collection=GarbageCollection(metrics.paused),
        polling=_polling(settings, loader, deliveries, clock, lease("polling")),
        inbox=WatchedFolder(settings.inbox, loader, lease("inbox")) if settings.inbox else None,
    )
    app.background_tasks = background_jobs(app)
    metrics.watch(lambda: _figures(app))
    return app


def _polling(
    settings: Settings, loader: Loader, deliveries: DeliveryWorker, clock: Clock, lease: Lease
) -> Polling | None:
    own = own_platform(settings)
    if not own or not deliveries.platforms[own].connector.reads:
        return None
    to = deliveries.platforms[own]
    return Polling(
        loader, to.connector, own, clock, lease, to.pause, lambda: deliveries.retry_now(own)
    )


def _deliver_to(settings: Settings, demo: Demo) -> str:
    if demo.is_loaded():
        return SIMULATED if settings.demo else ""
    return own_platform(settings)


def _figures(app: Application) -> StoreFigures:
    freshness, states = app.freshness(), Counter[State]()
    for count in app.queries.state_counts(ListQuery()):
        states[count.state] += count.configurations
    return StoreFigures(
        states=states,
        aborts=app.queries.receipt_counts(),
        unconfirmed=app.queries.receipt_page(ReceiptQuery(outcome=Outcome.OPEN)).total,
        to_look_at=app.concerns.count_late(),
        age=None if freshness.at is None else freshness.age.total_seconds(),
    )
