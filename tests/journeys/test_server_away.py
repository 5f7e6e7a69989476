"""A PostgreSQL that stops and starts again while a page is open."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.settings import ROOT
from tests.access import TOKEN
from tests.journeys.browser import running, serving
from tests.journeys.conftest import Site
from tests.journeys.test_abort_journeys import ask
from tests.postgres_server import Server, serving_postgres

NAME = "Promoção de verão"

#: Waits until no script runs, and checks in every frame: between two failed refreshes there is
#: hardly any pause.
RESTS = """() => new Promise((done) => {
  const app = document.querySelector("[data-testid=stApp]");
  const end = performance.now() + 60_000;
  const look = () => {
    const rests = app.dataset.testScriptState === "notRunning";
    if (rests || performance.now() > end) done(rests);
    else requestAnimationFrame(look);
  };
  look();
})"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving_postgres() as own:
        yield own


@pytest.fixture(scope="module")
def lone_site(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Site]:
    settings = {
        "FREIO_DATABASE": server.new_database(),
        "FREIO_DEMO": "off",
        # Refresh rarely, because a refresh without the server closes the open dialog at once.
        "FREIO_REFRESH_SECONDS": "20",
    }
    with serving("tests.journeys.server:app", tmp_path_factory.mktemp("away"), **settings) as found:
        yield Site(found)


@pytest.mark.long
def test_an_abort_while_the_server_is_away_is_not_called_stopped_and_the_page_recovers(
    page: Page, lone_site: Site, server: Server
) -> None:
    lone_site.seed()
    ask(page, lone_site, NAME)
    server.stop()
    page.get_by_role("button", name="Abort this send").click()
    expect(page.get_by_text("does not answer").first).to_be_visible(timeout=30_000)
    # A refresh may show this while the abort still waits. If the server came back then, the abort
    # would stop the send, as it should.
    page.wait_for_timeout(1_000)
    assert page.evaluate(RESTS)
    expect(page.get_by_text(re.compile(r"^Stopped\."))).to_have_count(0)
    server.start()
    # No person reloads: the page recovers by itself, or when its tab is shown again.
    expect(page.locator("tr[data-id=a]")).to_contain_text("SCHEDULED", timeout=30_000)
    assert lone_site.look("a")["accepted"] == 0
    ask(page, lone_site, NAME)
    page.get_by_role("button", name="Abort this send").click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("Stopped.", timeout=20_000)
    assert lone_site.look("a") == {"state": "CANCELLED", "accepted": 1, "refused": 0, "stops": 1}


@pytest.mark.long
def test_a_page_that_is_opened_during_an_outage_keeps_its_scripts(
    page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "test.duckdb"
    file.write_bytes(b"garbage" * 999)
    command = ["-m", "uvicorn", "tests.journeys.server:app", "--host", "127.0.0.1", "--port"]
    settings = {"FREIO_DATABASE": f"duckdb:///{file}", "FREIO_DEMO": "off"}
    settings["FREIO_ACCESS_TOKEN"] = TOKEN
    with running(command, "/healthz", tmp_path / "log", ROOT, settings) as address:
        page.goto(f"{address}/configurations")
        expect(page.get_by_text("is damaged")).to_be_visible()
        # The heading "Freio" has the id "freio", which is also a property of the window.
        expect(page.locator("#freio")).to_be_visible()
        expect(page.locator(".st-key-frame a").first).to_be_visible()
        file.unlink()
        expect(page.get_by_text("No send configurations yet")).to_be_visible(timeout=30_000)
        expect(page.get_by_text("Component Error")).to_have_count(0)
