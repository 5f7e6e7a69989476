"""The security headers, and what the browser loads: nothing from other sites."""

import re
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import FEED, Site
from tests.journeys.test_abort_journeys import ask, confirm
from tests.looks.conftest import PAGES

PATHS = ["", "configurations", "configuration?id=a", "aborts", "feeds", "system", "nowhere"]
MARKUP = '<img src=x onerror="window.harm=1"> [x](javascript:window.harm=1) **b** =1+1 $x$'
FIELDS = ["id", "name", "campaign", "channel", "account", "audience", "created_by", "state"]


@pytest.fixture
def site(quiet_site: Site) -> Site:
    quiet_site.seed()
    return quiet_site


@pytest.mark.long
@pytest.mark.needs_new_window
def test_the_browser_asks_no_other_host_for_anything(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    for path in (*PAGES, "nowhere"):
        page.goto(f"{site.address}/{path}")
        expect(page.get_by_role("main")).to_be_visible()
        page.wait_for_load_state("networkidle")
    here = urlsplit(site.address).netloc
    elsewhere = [url for url in asked if urlsplit(url).scheme not in ("data", "blob")]
    assert len(elsewhere) > len(PAGES)
    assert [url for url in asked if ".woff2" in url], "fonts and icons were fetched"
    assert [url for url in elsewhere if urlsplit(url).netloc != here] == []


@pytest.mark.parametrize("path", [*PATHS, "healthz", "api/feeds", "_stcore/health", "auth/login"])
def test_every_answer_forbids_code_from_text_and_frames(quiet_site: Site, path: str) -> None:
    headers = httpx.get(f"{quiet_site.address}/{path}").headers
    scripts = re.search(r"script-src ([^;]*)", headers["content-security-policy"])
    assert scripts is not None
    assert scripts[1].split() == ["'self'", "blob:"]
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["_stcore/metrics", "_stcore/agent", "_stcore/agent/openapi.json"])
def test_the_servers_own_open_routes_are_closed(quiet_site: Site, path: str) -> None:
    assert httpx.get(f"{quiet_site.address}/{path}").status_code == 404


@pytest.mark.long
@pytest.mark.needs_new_window
def test_charts_and_lists_are_drawn_under_that_policy(page: Page, site: Site) -> None:
    refused: list[str] = []
    page.on("pageerror", lambda error: refused.append(str(error)))
    site.seed(FEED.replace("2030-01-01T12:00Z", datetime.now(UTC).isoformat()))
    page.goto(site.address)
    expect(page.get_by_role("heading", name="Recipients per hour")).to_be_visible()
    expect(page.locator("canvas").first).to_be_visible()
    expect(page.locator("svg a[data-id=a]")).to_be_visible()
    page.goto(site.address + "/configurations")
    expect(page.locator("tr[data-id=a]")).to_be_visible()
    assert refused == []


@pytest.mark.long
def test_markup_and_formulas_in_every_field_are_only_ever_text(page: Page, site: Site) -> None:
    cell = '"' + MARKUP.replace('"', '""') + '"'
    row = dict.fromkeys(FIELDS, cell) | {"state": "SCHEDULED"}
    row |= {"total_records": "7000", "generated_records": "0", "scheduled_at": "2030-01-01T12:00Z"}
    feed = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
    httpx.post(f"{site.address}/test/seed", content=feed.encode()).raise_for_status()
    page.goto(site.address + "/configurations")
    page.get_by_role("button", name=f"Abort {MARKUP}", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text(MARKUP)
    page.get_by_label("Note (optional)").fill(MARKUP)
    page.get_by_label("Note (optional)").press("Tab")
    page.wait_for_timeout(500)
    confirm(page)
    for path in [
        "",
        "configurations?q=" + quote(MARKUP),
        f"configuration?id={quote(MARKUP)}",
        "aborts",
    ]:
        page.goto(f"{site.address}/{path}")
        expect(page.get_by_test_id("stMain")).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)
        assert page.evaluate("window.harm") is None
        assert page.locator("img[src=x]").count() == 0
        assert page.locator('a[href^="javascript"]').count() == 0
        assert page.locator("main strong", has_text=re.compile("^b$")).count() == 0


@pytest.mark.long
def test_the_log_has_its_filters_in_the_url_and_can_be_downloaded(page: Page, site: Site) -> None:
    ask(page, site, "Promoção de verão")
    confirm(page)
    page.goto(site.address + "/aborts?outcome=too_late")
    expect(page.get_by_text("0 attempts")).to_be_visible()
    page.goto(site.address + "/aborts?outcome=stopped&person=local+operator&time=today")
    expect(page.get_by_text("1 attempt")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Receipts as CSV").click()
    text = taken.value.path().read_text(encoding="utf-8-sig")
    assert "Promoção de verão" in text
    assert "local operator" in text


@pytest.mark.long
def test_a_stopped_send_says_that_there_is_no_way_back_and_offers_its_facts(
    page: Page, site: Site
) -> None:
    ask(page, site, "Promoção de verão", "/configuration?id=a")
    confirm(page)
    page.get_by_text("Aborted by mistake?").click()
    expect(page.get_by_text("Freio cannot undo an abort")).to_be_visible()
    expect(page.get_by_test_id("stCode")).to_contain_text("Name: Promoção de verão")
