"""Putting the parts together: settings, store, answers, actions and the simulated platform."""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from core.access.access_token import AccessToken, access_token
from core.access.permissions import Right, require, visible_accounts
from core.access.roles import roles_trouble
from core.alerts.channels import services
from core.alerts.message import MessageComposer
from core.alerts.outbox import AlertOutbox
from core.alerts.watch import AlertWatch, slower_than_its_like
from core.domain.alerts import Alert, AlertKind
from core.domain.freshness import Freshness
from core.domain.list_query import ListQuery
from core.domain.model import Actor
from core.domain.receipt_query import Outcome, ReceiptQuery
from core.domain.states import State
from core.errors import CLOSED, N_, DemoOverError, FreioError, Place, StoreError
from core.feed.jobs import Jobs
from core.feed.loader import DEMO, Loader
from core.feed.watched_folder import WatchedFolder
from core.infrastructure.clock import Clock, utc_now
from core.infrastructure.lease import Lease
from core.infrastructure.metrics import Metrics, Sample
from core.infrastructure.periodic import PeriodicTask
from core.infrastructure.single_flight import SingleFlight
from core.operations.backup import Backup, Backups
from core.platforms.simulated import SimulatedPlatform, pace_times
from core.ports.journal_check import JournalCheck
from core.ports.store import Store
from core.runtime.garbage_collection import TICK, GarbageCollection
from core.services.aborts import AbortService
from core.services.concerns import Concerns
from core.services.ended_logins import EndedLogins
from core.services.forecasts import Forecasts
from core.services.queries import Queries
from core.services.reason_presets import read_presets
from core.services.receipt_repair import Lost, ReceiptRepair
from core.services.shared_cache import SharedCache, in_steps
from core.settings import Settings, read_settings
from core.store.measured import MeasuredEngine
from core.store.opening import access_key_file, database_file, journal_of, open_engine
from core.store.sql_store import SqlStore

log = logging.getLogger(__name__)

#: When the simulated platform last moved, for dashboards in which it does not run.
STEPPED_AT = "stepped_at"

#: Seconds between two looks of the simulated platform at what is due.
TICK_SECONDS = 1.0

#: Seconds between two looks at what is older than it has to be kept.
PRUNE_SECONDS = 3600.0
#: Seconds between two looks at whether there is something to learn from history.
LEARN_SECONDS = 20.0

#: Seconds between two looks at whether the store wants tidying.
TIDY_SECONDS = 60.0

#: How often the age of the facts is looked up, whatever was written.
_BEAT = timedelta(seconds=1)
#: Seconds between two looks for alerts, and between two looks at whom to tell.
ALERT_SECONDS = 5.0

#: Alerts that are looked through for who sees some accounts only.
MOST_ALERTS = 200

#: Seconds for which a dashboard is the one that sends: longer than a slow service takes.
SENDER_LIFE = 60.0


