"""A store that does not answer at the start or later: one attempt, an early error, no details."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from core.errors import CLOSED, StoreError
from core.runtime import instance
from core.runtime.application import Application
from core.settings import Settings
from pages.server import readiness
from tests.loops import in_a_loop
from tests.pages.test_pages import opened

pytestmark = pytest.mark.slow

#: The limit for what should take less than two seconds, because a test machine may be busy.
SOON = 4.0


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    instance.use(None)
    readiness._ping.forget()
    yield
    instance.shut_down()
    instance.use(None)
    readiness._ping.forget()


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("FREIO_DATABASE", f"postgresql://ana:s3cret@127.0.0.1:{port}/sends")
        yield


def ready() -> tuple[int, dict[str, str]]:
    answer = in_a_loop(readiness.readyz(None))  # type: ignore[arg-type]
    return answer.status_code, json.loads(bytes(answer.body))


def seconds(work: Callable[[], object], count: int = 4) -> list[float]:
    times: list[float] = []

    def one() -> None:
        began = time.monotonic()
        work()
        times.append(time.monotonic() - began)

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return times


def refused() -> None:
    with pytest.raises(StoreError):
        instance.current()


def test_if_a_server_hangs_at_the_start_all_callers_get_an_error_soon(hanging: None) -> None:
    assert max(seconds(refused)) < SOON
    assert max(seconds(refused)) < SOON


def test_a_page_says_so_and_that_no_send_can_be_stopped(hanging: None) -> None:
    began = time.monotonic()
    at = opened("overview")
    assert time.monotonic() - began < 2 * SOON
    assert "Until then no send can be stopped here" in at.error[0].value
    assert "retries automatically" in at.caption[-1].value


def test_readiness_answers_all_callers_within_a_second_and_without_details(
    hanging: None,
) -> None:
    answers: list[object] = []
    times = seconds(lambda: answers.append(ready()), 8)
    assert max(times) < SOON
    assert answers == [(503, {"status": "not ready"})] * 8


def test_one_start_at_a_time_and_its_failure_is_shared_for_a_few_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starts: list[float] = []

    def fails(_settings: Settings) -> Application:
        starts.append(time.monotonic())
        time.sleep(0.3)
        raise StoreError("It is away.", "Wait.")

    monkeypatch.setattr(instance, "build", fails)
    seconds(refused, 8)
    seconds(refused, 8)
    assert len(starts) == 1
    monkeypatch.setattr(instance._start_once, "failure_seconds", 0.0)
    refused()
    assert len(starts) == 2


def test_after_a_failed_start_freio_starts_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREIO_DATABASE", "postgresql://freio@127.0.0.1:9/freio")
    monkeypatch.setenv("FREIO_DEMO", "off")
    monkeypatch.setattr(instance._start_once, "failure_seconds", 0.0)
    refused()
    monkeypatch.setenv("FREIO_DATABASE", "duckdb:///:memory:")
    assert instance.current(None).store.is_empty()
    assert ready() == (200, {"status": "ready"})


def test_many_who_come_as_a_start_ends_get_the_same_freio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREIO_DATABASE", "duckdb:///:memory:")
    monkeypatch.setenv("FREIO_DEMO", "off")
    found: list[int] = []
    seconds(lambda: found.extend(id(instance.current(None)) for _ in range(50)), 8)
    assert (len(found), len(set(found))) == (400, 1)


def test_who_asks_for_a_start_just_as_one_ended_gets_the_freio_that_it_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FREIO_DATABASE", "duckdb:///:memory:")
    monkeypatch.setenv("FREIO_DEMO", "off")
    first = instance.current(None)
    assert instance._start_once.get(None) is first


def test_a_store_that_goes_away_later_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREIO_DATABASE", "duckdb:///:memory:")
    monkeypatch.setenv("FREIO_DEMO", "off")
    store = instance.current(None).store
    assert ready() == (200, {"status": "ready"})

    def away(_self: object) -> None:
        raise StoreError("The database h.example does not answer.", "Wait.", CLOSED)

    with monkeypatch.context() as broken:
        broken.setattr(type(store), "ping", away)
        readiness._ping.forget()
        assert ready() == (503, {"status": "not ready"})
        broken.setattr(type(store), "ping", lambda _self: time.sleep(3))
        readiness._ping.forget()
        began = time.monotonic()
        assert ready() == (503, {"status": "not ready"})
        assert time.monotonic() - began < 2.5
    readiness._ping.forget()
    assert ready() == (200, {"status": "ready"})
