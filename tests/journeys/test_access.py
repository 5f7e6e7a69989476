"""Freio without a login: with real data, only the access token gives access."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import InvalidStatus

from tests.access import COOKIES, TOKEN
from tests.faults.proxy import Proxy
from tests.journeys.browser import serving
from tests.journeys.conftest import Site
from tests.journeys.test_abort_journeys import ask
from tests.journeys.test_forged import put
from tests.journeys.websocket_client import connected
from tests.journeys.windows import Windows

TARGET = "tests.journeys.server:app"
PAGES = ["", "configurations", "configuration", "aborts", "feeds", "system"]
DATA = ("Promo", "Recordatorio", "Encuesta", "FREIO_DATABASE", "duckdb:")
ASKS = "needs its access token"
UNTOUCHED = {"state": "SCHEDULED", "accepted": 0, "refused": 0, "stops": 0}
STOPPED = {"state": "CANCELLED", "accepted": 1, "refused": 0, "stops": 1}


@pytest.fixture(scope="module")
def address(fast_site: Site) -> str:
    return fast_site.address


@pytest.fixture
def real(site: Site) -> Site:
    """Return a site with real data."""
    site.own_feed()
    return site


@pytest.fixture(scope="module")
def proxy(address: str) -> Iterator[int]:
    """Run a proxy without additional headers on the server's machine; yield its port."""
    port = urlsplit(address).port
    assert port is not None
    made = Proxy(port)
    yield made.port
    made.close()


@pytest.fixture
def outside(windows: Windows) -> Iterator[Page]:
    """Open a window of a person without the cookie."""
    with windows.open() as page:
        page.context.clear_cookies()
        yield page


def is_refused(address: str, cookies: dict[str, str], **how: Any) -> bool:
    """Return whether a WebSocket is refused. Without a WebSocket there is no page."""
    try:
        with connected(address, cookies, **how):
            return False
    except InvalidStatus as answer:
        return answer.response.status_code == 403


def sees_nothing(address: str, page: str, **headers: str) -> None:
    answer = httpx.get(f"{address}/{page}", headers=headers)
    assert answer.status_code == 403
    assert ASKS in answer.text
    for text in DATA:
        assert text not in answer.text


def opened(address: str, **cookies: str) -> bool:
    """Return whether a person with these cookies sees the sends."""
    if is_refused(address, cookies):
        return False
    with connected(address, cookies) as client:
        client.open("configurations")
        return "Encuesta" in client.received


@pytest.mark.parametrize("origin", ["", None], ids=["forged origin", "no origin"])
def test_a_person_behind_a_proxy_without_the_token_sees_and_stops_nothing_real(
    real: Site, proxy: int, origin: str | None
) -> None:
    assert is_refused(real.address, {}, origin=origin, through=proxy)
    for page in PAGES:
        sees_nothing(f"http://127.0.0.1:{proxy}", page)
    assert put(real.address, "made-up", {}) == 421
    assert real.look("a") == UNTOUCHED


def test_the_same_way_is_open_with_the_cookie(real: Site, proxy: int) -> None:
    # With the cookie it is accepted, so the refusals above have the right cause.
    with connected(real.address, through=proxy, origin=None) as client:
        client.open("configurations")
        client.abort_in_row("configuration_rows", "a")
        client.confirm()
        client.open("feeds")
        assert put(real.address, client.session, COOKIES) == 204
    assert real.look("a") == STOPPED
    assert real.receipts("a")[0][0] == "local operator"


def test_the_demo_is_open_to_a_visitor_but_not_the_installation(site: Site, proxy: int) -> None:
    # Also through a proxy: the server cannot distinguish it from a local browser, and shows only
    # the demo.
    for page in ("feeds", "system"):
        with connected(site.address, {}, origin=None, through=proxy) as client:
            client.open(page)
            assert "This needs the access token" in client.received
            assert "FREIO_DATABASE" not in client.received
            assert put(site.address, client.session, {}) == 403
    assert httpx.get(f"{site.address}/metrics").status_code == 403
    with connected(site.address, {}, origin=None, through=proxy) as client:
        client.open("configurations")
        client.abort_in_row("configuration_rows", "a")
        client.confirm()
    assert site.look("a") == STOPPED
    assert site.receipts("a")[0][0] == "demo visitor"


def test_a_dialog_of_the_demo_stops_nothing_once_real_data_is_in(site: Site) -> None:
    with connected(site.address, {}) as client:
        client.open("configurations")
        client.abort_in_row("configuration_rows", "a")
        assert "abort_form" in client.widgets
        site.own_feed()
        client.confirm()
        assert "no longer knows who you are" in client.received
    assert site.look("a") == UNTOUCHED


@pytest.mark.long
def test_an_open_page_of_the_demo_shows_nothing_after_its_next_refresh(
    outside: Page, site: Site
) -> None:
    ask(outside, site, "Promoção de verão")
    site.own_feed()
    # The page changes without an action of a person.
    expect(outside.get_by_text(ASKS)).to_be_visible(timeout=20_000)
    expect(outside.get_by_role("dialog")).to_have_count(0)
    expect(outside.get_by_text("Promoção de verão")).to_have_count(0)
    assert site.look("a") == UNTOUCHED