@dataclass(slots=True)
class Freio:
    """The whole application without its pages.

    `backups` is None where the store is not a file.
    """

    settings: Settings
    store: Store
    clock: Clock
    cache: SharedCache
    loader: Loader
    queries: Queries
    concerns: Concerns
    logins: EndedLogins
    actions: AbortService
    platform: SimulatedPlatform
    repairs: ReceiptRepair
    backups: Backups | None
    jobs: Jobs
    alerts: AlertWatch
    outbox: AlertOutbox
    metrics: Metrics
    garbage_collection: GarbageCollection
    lease: Lease | None = None
    inbox: WatchedFolder | None = None
    _tickers: list[PeriodicTask] = field(default_factory=list)
    #: One place for all views of the same Freio.
    _record: list[JournalCheck] = field(default_factory=lambda: [JournalCheck()])

    @property
    def record(self) -> JournalCheck:
        """What came of holding the second record against the database at the start."""
        return self._record[0]

    def for_actor(self, actor: Actor) -> Freio:
        """Return this Freio as somebody may see it: answers hold their accounts and no other."""
        visible, cache = visible_accounts(actor), self.cache
        if actor.only_demo:
            # The demo can be replaced at any time, also while a page is drawn.
            cache = cache.checked(self._require_demo)
        return replace(
            self,
            queries=replace(self.queries, visible=visible, cache=cache),
            concerns=replace(self.concerns, accounts=visible, cache=cache),
        )

    def _require_demo(self) -> None:
        """Raise DemoOverError where the store holds real data.

        Otherwise all that was read before is demo data: it never comes back after real data.
        """
        origin = self.loader.origin()
        if origin != DEMO and not (origin == "" and self.store.is_empty()):
            raise DemoOverError

    def standing_alerts(self) -> Sequence[Alert]:
        """Return what a person should know of now, about sends that they may see."""
        standing = self.queries.cache.ask_alone(lambda: self.alerts.standing)
        if self.queries.visible is None:
            return standing
        ids = {a.event: a.configuration_id for a in standing[:MOST_ALERTS]}
        seen = {e for e, id in ids.items() if id and self.queries.configuration(id)}
        return [alert for alert in standing if alert.event in seen]

    def troubles(self) -> dict[AlertKind, FreioError]:
        """Return what a person who keeps Freio running has to put right."""
        found = {
            AlertKind.ROLES: roles_trouble(self.settings.roles),
            AlertKind.INBOX: None if self.inbox is None else self.inbox.trouble,
        }
        return {kind: trouble for kind, trouble in found.items() if trouble is not None}

    def is_demo(self) -> bool:
        """Tell whether the store holds demo data."""
        return self.cache.ask(self.loader.origin) == DEMO

    def shows_demo(self) -> bool:
        """Tell whether the store holds demo data, or nothing at all."""
        origin = self.cache.ask(self.loader.origin)
        return origin == DEMO or (origin == "" and self.queries.is_empty())

    def facts_at(self) -> datetime | None:
        """Return when the facts were last known to be true, or None where there are none."""
        return self.cache.ask_again(in_steps(self.clock(), _BEAT), self.actions.facts_at)

    def freshness(self) -> Freshness:
        """Return how old the facts are now."""
        limit = timedelta(minutes=self.settings.stale_minutes)
        return Freshness(self.facts_at(), self.clock(), limit)

    def start(self) -> None:
        """Prepare the data, check the second record, start what runs in the background."""
        # From here on the list of roles is known, should its file break.
        self.troubles()
        if self._may_move():
            prepare_data(self)
        self._record[0] = self.store.check_journal()
        if self._tickers:
            return
        if self.settings.demo:
            self._tickers.append(PeriodicTask("simulated-platform", self._tick, TICK_SECONDS))
        learn = self.queries.forecasting.learn
        self._tickers.append(PeriodicTask("baselines", learn, LEARN_SECONDS, at_once=True))
        if self.backups is not None:
            self._tickers.append(PeriodicTask("backup-wishes", self._grant_backup, TICK_SECONDS))
        self._tickers.append(PeriodicTask("tidying", self.store.tidy, TIDY_SECONDS))
        if self.settings.keep_days is not None:
            self._tickers.append(PeriodicTask("pruning", self._prune, PRUNE_SECONDS))
        self._tickers.append(PeriodicTask("alerts", self.alerts.look, ALERT_SECONDS))
        if self.outbox.services:
            # A thread of its own: a service that is slow to answer holds nothing else up.
            self._tickers.append(PeriodicTask("alert-messages", self._tell, ALERT_SECONDS))
        self.metrics.frozen.set(self.garbage_collection.start())
        self._tickers.append(PeriodicTask("garbage_collection", self.garbage_collection.tick, TICK))
        for ticker in self._tickers:
            ticker.start()
        if self.inbox is not None:
            self.inbox.start()

    def stop(self) -> None:
        """Stop what runs in the background and let go of the store."""
        if self.inbox is not None:
            self.inbox.stop()
        for ticker in self._tickers:
            ticker.stop()
        self._tickers.clear()
        self.jobs.stop()
        self.garbage_collection.stop()
        with suppress(StoreError):  # then its lease runs out by itself
            self.outbox.stop()
        if self.lease is not None:
            with suppress(StoreError):  # then it runs out by itself
                self.lease.give_up()
        self.store.close()

    # What only whoever keeps Freio running may do; AccessError for all others.

    def put_right(self, actor: Actor) -> list[Lost]:
        """Put back every receipt that the database has lost, each decided anew."""
        require(actor, Right.KEEP)
        done = self.repairs.put_right(self.record.missing)
        self._record[0] = replace(self.record, missing=())
        return done

    def renew_journal(self, actor: Actor) -> Path | None:
        """Begin a new second record; return where the old one is kept."""
        require(actor, Right.KEEP)
        kept = self.store.renew_journal()
        sound = replace(self.record, damaged_lines=0, unreadable="", was_absent=False)
        self._record[0] = sound
        return kept

    def take_note(self, actor: Actor) -> None:
        """Take what can only be noted from the record's check: it has been read."""
        require(actor, Right.KEEP)
        self._record[0] = replace(self.record, was_absent=False, damaged_log=None)

    def make_backup(self, actor: Actor) -> Backup:
        """Make a backup beside the database. Only where the store is a file."""
        require(actor, Right.KEEP)
        assert self.backups is not None
        return self.backups.make(self.store)

    def _prune(self) -> None:
        assert self.settings.keep_days is not None
        now = self.clock()
        dropped = self.store.prune(now - timedelta(days=self.settings.keep_days), now)
        if dropped:
            log.info("dropped %d receipts that are older than %s", dropped, self.settings.keep_days)

    def _grant_backup(self) -> None:
        if self.backups is not None:
            self.backups.grant(self.store)

    def _tell(self) -> None:
        self.outbox.deliver(self.alerts.standing)

    def _tick(self) -> None:
        # Looked up each time, the era first: a person's own file may replace the demo meanwhile.
        era = self.store.era()
        if self.loader.origin() == DEMO and self._may_move():
            self.platform.step(self.clock(), era)
            if self.lease is not None and self.platform.stepped_at is not None:
                # The other dashboards show its age from here.
                at = self.platform.stepped_at.isoformat()
                self.store.set_fact(STEPPED_AT, at, is_shown=False)

    def _may_move(self) -> bool:
        """Tell whether it is this dashboard, of those that share a server, that moves the demo."""
        return self.lease is None or self.lease.is_held()


