"""Putting the parts together: settings, store, answers, actions and the simulated platform."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.actions import Actions
from core.feed.loader import DEMO, DEMO_DAY, Loader
from core.insights import Insights
from core.platform.simulated import SimulatedPlatform, pace_times
from core.platform.ticker import Ticker
from core.settings import Settings, read_settings
from core.store.duckdb_engine import DuckDBEngine
from core.store.port import Store
from core.store.sql_store import SqlStore

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

#: Seconds between two looks of the simulated platform at what is due.
TICK_SECONDS = 1.0


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Freio:
    """The whole application without its pages."""

    settings: Settings
    store: Store
    clock: Clock
    loader: Loader
    insights: Insights
    actions: Actions
    platform: SimulatedPlatform
    _ticker: Ticker | None = None

    def is_demo(self) -> bool:
        """Tell whether the store holds demo data."""
        return self.loader.origin() == DEMO

    def facts_at(self) -> datetime | None:
        """Return when the facts were last known to be true, or None where there are none."""
        return self.actions.facts_at()

    def start(self) -> None:
        """Prepare the data and start the simulated platform, if this is a demo."""
        prepare_data(self)
        if self._ticker is None and self.settings.demo:
            self._ticker = Ticker("simulated-platform", self._tick, TICK_SECONDS)
            self._ticker.start()

    def stop(self) -> None:
        """Stop what runs in the background and let go of the store."""
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        self.store.close()

    def _tick(self) -> None:
        # Looked up each time: a person's own file may have replaced the demo since.
        if self.is_demo():
            self.platform.step(self.clock())


def _facts_at(loader: Loader, platform: SimulatedPlatform, store: Store) -> datetime | None:
    if loader.origin() == DEMO and platform.stepped_at is not None:
        return platform.stepped_at
    last = store.imports(1)
    return last[0].loaded_at if last else None


def build(settings: Settings, clock: Clock = utc_now) -> Freio:
    """Build Freio on the store that the settings name. Starts nothing."""
    store = SqlStore(DuckDBEngine(settings.database_path))
    loader = Loader(store, settings, clock)
    platform = SimulatedPlatform(store, pace_times(settings.pace))
    actions = Actions(
        store,
        clock,
        own_record=lambda: loader.origin() == DEMO,
        facts_at=lambda: _facts_at(loader, platform, store),
    )
    return Freio(settings, store, clock, loader, Insights(store, clock), actions, platform)


def prepare_data(freio: Freio) -> None:
    """See to the demo data: there on an empty store or a new day, gone where it is switched off."""
    origin = freio.loader.origin()
    if freio.settings.demo:
        today = freio.clock().date().isoformat()
        outdated = origin == DEMO and freio.store.fact(DEMO_DAY) != today
        if outdated or (origin == "" and freio.insights.is_empty()):
            freio.loader.load_sample()
    elif origin == DEMO:
        log.info("the demo is switched off: its data is dropped")
        freio.store.clear()


_current: Freio | None = None
_lock = threading.Lock()


def current() -> Freio:
    """Return the process's Freio, built and started on first use from the environment.

    Raises SettingsError or StoreError, with a sentence for people, where that cannot be done.
    """
    global _current
    with _lock:
        if _current is None:
            settings = read_settings(os.environ)
            logging.getLogger("core").setLevel(settings.log_level)
            freio = build(settings)
            try:
                freio.start()
            except BaseException:
                freio.stop()
                raise
            _current = freio
        return _current


def use(freio: Freio | None) -> None:
    """Make `freio` the process's Freio, or forget the present one; start and stop nothing."""
    global _current
    with _lock:
        _current = freio


def shut_down() -> None:
    """Stop the process's Freio, if there is one."""
    global _current
    with _lock:
        if _current is not None:
            _current.stop()
            _current = None