def test_the_link_opens_freio_and_leaves_no_token_behind(outside: Page, real: Site) -> None:
    outside.goto(f"{real.address}/access?token={TOKEN}")
    expect(outside.get_by_text("local operator")).to_be_visible()
    assert TOKEN not in outside.url
    cookie = next(c for c in outside.context.cookies() if c["name"].startswith("freio_access"))
    assert cookie["name"] == f"freio_access_{urlsplit(real.address).port}"
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert TOKEN not in cookie["value"]
    # From now on, the address without the token is enough.
    outside.goto(f"{real.address}/system")
    expect(outside.get_by_role("heading", name="System", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    "pasted",
    [
        f" http://127.0.0.1:8501/access?token={TOKEN}\n",
        pytest.param(TOKEN, marks=pytest.mark.long),
    ],
)
def test_the_token_or_the_whole_link_is_entered_on_the_page(
    outside: Page, real: Site, pasted: str
) -> None:
    outside.goto(f"{real.address}/configurations")
    outside.get_by_role("link", name="Enter the access token").click()
    outside.get_by_label("Access token").fill("made-up-but-long-enough")
    outside.get_by_role("button", name="Sign in").click()
    expect(outside.get_by_role("alert")).to_contain_text("This token is wrong")
    outside.get_by_label("Access token").fill(pasted)
    outside.keyboard.press("Enter")
    expect(outside.get_by_text("local operator")).to_be_visible()


@pytest.mark.parametrize("method", ["POST", pytest.param("GET", marks=pytest.mark.long)])
def test_a_wrong_token_brings_no_cookie(real: Site, method: str) -> None:
    for token in ("", "x", TOKEN[:-1], TOKEN + "x", "ação", "x" * 100_000):
        arguments = (
            {"params": {"token": token[:9_000]}} if method == "GET" else {"data": {"token": token}}
        )
        answer = httpx.request(method, f"{real.address}/access", **arguments)  # type: ignore[arg-type]
        assert answer.status_code in (200, 403), token
        assert "set-cookie" not in answer.headers, token
        assert TOKEN not in answer.text
        assert answer.headers["referrer-policy"] == "no-referrer", token
        assert answer.headers["cache-control"] == "no-store", token


def test_a_cookie_that_was_changed_or_made_up_opens_nothing(real: Site) -> None:
    name, value = next(iter(COOKIES.items()))
    assert opened(real.address, **{name: value})
    # The name of the cookie may contain another port, such as that of another dashboard.
    assert opened(real.address, freio_access_1=value)
    wrong = [value[:-1], value[::-1], value.upper(), TOKEN, "", "0" * 64]
    assert not any(opened(real.address, **{name: each}) for each in wrong)


@pytest.mark.parametrize("cookies", [None, {}], ids=["with the cookie", "without"])
@pytest.mark.parametrize(
    "origin", ["https://elsewhere.example", "http://127.0.0.1:1", "http://localhost:3000", "null"]
)
def test_a_page_of_another_site_or_port_cannot_connect(
    address: str, origin: str, cookies: dict[str, str] | None
) -> None:
    # Browsers send the cookies of one port to all ports of a host.
    with pytest.raises(InvalidStatus), connected(address, cookies, origin=origin):
        pass


def test_a_foreign_host_name_for_this_machine_does_not_open_the_demo(site: Site) -> None:
    port = urlsplit(site.address).port
    assert port is not None
    assert is_refused(f"http://rebound.example:{port}", {}, through=port)
    sees_nothing(site.address, "configurations", Host=f"rebound.example:{port}")


def token_in(log: Path) -> str:
    found = re.search(r"/access\?token=(\S+?),? ", log.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


@pytest.mark.long
def test_a_restart_keeps_all_cookies_valid_and_another_token_makes_them_invalid(
    tmp_path: Path,
) -> None:
    def start(token: str):
        quiet = {"FREIO_DEMO": "off", "FREIO_REFRESH_SECONDS": "60"}
        return serving(TARGET, tmp_path, FREIO_ACCESS_TOKEN=token, **quiet)

    log = tmp_path / "server.log"
    with start("") as address:
        Site(address).seed()
        Site(address).own_feed()
        first = token_in(log)
        answer = httpx.get(f"{address}/access", params={"token": first})
        kept = dict(answer.cookies)
        assert answer.status_code == 303
        assert opened(address, **kept)
    with start("") as address:
        second = token_in(log)
        assert second != first
        assert opened(address, **kept)
        assert "set-cookie" not in httpx.get(f"{address}/access", params={"token": first}).headers
    with start("a-token-of-somebodys-own") as address:
        assert not opened(address, **kept)
        link = {"token": "a-token-of-somebodys-own"}
        kept = dict(httpx.get(f"{address}/access", params=link).cookies)
        assert opened(address, **kept)
    with start("another-token-of-theirs") as address:
        assert not opened(address, **kept)


@pytest.mark.long
def test_the_log_reports_a_wrong_token_but_contains_no_token(tmp_path: Path) -> None:
    with serving(TARGET, tmp_path, FREIO_DEMO="off") as address:
        httpx.get(f"{address}/access", params={"token": TOKEN})
        httpx.get(f"{address}/access", params={"token": "made-up-and-long-enough"})
    said = (tmp_path / "server.log").read_text(encoding="utf-8")
    assert "refused a wrong access token from 127.0.0.1" in said
    assert "made-up-and-long-enough" not in said
    # A token from the settings is not printed at the start either.
    assert TOKEN not in said
    assert "/access, at the address that the server names, and enter the token" in said