def _facts_at(
    loader: Loader, platform: SimulatedPlatform, store: Store, *, shared: bool
) -> datetime | None:
    if loader.origin() == DEMO:
        told = store.fact(STEPPED_AT) if shared else None
        seen = [datetime.fromisoformat(told)] if told else []
        seen += [platform.stepped_at] if platform.stepped_at else []
        if seen:
            return max(seen)
    return store.facts_as_of()


def build(settings: Settings, clock: Clock = utc_now) -> Freio:
    """Build Freio on the store that the settings name. Starts nothing."""
    # Before the file is taken: an address that is not known leaves nothing open.
    told = services(settings.alert_urls)
    file = database_file(settings)
    metrics = Metrics()
    engine = MeasuredEngine(open_engine(settings), metrics.reads.observe, metrics.writes.observe)
    store = SqlStore(engine, journal_of(file))
    loader = Loader(store, settings, clock)
    platform = SimulatedPlatform(store, pace_times(settings.pace))

    cache = SharedCache(lambda: store.revision)
    overdue = timedelta(minutes=settings.overdue_minutes)
    reasons = tuple(read_presets(settings.reasons))

    def store_is_platform() -> bool:
        return loader.origin() == DEMO

    def facts_at() -> datetime | None:
        return _facts_at(loader, platform, store, shared=settings.is_server)

    forecasting = Forecasts(
        store,
        clock,
        cache,
        facts_at=lambda: cache.ask_again(in_steps(clock(), _BEAT), facts_at),
        whose=lambda: cache.ask(loader.origin),
    )
    freio = Freio(
        settings=settings,
        store=store,
        clock=clock,
        loader=loader,
        cache=cache,
        queries=Queries(store, clock, cache, forecasting, overdue),
        concerns=Concerns(store, clock, overdue, cache),
        logins=EndedLogins(store, clock, cache),
        actions=AbortService(
            store,
            clock,
            store_is_platform,
            facts_at,
            reasons=reasons,
            needs_reason=settings.reason_required,
        ),
        platform=platform,
        repairs=ReceiptRepair(store, clock, store_is_platform),
        jobs=Jobs(loader),
        alerts=AlertWatch(
            store,
            lambda: freio.freshness(),  # made below
            slower_than_its_like(
                store, forecasting.baselines, timedelta(minutes=settings.alert_stuck_minutes)
            ),
            least=settings.alert_recipients,
            within=timedelta(minutes=settings.alert_minutes),
            overdue_after=overdue,
            troubles=lambda: freio.troubles(),
        ),
        outbox=AlertOutbox(
            store,
            told,
            MessageComposer(settings.feed_zone, settings.public_url, settings.alert_language),
            clock,
            is_demo=lambda: freio.is_demo(),
            quiet=settings.alert_quiet,
            pause=timedelta(minutes=settings.alert_pause_minutes),
            lease=Lease(store, "alerts", life=SENDER_LIFE) if settings.is_server else None,
        ),
        metrics=metrics,
        garbage_collection=GarbageCollection(metrics.paused),
        backups=None if file is None else Backups(file, clock),
        lease=Lease(store, "platform") if settings.is_server else None,
        inbox=_inbox(settings, loader, store),
    )
    metrics.watch(lambda: _sample(freio))
    return freio


