"""Metrics: who may read them, their format, and their values."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain_text
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from core.access.identity import Caller
from core.errors import StoreError
from core.runtime import instance
from core.runtime.application import Application
from pages.server.metrics_api import MetricsApi
from pages.viewer.caller_headers import CALLER
from tests.access import COOKIES
from tests.journeys.browser import serving
from tests.loops import in_a_loop
from tests.pages.conftest import running
from tests.sends import ME, load, send
from tests.soak.tab import Tab

TOKEN = "0123456789-a-token-nobody-sees"
OPEN = {"Accept": "application/openmetrics-text; version=1.0.0"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving("dashboard:app", tmp_path_factory.mktemp("metrics"), FREIO_DEMO="on") as address:
        yield address


@pytest.fixture
def freio(request: pytest.FixtureRequest) -> Iterator[Application]:
    token = getattr(request, "param", "")
    with running(metrics_token=token) as made:
        yield made


ADMITTED = Caller("127.0.0.1", has_access=True)


def asked(method: str = "GET", caller: Caller | None = ADMITTED, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        app = Starlette(routes=[Route("/metrics", MetricsApi(delay=0))])

        async def known(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, CALLER: caller}, receive, send)

        through = httpx.ASGITransport(app=known)
        async with httpx.AsyncClient(transport=through, base_url="http://127.0.0.1:8501") as http:
            return await http.request(method, "/metrics", headers=headers)

    return in_a_loop(ask())


def values(answer: httpx.Response) -> dict[Any, float]:
    found = openmetrics(answer.raise_for_status().text)
    return {(s.name, *s.labels.values()): s.value for family in found for s in family.samples}


@pytest.mark.long
def test_the_real_server_answers_in_both_formats(site: str) -> None:
    new = httpx.get(f"{site}/metrics", headers=OPEN, cookies=COOKIES)
    old = httpx.get(f"{site}/metrics", cookies=COOKIES)
    assert new.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert old.headers["content-type"].startswith("text/plain")
    found = values(new)
    assert found["freio_sends", "SENT-DONE"] > 1_000
    assert found["process_resident_memory_bytes",] > 50e6
    assert 0 <= found["freio_feed_age_seconds",] < 60
    assert "freio_sends" in {family.name for family in plain_text(old.text)}


@pytest.mark.long
def test_the_real_server_counts_sessions_and_times_pages(site: str) -> None:
    async def look() -> tuple[dict[Any, float], dict[Any, float]]:
        tab = Tab(site, "", lambda _: None)
        await tab.open()
        async with httpx.AsyncClient(headers=OPEN, cookies=COOKIES) as http:
            during = values(await http.get(f"{site}/metrics"))
            await tab.close()
            for _ in range(100):
                after = values(await http.get(f"{site}/metrics"))
                if after["freio_sessions",] == 0:
                    break
                await asyncio.sleep(0.1)
        return during, after

    during, after = in_a_loop(look())
    assert during["freio_sessions",] == 1
    assert after["freio_sessions",] == 0
    assert during["freio_page_seconds_count", "run"] >= 1
    assert during["freio_store_read_seconds_count",] > 1


@pytest.mark.long
def test_the_real_server_gives_nothing_without_a_token_or_the_access_cookie(site: str) -> None:
    # A request through a proxy on this machine comes from 127.0.0.1 too.
    for wrong in ({}, dict.fromkeys(COOKIES, "made-up")):
        answer = httpx.get(f"{site}/metrics", cookies=wrong)
        assert answer.status_code == 403
        assert "freio_" not in answer.text


def test_without_a_token_the_access_cookie_is_asked_for(freio: Application) -> None:
    assert asked().status_code == 200
    assert asked(caller=Caller("127.0.0.1", is_local=True)).status_code == 403
    assert asked(caller=None).status_code == 403


@pytest.mark.parametrize("freio", [TOKEN], indirect=True)
def test_with_a_token_it_is_the_token_that_counts(freio: Application) -> None:
    good = f"Bearer {TOKEN}"
    assert asked(caller=Caller("192.0.2.1"), Authorization=good).status_code == 200
    for wrong in ({}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Basic {TOKEN}"}):
        answer = asked(**wrong)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "freio_" not in answer.text


def test_only_reading_is_answered(freio: Application) -> None:
    assert asked(method="POST").status_code == 405
    assert asked(method="HEAD").text == ""


def test_metrics_count_aborts_by_outcome(freio: Application) -> None:
    load(freio.store, send("a"), send("b"))  # type: ignore[arg-type]
    freio.aborts.abort(send("a").id, ME)
    assert values(asked(**OPEN))["freio_aborts_total", "cancel_now"] == 1


def test_a_scrape_asks_the_store_at_most_every_few_seconds(freio: Application) -> None:
    first, second = values(asked(**OPEN)), values(asked(**OPEN))
    name = ("freio_store_read_seconds_count",)
    assert second[name] > first[name]  # the second scrape counts the queries of the first
    assert values(asked(**OPEN))[name] == second[name]


def test_without_the_store_the_other_metrics_are_still_returned(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreError("Away.", "Wait.")

    monkeypatch.setattr(freio.store, "state_counts", away)
    found = values(asked(**OPEN))
    assert found["freio_store_up",] == 0
    assert "process_resident_memory_bytes" in {name for name, *_ in found}
    assert ("freio_sends", "DRAFT") not in found


def test_before_a_token_is_shown_nothing_is_said_of_why_freio_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREIO_DATABASE", f"duckdb:///{tmp_path}")
    instance.use(None)
    answer = asked()
    assert (answer.status_code, answer.text) == (503, "Not ready.\n")
    instance.use(None)
