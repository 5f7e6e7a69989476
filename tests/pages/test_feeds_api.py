"""Files sent over HTTP: the answers and the changes. An error changes nothing."""

import asyncio
import errno
import logging
import os
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from core.domain.model import ConfigurationId
from core.errors import OutcomeUnknownError, StoreBusyError, StoreError
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.feed.mapping import FeedMapping
from core.infrastructure import disk_space
from core.runtime import instance
from core.runtime.application import Application
from pages.server import receive_upload
from pages.server.feeds_api import FeedsApi
from pages.server.upload_slots import UploadSlots
from tests.journeys.browser import serving
from tests.loops import in_a_loop
from tests.pages.conftest import running
from tests.pages.test_pages import opened

pytestmark = pytest.mark.slow

TOKEN = "0123456789-a-token-nobody-sees"
AUTH = {"Authorization": f"Bearer {TOKEN}"}
FEED = b"id,name,state,total_records,scheduled_at\n1,a,scheduled,5,2030-01-01T12:00Z\n2,b,sent,x,2030-01-01\n"
MEGABYTE = b"x" * 1_000_000


@pytest.fixture
def freio() -> Iterator[Application]:
    with running(feed_token=TOKEN, max_file_mb=1) as made:
        yield made


def asked(
    method: str = "POST",
    url: str = "/api/feeds?name=a.csv",
    *,
    api: FeedsApi | None = None,
    headers: dict[str, str] = AUTH,
    **rest: Any,
) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with client(api or FeedsApi(delay=0)) as http:
            return await http.request(method, url, headers=headers, **rest)

    return in_a_loop(ask())


def client(api: FeedsApi) -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/api/feeds", api)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://freio")


def is_untouched(freio: Application) -> bool:
    return freio.store.is_empty() and not freio.store.imports(9) and freio.loader.origin() == ""


def refused(answer: httpx.Response, status: int, detail: str = "") -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    answered = answer.json()
    assert set(answered) == {"type", "title", "status", "detail"}
    assert answered["status"] == status
    assert detail in answered["detail"]
    assert TOKEN not in answer.text
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_file_is_loaded_and_its_counts_are_returned(freio: Application) -> None:
    answer = asked(content=FEED)
    assert answer.status_code == 200
    answered = answer.json()
    assert {
        n: answered[n] for n in ("name", "rows", "new", "changed", "unchanged", "stale", "held")
    } == {
        "name": "a.csv",
        "rows": 2,
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "stale": 0,
        "held": 0,
    }
    assert answered["rejected"] == 1
    (done,) = freio.store.imports(9)
    assert (done.id, done.loaded_at) == (
        answered["id"],
        datetime.fromisoformat(answered["loaded_at"]),
    )
    assert done.actor == "HTTP"


def test_a_form_with_one_file_is_loaded_too(freio: Application) -> None:
    answer = asked(url="/api/feeds", files={"file": ("folder/b.csv", FEED * 50)})
    assert (answer.status_code, answer.json()["name"]) == (200, "b.csv")


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"Content-Disposition": 'attachment; filename="c.csv"'}, "c.csv"),
        ({"Content-Disposition": "attachment; filename*=UTF-8''se%C3%B1al.csv"}, "señal.csv"),
        ({"Content-Disposition": 'attachment; filename="..\\\\..\\\\d.csv"'}, "d.csv"),
    ],
)
def test_the_name_may_stand_in_a_header(
    freio: Application, headers: dict[str, str], name: str
) -> None:
    answer = asked(url="/api/feeds", headers=AUTH | headers, content=FEED)
    assert (answer.status_code, answer.json().get("name")) == (200, name)


