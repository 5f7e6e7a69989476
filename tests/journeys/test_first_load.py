"""What a browser loads first: compressed scripts, no charts for a list, and the icons last."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import httpx
import pytest
from playwright.sync_api import Page, Route, expect
from streamlit import file_util

from pages.server.cached_files import elements_scripts
from pages.server.small_fonts import FONTS, ICONS, TEXTS
from tests.journeys.conftest import Site

#: ECharts, and what reads the tables of Arrow.
CHARTS = re.compile(r"/(EChartsChart|arrowFormatUtils)\.[\w-]+\.js")


def answer(site: Site, name: str, encoding: str) -> httpx.Response:
    url, headers = f"{site.address}/static/js/{name}", {"Accept-Encoding": encoding}
    with httpx.stream("GET", url, headers=headers) as found:
        found._content = b"".join(found.iter_raw())
    return found


def test_the_server_sends_scripts_compressed_and_browsers_keep_them(site: Site) -> None:
    folder = Path(file_util.get_static_dir()) / "static" / "js"
    original = min((folder / name for name in elements_scripts()), key=lambda f: f.stat().st_size)
    until = time.monotonic() + 60
    while not (found := answer(site, original.name, "br, gzip")).headers.get("content-encoding"):
        assert time.monotonic() < until, "the server compresses its files in the background"
        time.sleep(0.2)
    assert found.headers["content-encoding"] == "br"
    assert found.content == brotli.compress(original.read_bytes(), quality=9)
    tags = {found.headers["etag"]}
    for encoding in ("gzip", "identity"):
        other = answer(site, original.name, encoding)
        assert other.headers.get("content-encoding", "identity") == encoding
        assert "accept-encoding" in other.headers["vary"].lower()
        tags.add(other.headers["etag"])
    assert len(tags) == 3
    assert "immutable" in found.headers["cache-control"]
    assert "accept-encoding" in found.headers["vary"].lower()


@pytest.mark.parametrize("name", [ICONS, *TEXTS])
def test_the_server_sends_only_the_icons_and_characters_in_use(site: Site, name: str) -> None:
    answer = httpx.get(f"{site.address}/static/media/{name}")
    assert answer.content == (FONTS / name).read_bytes()


@pytest.mark.long
@pytest.mark.needs_new_window
def test_a_list_loads_no_charts_and_the_icons_after_the_scripts(page: Page, site: Site) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{site.address}/configurations")
    expect(page.get_by_text("Encuesta")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert not [url for url in requested if CHARTS.search(url)]
    (icons,) = [n for n, url in enumerate(requested) if "MaterialSymbols" in url]
    named = page.evaluate(
        "[...document.querySelectorAll('script[src], link[rel=modulepreload]')]"
        ".map(each => each.src || each.href)"
    )
    assert max(requested.index(url) for url in named) < icons


@pytest.mark.long
@pytest.mark.needs_new_window
def test_what_streamlit_asks_before_it_connects_does_not_wait_for_its_scripts(
    page: Page, site: Site
) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{site.address}/configurations")
    expect(page.get_by_text("Encuesta")).to_be_visible()
    # Streamlit's scripts request the icons before they ask the server.
    icons = next(n for n, url in enumerate(requested) if "MaterialSymbols" in url)
    for path in ("/_stcore/health", "/_stcore/host-config"):
        (asked,) = [n for n, url in enumerate(requested) if url == site.address + path]
        assert asked < icons


@pytest.mark.long
@pytest.mark.needs_new_window
def test_the_list_of_the_overview_does_not_wait_for_charts(page: Page, site: Site) -> None:
    # The charts show the sends of this day.
    due = datetime.now(UTC) + timedelta(hours=2)
    site.seed(
        "id,name,state,total_records,generated_records,scheduled_at\n"
        f"a,Promoção,SCHEDULED,7000,0,{due:%Y-%m-%dT%H:%MZ}\n"
    )
    held: list[Route] = []
    page.route(CHARTS, lambda route: held.append(route))
    page.goto(site.address)
    expect(page.get_by_role("button", name="Abort Promoção")).to_be_enabled()
    expect(page.get_by_role("heading", name="By state")).to_be_visible()
    assert held, "no chart was requested"
    for route in held:
        route.abort()
