"""The background job that drops old receipts follows its setting."""

from datetime import datetime, timedelta

import pytest

from core.errors import SettingsError
from core.runtime.application import Application
from core.runtime.background_jobs import prune
from core.runtime.build import build
from core.settings import read_settings
from tests.sends import ME, NOW, load, send


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
    return sorted(r.configuration_id for r in freio.store.receipts(9, 0))


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
