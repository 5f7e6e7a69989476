"""The background jobs follow their settings."""

from datetime import datetime, timedelta

import pytest

from core.errors import SettingsError
from core.runtime.application import Application
from core.runtime.background_jobs import background_jobs, prune
from core.runtime.build import build
from core.settings import read_settings
from tests.sends import ME, NOW, load, receipts_in, send


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def started(clock: Clock, days: str) -> Application:
    settings = {"FREIO_DATABASE": "duckdb:///:memory:", "FREIO_DEMO": "off", "FREIO_INBOX": "off"}
    freio = build(read_settings(settings | {"FREIO_KEEP_DAYS": days}), clock)
    load(freio.store, *[send(id) for id in "abc"])
    return freio


def stop(freio: Application, clock: Clock, id: str, after: timedelta) -> None:
    clock.now = NOW + after
    freio.store.set_fact("origin", "demo")
    freio.aborts.abort(send(id).id, ME)
    freio.store.set_fact("origin", "feed")


def kept(freio: Application) -> list[str]:
    return sorted(r.configuration_id for r in receipts_in(freio.store))


def running(freio: Application) -> set[str]:
    return {task._thread.name for task in freio.background_tasks}


def test_what_is_older_than_the_setting_says_is_dropped(clock: Clock) -> None:
    freio = started(clock, "30")
    for n, id in enumerate("abc"):
        stop(freio, clock, id, timedelta(days=10 * n))
    clock.now = NOW + timedelta(days=30, seconds=-1)
    prune(freio)
    assert kept(freio) == ["a", "b", "c"]
    clock.now = NOW + timedelta(days=45)
    prune(freio)
    assert kept(freio) == ["c"]
    assert freio.store.check_audit_log().is_sound
    freio.start()
    assert "pruning" in running(freio)
    freio.stop()


def test_without_the_setting_everything_is_kept(clock: Clock) -> None:
    freio = started(clock, "off")
    assert freio.settings.keep_days is None
    freio.start()
    assert "pruning" not in running(freio)
    freio.stop()


@pytest.mark.parametrize("days", ["29", "0", "-1", "many"])
def test_less_than_thirty_days_is_no_setting(days: str) -> None:
    with pytest.raises(SettingsError, match="FREIO_KEEP_DAYS"):
        read_settings({"FREIO_KEEP_DAYS": days})


@pytest.mark.parametrize(("text", "seconds"), [("", 15), ("40", 40)])
def test_the_platform_is_read_every_15_seconds_unless_a_setting_says_otherwise(
    clock: Clock, text: str, seconds: float
) -> None:
    settings = {
        "FREIO_DATABASE": "duckdb:///:memory:",
        "FREIO_INBOX": "off",
        "FREIO_PLATFORM": "listmonk",
        "FREIO_LISTMONK_URL": "http://127.0.0.1:9",
        "FREIO_LISTMONK_USER": "freio",
        "FREIO_LISTMONK_TOKEN": "a-token-of-the-tests",
        **({"FREIO_POLL_SECONDS": text} if text else {}),
    }
    freio = build(read_settings(settings), clock)
    jobs = {job.name: job for job in background_jobs(freio)}
    assert (jobs["polling"].seconds, jobs["polling"].at_once) == (seconds, True)
    assert jobs["polling"].wake is freio.deliveries.restarted
    assert jobs["deliveries"].wake is freio.aborts.to_deliver, "an abort is requested at once"
    freio.stop()