@pytest.mark.parametrize("text", ["2026-01-02T10:00:00+03:00", "2026-01-02T07:00:00Z"])
def test_the_options_reach_the_loader(
    freio: Application, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    given: list[LoadOptions] = []
    load = Loader.load

    def noted(self: Loader, file: Any, name: str, actor: Any, options: LoadOptions) -> Any:
        given.append(options)
        return load(self, file, name, actor, options)

    monkeypatch.setattr(Loader, "load", noted)
    # People often do not escape the plus sign.
    assert asked(url=f"/api/feeds?name=a.csv&full=1&as_of={text}", content=FEED).status_code == 200
    ahead = "2999-01-01T00:00:00Z"
    assert asked(url=f"/api/feeds?name=a.csv&as_of={ahead}", content=FEED).status_code == 200
    first, second = given
    assert (first.as_of, first.is_full) == (datetime(2026, 1, 2, 7, tzinfo=UTC), True)
    assert second.as_of is not None
    assert second.as_of <= datetime.now(UTC)
    assert not second.is_full


def test_the_answer_says_what_the_rows_of_a_file_mean(freio: Application) -> None:
    notes = asked(content=FEED).json()["notes"]
    assert "State “scheduled” is read as SCHEDULED (rows: 1)." in notes
    assert "Recipients: the smallest number is 5, the median 5, the largest 5." in notes
    send = "1, “a”, SCHEDULED, recipients: 5, 2030-01-01 12:00 UTC."
    for label in ("First row", "Largest send", "Next to leave"):
        assert f"{label}: {send}" in notes
    unread = FEED.replace(b"\n", b",color\n", 1).replace(b"Z\n", b"Z,red\n", 1)
    assert any("not read: color" in each for each in asked(content=unread).json()["notes"])


def test_the_answer_says_why_rows_are_rejected_and_which_zone_was_assumed(
    freio: Application,
) -> None:
    answered = asked(content=FEED).json()
    (reject,) = answered["rejects"]
    assert (reject["line"], reject["raw"]) == (3, "2,b,sent,x,2030-01-01")
    assert reject["reasons"] == ["“x” is not a whole number"]
    local = FEED.splitlines()[0] + b"\n1,a,scheduled,5,2030-01-01\n"
    notes = asked(content=local).json()["notes"]
    assert "Times without an offset are read as times in America/Sao_Paulo." in notes
    assert any("Scheduled for 00:00: 1 of 1 sends." in each for each in notes)
    none = asked(content=FEED.replace(b"5", b"y"), headers=AUTH | {"Accept-Language": "pt"})
    assert none.status_code == 422
    assert [each["line"] for each in none.json()["rejects"]] == [2, 3]
    assert none.json()["rejects"][0]["reasons"] == ["“y” não é um número inteiro"]
    many = FEED + b"9,b,sent,x,2030-01-01\n" * 300
    assert len(asked(content=many).json()["rejects"]) == 100


def test_notes_and_reasons_are_in_the_requested_language(freio: Application) -> None:
    for wanted, language, note, reason in (
        ("pt-BR,en;q=0.5", "pt", "é lido como SCHEDULED", "não é um número inteiro"),
        ("es-MX", "es", "se lee como SCHEDULED", "no es un número entero"),
        ("de", "en", "is read as SCHEDULED", "is not a whole number"),
    ):
        answer = asked(headers=AUTH | {"Accept-Language": wanted}, content=FEED + wanted.encode())
        assert answer.status_code == 200
        assert answer.headers["content-language"] == language
        assert "accept-language" in answer.headers["vary"].lower()
        answered = answer.json()
        assert any(note in each for each in answered["notes"])
        assert reason in answered["rejects"][0]["reasons"][0]
    # Weekdays are words too.
    spanish = asked(headers=AUTH | {"Accept-Language": "es"}, content=FEED + b"x").json()["notes"]
    assert any("de martes 2030-01-01 12:00 UTC a martes" in each for each in spanish)


def test_an_earlier_file_never_makes_a_number_a_thousand_times_smaller(freio: Application) -> None:
    head = FEED.splitlines()[0]
    row = '\n{},a,scheduled,"{}",2030-01-01T12:00Z'
    first = head + (row.format(1, "12.000") + row.format(2, "3.500")).encode()
    assert asked(content=first).json()["new"] == 2
    refused(asked(content=head + row.format(3, "12,000").encode()), 422, "“12,000” is 12,000 or 12")
    assert freio.store.configuration(ConfigurationId("3")) is None


def test_an_open_order_of_day_and_month_is_refused_with_both_readings(freio: Application) -> None:
    data = FEED.splitlines()[0] + b"\n1,a,scheduled,5,11/04/2030\n"
    answer = asked(content=data)
    refused(answer, 422, "“11/04/2030” is 2030-04-11 if the day comes first, and 2030-11-04 if")
    assert freio.store.is_empty()
    freio.loader.mappings.save(FeedMapping(name="US", day_first=False))
    assert asked(url="/api/feeds?name=a.csv&mapping=US", content=data).json()["new"] == 1
    refused(asked(url="/api/feeds?name=a.csv&mapping=other", content=data), 422, "no mapping")


def test_without_a_token_in_the_settings_there_is_nothing(empty: Application) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        refused(asked(method, content=FEED), 404)
    refused(asked(headers={"Authorization": "Bearer "}, content=FEED), 404)
    assert is_untouched(empty)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_but_post_is_answered(freio: Application, method: str) -> None:
    answer = asked(method)
    refused(answer, 405)
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"]
)
def test_a_wrong_token_is_refused_and_logged_without_it(
    freio: Application, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = asked(headers={"Authorization": given.encode("latin-1")}, content=FEED)  # type: ignore[dict-item]
    refused(answer, 401, "token is missing or wrong")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "token is missing or wrong" in caplog.text
    assert TOKEN not in caplog.text
    assert "wrong" not in given or given not in caplog.text
    assert is_untouched(freio)


def test_a_wrong_token_costs_time(freio: Application) -> None:
    begun = time.monotonic()
    refused(asked(api=FeedsApi(), headers={}, content=FEED), 401)
    assert time.monotonic() - begun >= 0.5


def test_a_file_that_says_it_is_too_large_is_refused_unread(freio: Application) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("nobody reads this")
        yield b""

    headers = AUTH | {"Content-Length": "1000001"}
    refused(asked(headers=headers, content=body()), 413, "larger than 1 MB")
    assert is_untouched(freio)


@pytest.mark.parametrize("kind", ["text/csv", "multipart/form-data; boundary=b"])
def test_a_file_that_turns_out_too_large_is_refused_as_soon_as_it_does(
    freio: Application, kind: str
) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        while True:
            sent += 1
            yield MEGABYTE

    refused(asked(headers=AUTH | {"Content-Type": kind}, content=body()), 413)
    assert sent <= 2
    assert is_untouched(freio)


@pytest.mark.parametrize("kind", ["text/csv", "multipart/form-data; boundary=b"])
@pytest.mark.parametrize("pause", [5.0, 0.05], ids=["silent", "slow"])
def test_a_body_that_takes_too_long_is_given_up(
    freio: Application, kind: str, pause: float
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(100):
            yield b"x"
            await asyncio.sleep(pause)

    api, begun = FeedsApi(idle=0.2, total=0.6), time.monotonic()
    answer = asked(api=api, headers=AUTH | {"Content-Type": kind}, content=body())
    refused(answer, 408, "Send it again")
    assert time.monotonic() - begun < 3
    assert is_untouched(freio)
    # The slot is free again.
    assert asked(api=api, content=FEED).status_code == 200


@pytest.mark.parametrize(
    ("url", "rest", "detail"),
    [
        ("?name=a.csv", {"content": b""}, "empty"),
        ("?name=a.csv", {"content": b"id,name\n1,2\n"}, "no column for"),
        ("?name=a.png", {"content": FEED}, ""),
        ("", {"content": FEED}, "has no name"),
        ("?name=/", {"content": FEED}, "has no name"),
        ("?name=" + "x" * 300, {"content": FEED}, "has more than 200 characters"),
        ("?name=a.csv&full=2", {"content": FEED}, "full"),
        ("?name=a.csv&as-of=x", {"content": FEED}, "no option of that name"),
        ("?name=a.csv&as_of=yesterday", {"content": FEED}, "as_of"),
        ("?name=a.csv&as_of=0001-01-01T00:00:00+05:00", {"content": FEED}, "as_of"),
        ("?name=a.csv&as_of=1989-12-31T23:59:59Z", {"content": FEED}, "before 1990"),
        ("?name=a.csv&as_of=2026-11-24T10:00:00", {"content": FEED}, "offset"),
        ("", {"files": {"other": ("a.csv", FEED)}}, "has no file"),
        ("", {"files": [("file", ("a.csv", FEED)), ("file", ("b.csv", FEED))]}, "one file"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_the_reason(
    freio: Application, url: str, rest: dict[str, Any], detail: str
) -> None:
    refused(asked(url=f"/api/feeds{url}", **rest), 422, detail)
    assert is_untouched(freio)


@pytest.mark.parametrize(
    ("wanted", "language", "detail"),
    [
        (
            "pt-BR,pt;q=0.9,en;q=0.8",
            "pt",
            "O arquivo está vazio. Nada foi alterado; o que é mostrado continua como estava. "
            "Exporte-o de novo.",
        ),
        ("es-AR", "es", "El archivo está vacío. No se cambió nada;"),
        ("de", "en", "The file is empty. Nothing was changed;"),
    ],
)
def test_a_problem_is_described_in_the_requested_language(
    freio: Application, wanted: str, language: str, detail: str
) -> None:
    answer = asked(headers=AUTH | {"Accept-Language": wanted}, content=b"")
    refused(answer, 422, detail)
    assert answer.headers["content-language"] == language
    assert is_untouched(freio)


def test_a_broken_form_is_refused(freio: Application) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=b"):
        answer = asked(headers=AUTH | {"Content-Type": kind}, content=b"--c\r\nnothing")
        refused(answer, 422, "form cannot be read")
    assert is_untouched(freio)


def test_while_one_file_is_loaded_the_loop_goes_on_and_a_second_file_has_to_wait(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()
    load = Loader.load

    def slow(*given: Any) -> Any:
        begun.set()
        assert go.wait(10)
        return load(*given)

    monkeypatch.setattr(Loader, "load", slow)

    async def ask() -> tuple[httpx.Response, httpx.Response]:
        async with client(FeedsApi(patience=0.1)) as http:
            url = "/api/feeds?name=a.csv"
            first = asyncio.create_task(http.post(url, headers=AUTH, content=FEED))
            while not begun.is_set():
                await asyncio.sleep(0.01)
            second = await http.post(url, headers=AUTH, content=FEED)
            go.set()
            return await first, second

    first, second = in_a_loop(ask())
    assert first.status_code == 200
    refused(second, 429)
    assert int(second.headers["retry-after"]) > 0
    assert len(freio.store.imports(9)) == 1


async def _silent(begun: asyncio.Event) -> AsyncIterator[bytes]:
    yield b"id"
    begun.set()
    await asyncio.sleep(60)


@pytest.mark.long
def test_a_client_that_stops_after_two_bytes_blocks_no_other_client(
    freio: Application,
) -> None:
    async def ask() -> tuple[httpx.Response, float, httpx.Response]:
        async with client(FeedsApi(idle=2)) as http:
            silent = asyncio.Event()
            url = "/api/feeds?name=a.csv"
            first = asyncio.create_task(http.post(url, headers=AUTH, content=_silent(silent)))
            await silent.wait()
            begun = time.monotonic()
            second = await http.post(url, headers=AUTH, content=FEED)
            return second, time.monotonic() - begun, await first

    second, seconds, first = in_a_loop(ask())
    assert second.status_code == 200
    assert seconds < 1.5
    refused(first, 408, "16 KB per second")


def test_a_body_that_only_trickles_is_given_up(freio: Application) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b"x" * 100
            await asyncio.sleep(0.05)

    begun = time.monotonic()
    refused(asked(api=FeedsApi(idle=1), content=body()), 408, "16 KB per second")
    assert time.monotonic() - begun < 5


def test_where_all_slots_are_taken_a_new_upload_replaces_the_slowest(
    freio: Application,
) -> None:
    async def ask() -> list[int]:
        api = FeedsApi(idle=30, slots=UploadSlots(most=2, grace=0))
        async with client(api) as http:
            url = "/api/feeds?name=a.csv"
            begun = [asyncio.Event(), asyncio.Event()]
            waiting = []
            for each in begun:
                waiting.append(
                    asyncio.create_task(http.post(url, headers=AUTH, content=_silent(each)))
                )
                await each.wait()
                await asyncio.sleep(0.05)
            third = await http.post(url, headers=AUTH, content=FEED)
            first = await waiting[0]
            assert "the slowest of all uploads" in first.text
            waiting[1].cancel()
            return [first.status_code, third.status_code]

    assert in_a_loop(ask()) == [408, 200]


def test_uploads_that_are_too_large_together_get_status_429(
    freio: Application,
) -> None:
    async def large(there: asyncio.Event) -> AsyncIterator[bytes]:
        yield MEGABYTE
        there.set()
        await asyncio.sleep(60)

    async def ask() -> httpx.Response:
        async with client(FeedsApi(idle=30)) as http:
            url = "/api/feeds?name=a.csv"
            waiting = []
            for _ in range(3):
                there = asyncio.Event()
                waiting.append(
                    asyncio.create_task(http.post(url, headers=AUTH, content=large(there)))
                )
                await there.wait()
            last = await http.post(url, headers=AUTH, content=FEED)
            for each in waiting:
                each.cancel()
            return last

    refused(in_a_loop(ask()), 429, "Other files are being loaded")
    assert is_untouched(freio)


def _raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (StoreError("postgresql://host does not answer.", "Wait."), "Nothing was changed"),
        (StoreBusyError("Busy.", "Wait."), "Nothing was changed"),
        (OutcomeUnknownError("Nobody knows.", "Wait."), "It is unknown whether"),
    ],
)
def test_a_store_that_is_away_asks_to_come_back_later(
    freio: Application, monkeypatch: pytest.MonkeyPatch, error: Exception, detail: str
) -> None:
    monkeypatch.setattr(freio.store, "load", _raising(error))
    answer = asked(content=FEED)
    refused(answer, 503, detail)
    assert int(answer.headers["retry-after"]) > 0
    assert "postgresql" not in answer.text


def test_a_store_that_cannot_be_opened_asks_to_come_back_later(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FREIO_FEED_TOKEN", TOKEN)
    monkeypatch.setenv("FREIO_DATABASE", f"duckdb:///{tmp_path}")  # a folder
    instance.use(None)
    refused(asked(headers={}, content=FEED), 401)
    refused(asked(content=FEED), 503)
    monkeypatch.setenv("FREIO_FEED_TOKEN", "short")
    refused(asked(content=FEED), 503, "settings are wrong")


def test_the_answer_to_an_unexpected_error_has_no_details(
    freio: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(freio.store, "load", _raising(ValueError("a secret of the code")))
    answer = asked(content=FEED)
    refused(answer, 500)
    assert "secret" not in answer.text
    assert "a secret of the code" in caplog.text
    assert TOKEN not in caplog.text


def test_the_token_is_not_on_the_system_page(freio: Application) -> None:
    at = opened("system")
    tables = [each.value for each in at.get("html")]
    line = next(t for t in "".join(tables).split("<tr>") if "FREIO_FEED_TOKEN" in t)
    assert re.findall(r">([^<>]+)</td>", line) == ["FREIO_FEED_TOKEN", "set", "not set"]
    assert not any(TOKEN in table for table in tables)


@pytest.mark.long
def test_the_real_server_takes_a_file_and_gives_nothing_away(tmp_path: Path) -> None:
    settings = {"FREIO_DEMO": "off", "FREIO_FEED_TOKEN": TOKEN, "FREIO_MAX_FILE_MB": "1"}
    with serving("dashboard:app", tmp_path, **settings) as address, httpx.Client() as http:
        url = f"{address}/api/feeds?name=a.csv"
        done = http.post(url, headers=AUTH, content=FEED)
        assert (done.status_code, done.json()["new"]) == (200, 1)
        for answer in (done, http.get(url), http.post(url, content=FEED)):
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert "set-cookie" not in answer.headers
        refused(http.get(url, headers=AUTH), 405)
        refused(http.options(url, headers={"Origin": "https://evil.example"}), 405)
        refused(http.post(url, headers={"Authorization": "Bearer wrong"}, content=FEED), 401)
        refused(http.post(url, headers=AUTH, content=MEGABYTE * 3), 413)
        refused(http.post(url, headers=AUTH, content=iter([MEGABYTE] * 30)), 413)
        refused(http.post(url, headers=AUTH, content=b"id\n1\n"), 422)
        again = http.post(url, headers=AUTH, content=FEED)
        assert (again.status_code, again.json()["unchanged"]) == (200, 1)
    log = (tmp_path / "server.log").read_text()
    assert "token is missing or wrong" in log
    assert TOKEN not in log
    assert "Traceback" not in log


def test_a_full_disk_is_named_and_not_called_busy(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any, **_options: Any) -> None:
        raise disk_space.refused(Path("/srv/freio.duckdb"), "No space left")

    monkeypatch.setattr(Loader, "load", full)
    answer = asked(content=FEED)
    refused(answer, 507, "The disk / refused the write (No space left).")
    assert "busy" not in answer.text


@pytest.mark.parametrize("form", [False, True])
def test_a_file_for_which_temporary_files_have_no_room_is_refused_and_their_disk_named(
    freio: Application, monkeypatch: pytest.MonkeyPatch, form: bool
) -> None:
    monkeypatch.setattr(disk_space, "free_bytes", lambda _place: 1_000_000)
    rest: dict[str, Any] = {"files": {"file": ("b.csv", FEED)}} if form else {"content": FEED}
    refused(
        asked(**rest), 507, f"The disk {disk_space.disk_of(disk_space.temporary_file())} has no"
    )


def test_a_disk_that_is_full_while_a_file_arrives_is_named(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(receive_upload, "_write", full)
    refused(asked(content=FEED), 507, "refused the write (No space left on device)")
