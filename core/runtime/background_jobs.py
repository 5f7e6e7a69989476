"""The background jobs, which run at regular intervals while Freio runs."""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import NamedTuple

from core.runtime.application import Application
from core.runtime.garbage_collection import TICK

log = logging.getLogger(__name__)


class Job(NamedTuple):
    """A function that a separate thread calls every `seconds` seconds, and when `wake` is set."""

    name: str
    function: Callable[[], object]
    seconds: float
    at_once: bool = False
    wake: Event | None = None


def background_jobs(app: Application) -> list[Job]:
    """Return the jobs that the settings of this application need."""
    settings, backups = app.settings, app.backups
    jobs = [
        Job("baselines", app.queries.forecasting.learn, 20, at_once=True),
        Job("tidying", app.store.tidy, 60),
        Job("alerts", app.alerts.check, 5),
        Job("bulk-aborts", app.bulk_aborts.run_pending, 1, wake=app.bulk_aborts.waiting),
        Job("deliveries", app.deliveries.run_pending, 0.5, wake=app.deliveries.waiting),
        Job("garbage_collection", app.garbage_collection.tick, TICK),
    ]
    if app.polling is not None:
        wake = app.deliveries.restarted
        jobs.append(
            Job("polling", app.polling.poll, settings.poll_seconds, at_once=True, wake=wake)
        )
    if settings.demo:
        jobs.append(Job("simulated-platform", app.demo.step, 1))
    if backups is not None:
        jobs.append(Job("requested-backups", lambda: backups.answer_request(app.store), 1))
    if settings.keep_days is not None:
        jobs.append(Job("pruning", lambda: prune(app), 3600))
    if app.outbox.statuses:
        jobs.append(Job("alert-messages", lambda: app.outbox.deliver(app.alerts.current), 5))
    return jobs


def prune(app: Application) -> None:
    """Drop the settled data that is older than FREIO_KEEP_DAYS days."""
    days, now = app.settings.keep_days, app.clock()
    assert days is not None
    if dropped := app.store.prune(now - timedelta(days=days), now):
        log.info("dropped %d receipts that are older than %s days", dropped, days)