def _sample(freio: Freio) -> Sample:
    freshness, states = freio.freshness(), Counter[State]()
    for found in freio.queries.state_counts(ListQuery()):
        states[found.state] += found.configurations
    return Sample(
        states=states,
        aborts=freio.queries.receipt_counts(),
        unconfirmed=freio.queries.receipt_page(ReceiptQuery(outcome=Outcome.OPEN)).total,
        to_look_at=freio.concerns.count(),
        age=None if freshness.at is None else freshness.age.total_seconds(),
    )


def _inbox(settings: Settings, loader: Loader, store: Store) -> WatchedFolder | None:
    if settings.inbox is None:
        return None
    return WatchedFolder(
        settings.inbox, loader, Lease(store, "inbox") if settings.is_server else None
    )


def prepare_data(freio: Freio) -> None:
    """See to the demo data: there on an empty store or a new day, gone where it is switched off."""
    if freio.settings.demo:
        freio.loader.load_sample()
    elif freio.loader.origin() == DEMO and freio.store.drop_demo():
        log.info("the demo is switched off: its data is dropped")


#: Seconds that a caller waits for the start, and for which the error of a failed one is shared.
START_PATIENCE = 1.2
FAILURE_SECONDS = 3.0

#: Seconds that the end of the process waits for a start that is under way.
SHUT_DOWN_PATIENCE = 10.0

_current: Freio | None = None
_lock = threading.Lock()


def current(wait: float | None = START_PATIENCE) -> Freio:
    """Return the process's Freio, built and started on first use from the environment.

    One thread starts it. Who comes meanwhile waits for at most `wait` seconds from the beginning of
    that start, None for its end. The error of a start that failed is raised to all who come in the
    next few seconds; then the next one starts it again.

    Raises SettingsError or StoreError, with a sentence for people, where that cannot be done.
    """
    freio = _current
    if freio is not None:
        return freio
    try:
        return _starting.get(wait)
    except TimeoutError:
        raise StoreError(
            N_("Freio is still opening its database, which has not answered yet."),
            N_("Freio goes on by itself when it does. What cannot wait, stop in the platform."),
            N_("Until then no send can be stopped here; sends go on as planned."),
        ) from None


def _start() -> Freio:
    global _current
    if _current is not None:
        return _current  # somebody asked for a start just as the one before ended
    settings = read_settings(os.environ)
    try:
        freio = _started(settings)
    except OSError as error:
        raise StoreError(
            N_("Freio cannot start: {error}."),
            N_("Put that right; Freio tries again when somebody opens a page."),
            CLOSED,
            error=Place(error),
        ) from error
    with _lock:
        _current = freio
    log.info("Freio is ready")
    return freio


# A Freio that was started is kept in `_current`, until it is shut down.
_starting = SingleFlight("start", _start, success_seconds=0.0, failure_seconds=FAILURE_SECONDS)


def _started(settings: Settings) -> Freio:
    freio = build(settings)
    try:
        freio.start()
    except BaseException:
        freio.stop()
        raise
    return freio


def settings() -> Settings:
    """Return the settings, also where the store cannot be opened. Raises SettingsError."""
    freio = _current
    return read_settings(os.environ) if freio is None else freio.settings


def access() -> AccessToken:
    """Return the token that stands in for a login. Raises SettingsError."""
    found = settings()
    return access_token(found.access_token, access_key_file(found))


def use(freio: Freio | None) -> None:
    """Make `freio` the process's Freio, or forget the present one; start and stop nothing."""
    global _current
    with _lock:
        _current = freio
    _starting.forget()


def shut_down() -> None:
    """Stop the process's Freio, if there is one."""
    global _current
    _starting.settle(SHUT_DOWN_PATIENCE)
    with _lock:
        freio, _current = _current, None
    if freio is not None:
        freio.stop()
