"""If a proxy drops a header, the page and the log say which one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.faults.proxy import Proxy
from tests.journeys.browser import serving
from tests.journeys.conftest import Site

pytestmark = pytest.mark.long

LACKS = "Freio cannot be reached through this proxy"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proxies")


@pytest.fixture(scope="module")
def address(place: Path) -> Iterator[str]:
    with serving("tests.journeys.server:app", place, FREIO_DEMO="off") as found:
        yield found


@contextmanager
def behind(address: str, change: Callable[[bytes], bytes]) -> Iterator[str]:
    """Run a proxy in front of the server; yield its address."""
    port = urlsplit(address).port
    assert port is not None
    made = Proxy(port, change)
    try:
        yield f"http://127.0.0.1:{made.port}"
    finally:
        made.close()


def log_of(place: Path) -> str:
    return (place / "server.log").read_text(encoding="utf-8")


def test_a_proxy_that_sends_its_own_host_gets_an_explanation(
    page: Page, site: Site, place: Path
) -> None:
    server = urlsplit(site.address).netloc.encode()

    def with_its_own(data: bytes) -> bytes:
        head, _, rest = data.partition(b"\r\nHost: ")
        return head + b"\r\nHost: " + server + rest[rest.index(b"\r\n") :] if rest else data

    with behind(site.address, with_its_own) as proxied:
        page.goto(f"{proxied}/configurations")
        expect(page.get_by_role("heading", name=LACKS)).to_be_visible(timeout=40_000)
        expect(page.get_by_text(f"requests {server.decode()}")).to_be_visible()
        expect(page.get_by_text("proxy_set_header Host")).to_be_visible()
        expect(page.get_by_text("Upgrade")).to_have_count(0)
    assert "must pass on the Host header" in log_of(place)


def test_a_proxy_that_drops_upgrade_gets_an_explanation(
    page: Page, site: Site, place: Path
) -> None:
    def without(data: bytes) -> bytes:
        for name in (b"Upgrade: websocket\r\n", b"Connection: Upgrade\r\n"):
            data = data.replace(name, b"")
        return data

    with behind(site.address, without) as proxied:
        page.goto(f"{proxied}/configurations")
        expect(page.get_by_role("heading", name=LACKS)).to_be_visible(timeout=40_000)
        expect(page.get_by_text("proxy_set_header Upgrade")).to_be_visible()
        expect(page.get_by_text("proxy_set_header Host")).to_have_count(0)
        page.get_by_role("link", name="Try again").click()
        page.wait_for_url(f"{proxied}/")
    assert log_of(place).count("pass on the headers Upgrade and Connection") == 1


def test_a_proxy_that_passes_everything_on_shows_the_page_and_nothing_else(
    page: Page, site: Site
) -> None:
    with behind(site.address, lambda data: data) as proxied:
        page.goto(f"{proxied}/configurations")
        expect(page.get_by_text("Encuesta")).to_be_visible()
        # This is longer than the first wait of the script.
        page.wait_for_timeout(4_000)
        expect(page.get_by_text("Encuesta")).to_be_visible()


def test_a_link_to_a_page_requests_nothing_that_does_not_exist(page: Page, site: Site) -> None:
    missing: list[str] = []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status == 404 else None)
    page.goto(f"{site.address}/configurations")
    expect(page.get_by_text("Encuesta")).to_be_visible()
    assert missing == []


@pytest.mark.parametrize("packed", ["gzip", "identity"])
def test_every_page_has_the_script_and_the_length_that_it_says(site: Site, packed: str) -> None:
    for path, scripts in (("", 1), ("configurations", 1), ("nowhere/at/all", 0)):
        answer = httpx.get(f"{site.address}/{path}", headers={"Accept-Encoding": packed})
        assert answer.text.count("./websocket.js") == scripts
        assert answer.text.rstrip().endswith("</html>")
    script = httpx.get(f"{site.address}/websocket.js")
    assert script.headers["content-type"].startswith("text/javascript")


def test_nothing_is_claimed_where_nothing_is_known(tmp_path: Path) -> None:
    with serving("tests.journeys.server:app", tmp_path, FREIO_DEMO="off") as address:
        answer = httpx.get(f"{address}/connection", params={"origin": address})
        assert (answer.status_code, answer.text) == (204, "")


def test_what_is_said_of_an_address_is_only_ever_text(site: Site) -> None:
    harm = "http://<script>harm</script>"
    answer = httpx.get(f"{site.address}/connection", params={"origin": harm})
    assert "&lt;script&gt;harm" in answer.text
    assert "<script>" not in answer.text
