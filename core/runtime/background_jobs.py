"""The background jobs. The third argument of a `PeriodicTask` is the interval in seconds."""

import logging
from datetime import timedelta

from core.infrastructure.periodic import PeriodicTask
from core.runtime.application import Application
from core.runtime.garbage_collection import TICK

log = logging.getLogger(__name__)


def background_jobs(app: Application) -> list[PeriodicTask]:
    """Return the jobs that Freio needs with the settings of `app`."""
    settings, backups = app.settings, app.backups
    jobs = [
        PeriodicTask("baselines", app.queries.forecasting.learn, 20, at_once=True),
        PeriodicTask("tidying", app.store.tidy, 60),
        PeriodicTask("alerts", app.alerts.check, 5),
        PeriodicTask("bulk-aborts", app.bulk_aborts.run_pending, 1, wake=app.bulk_aborts.waiting),
        PeriodicTask("deliveries", app.deliveries.run_pending, 0.5, wake=app.deliveries.waiting),
        PeriodicTask("garbage_collection", app.garbage_collection.tick, TICK),
    ]
    if app.polling is not None:
        wake = app.deliveries.restarted
        poll, seconds = app.polling.poll, settings.poll_seconds
        jobs.append(PeriodicTask("polling", poll, seconds, at_once=True, wake=wake))
    if settings.demo:
        jobs.append(PeriodicTask("simulated-platform", app.demo.step, 1))
    if backups is not None:
        jobs.append(PeriodicTask("requested-backups", lambda: backups.answer_request(app.store), 1))
    if settings.keep_days is not None:
        jobs.append(PeriodicTask("pruning", lambda: prune(app), 3600))
    if app.outbox.statuses:
        jobs.append(
            PeriodicTask("alert-messages", lambda: app.outbox.deliver(app.alerts.current), 5)
        )
    return jobs


def prune(app: Application) -> None:
    """Drop data that is older than FREIO_KEEP_DAYS days."""
    days, now = app.settings.keep_days, app.clock()
    assert days is not None
    if dropped := app.store.prune(now - timedelta(days=days), now):
        log.info("dropped %d receipts that are older than %s days", dropped, days)
