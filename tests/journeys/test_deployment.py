"""Two dashboards on one PostgreSQL behind a load balancer that has no sticky sessions."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.journeys.browser import choose_file
from tests.journeys.conftest import Site
from tests.journeys.live_page import SECOND, feed
from tests.journeys.provider import ROLES, Provider, cookies_of, let_in, providing
from tests.journeys.restarts import Dashboard, dashboard
from tests.journeys.round_robin import RoundRobin, round_robin
from tests.journeys.test_restarts import STOPPED_ONCE, ask_and_wait, stop_button
from tests.journeys.windows import Windows
from tests.postgres_server import Server

BACK = 30 * SECOND
FILE: FilePayload = {
    "name": "more.csv",
    "mimeType": "text/csv",
    "buffer": b"id,name,state,total_records,scheduled_at\nz,More,SCHEDULED,5,2031-01-01T12:00Z\n",
}


@dataclass(frozen=True)
class Deployment:
    balancer: RoundRobin
    dashboards: list[Dashboard]

    @property
    def address(self) -> str:
        return self.balancer.address


@contextmanager
def deployed(
    folder: Path, database: str, provider: Provider, *secrets: str
) -> Iterator[Deployment]:
    roles = folder / "roles.toml"
    roles.write_text(ROLES)
    with ExitStack() as all_of_it:
        balancer = all_of_it.enter_context(round_robin())
        settings = provider.settings(roles) | {
            "FREIO_DATABASE": database,
            "FREIO_PUBLIC_URL": balancer.address,
        }
        both = []
        for number, secret in enumerate(secrets):
            place = folder / str(number)
            place.mkdir()
            own = settings | {"FREIO_COOKIE_SECRET": secret}
            both.append(all_of_it.enter_context(dashboard(place, **own)))
        balancer.targets = [each.port for each in both]
        yield Deployment(balancer, both)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as made:
        yield made


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server, provider: Provider
) -> Iterator[Deployment]:
    folder, secret = tmp_path_factory.mktemp("deployment"), "the-same-secret-on-both"
    with deployed(folder, postgres.new_database(), provider, secret, secret) as made:
        yield made


@pytest.fixture
def deployment(running: Deployment) -> Iterator[Deployment]:
    site = Site(running.address)
    site.seed(feed(a=3_000, b=4_000))
    site.own_feed()
    yield running
    running.balancer.requests_to = None


@pytest.mark.long
def test_every_login_works_whichever_dashboard_answers(deployment: Deployment) -> None:
    found = [cookies_of(deployment.address, "ana") for _ in range(4)]
    assert ["_streamlit_user" in cookies for cookies in found] == [True] * 4


@pytest.mark.long
def test_an_upload_works_at_the_dashboard_of_its_page_and_elsewhere_says_what_is_wrong(
    page: Page, deployment: Deployment
) -> None:
    let_in(page, deployment.address, cookies_of(deployment.address, "ana"))
    page.goto(deployment.address + "/feeds")
    expect(page.get_by_role("heading", name="Imports")).to_be_visible(timeout=BACK)
    expect(page.locator("input[type=file]").first).to_be_attached()
    balancer = deployment.balancer
    [elsewhere] = {*balancer.targets} - {balancer.socket_target}
    balancer.requests_to = elsewhere
    choose_file(page, FILE)
    alert = page.get_by_test_id("stFileChip").get_by_role("alert")
    expect(alert).to_contain_text("the load balancer sent it to another dashboard than this page")
    expect(alert).not_to_contain_text("AxiosError")
    size = alert.bounding_box()
    assert size is not None
    assert size["height"] > 10
    [log] = [each.log for each in deployment.dashboards if each.port == elsewhere]
    # A browser may repeat a request with status 421 once by itself.
    assert log.count("the load balancer needs sticky sessions") in (1, 2)
    balancer.requests_to = balancer.socket_target
    page.set_input_files("input[type=file]", FILE)
    expect(page.get_by_text("If you load it")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("number", [0, pytest.param(1, marks=pytest.mark.long)])
def test_an_open_dialog_and_the_wall_go_on_while_either_dashboard_restarts(
    windows: Windows, deployment: Deployment, number: int
) -> None:
    cookies = cookies_of(deployment.address, "otto")
    site = Site(deployment.address)
    with windows.open() as page, windows.open() as wall:
        for each in (page, wall):
            let_in(each, deployment.address, cookies)
        ask_and_wait(page, site)
        wall.goto(site.address + "/?wall=1")
        expect(wall.locator("table.wall")).to_contain_text("Send b")
        deployment.dashboards[number].end(signal.SIGKILL)
        site.move("b", "SENT-DONE", 7_000)
        expect(wall.locator("table.wall")).not_to_contain_text("Send b", timeout=BACK)
        expect(stop_button(page)).to_be_enabled(timeout=BACK)
        page.wait_for_timeout(SECOND)
        stop_button(page).click()
        expect(page.get_by_role("dialog")).to_have_count(0, timeout=BACK)
        assert site.look("a") == STOPPED_ONCE
        deployment.dashboards[number].start()


@pytest.mark.long
def test_with_different_cookie_secrets_a_login_fails_with_the_true_reason(
    tmp_path: Path, postgres: Server, provider: Provider
) -> None:
    database = postgres.new_database()
    with deployed(
        tmp_path, database, provider, "one-secret-of-a-dashboard", "another-one-of-it"
    ) as it:
        with httpx.Client(base_url=it.address, follow_redirects=True) as client:
            form = client.get("/auth/login").raise_for_status()
            answer = client.post(form.url, data={"sub": "ana"})
        assert "have the same FREIO_COOKIE_SECRET" in answer.text
        assert "cancelled or refused" not in answer.text
        logs = "".join(each.log for each in it.dashboards)
        assert logs.count("another dashboard with another FREIO_COOKIE_SECRET") == 1
