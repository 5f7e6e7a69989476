from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Page

from tests.journeys.browser import serving
from tests.journeys.windows import Windows

FEED = (
    "id,name,state,total_records,generated_records,scheduled_at,account\n"
    "a,Promoção de verão,SCHEDULED,7000,0,2030-01-01T12:00Z,Norte\n"
    "b,Recordatorio de otoño,PROCESANDO,12000,0,2026-01-01T12:00Z,Norte\n"
    "c,Liquidação,IN-PROGRESS,5000,0,2026-01-01T12:00Z,Sul\n"
    "d,Encuesta,IN-PROGRESS,5001,,2026-01-01T12:00Z,Sul\n"
)


class Site:
    """The server under test, and the content of its store."""

    def __init__(self, address: str) -> None:
        self.address = address

    def seed(self, feed: str = FEED) -> None:
        httpx.post(f"{self.address}/test/seed", content=feed.encode()).raise_for_status()

    def move(self, id: str, state: str, generated: int) -> None:
        params = {"id": id, "state": state, "generated": str(generated)}
        answer = httpx.post(f"{self.address}/test/move", params=params).raise_for_status()
        assert answer.json()["taken"] == 1

    def slow(self, seconds: float) -> None:
        """Let each write of a receipt take `seconds`, in the middle of its transaction."""
        httpx.post(f"{self.address}/test/slow", params={"seconds": seconds}).raise_for_status()

    def platform(self, **behaviour: str) -> None:
        """Set the behaviour of the simulated platform: a delay in `seconds`, `away`, or a refusal.

        A worker repeats a request for `patience` seconds.
        """
        httpx.post(f"{self.address}/test/platform", params=behaviour).raise_for_status()

    @contextmanager
    def late(self, seconds: float) -> Iterator[None]:
        """Delay the messages of page scripts to their session, as on a busy server."""
        httpx.post(f"{self.address}/test/late", params={"seconds": seconds}).raise_for_status()
        try:
            yield
        finally:
            httpx.post(f"{self.address}/test/late", params={"seconds": 0}).raise_for_status()

    @contextmanager
    def runs_waiting(self) -> Iterator[None]:
        """At the start of each callback, request another run of the page."""
        httpx.post(f"{self.address}/test/interrupt", params={"does": "yes"}).raise_for_status()
        try:
            yield
        finally:
            httpx.post(f"{self.address}/test/interrupt", params={"does": "no"}).raise_for_status()

    @contextmanager
    def files_waiting(self) -> Iterator[None]:
        """Let every file wait in the queue, as during the load of a large file."""
        httpx.post(f"{self.address}/test/hold").raise_for_status()
        try:
            yield
        finally:
            httpx.post(f"{self.address}/test/let-go").raise_for_status()

    def let_a_run_begin_at_the_next_upload(self) -> None:
        """Let a run of the page begin when a browser requests an address for its upload."""
        httpx.post(f"{self.address}/test/run-at-upload").raise_for_status()

    def own_feed(self) -> None:
        """Mark the stored data as data that a person has loaded."""
        httpx.post(f"{self.address}/test/feed").raise_for_status()

    def receipts(self, id: str) -> list[list[str | None]]:
        """Return actor, address and refusal of each receipt of a send, newest first."""
        return httpx.get(f"{self.address}/test/receipts", params={"id": id}).json()

    def answers(self, id: str) -> list[list[str]]:
        """Return reason and note of each receipt of a send, newest first."""
        return httpx.get(f"{self.address}/test/answers", params={"id": id}).json()

    def abort(self, id: str, **asked: str) -> None:
        """Abort a send as another person, the `actor`, with a `reason` and a `note`."""
        params = {"id": id} | asked
        httpx.post(f"{self.address}/test/abort", params=params).raise_for_status()

    def look(self, id: str) -> dict:
        return httpx.get(f"{self.address}/test/look", params={"id": id}).raise_for_status().json()

    def runs(self) -> int:
        """Return how often pages and their parts have run on the server."""
        return httpx.get(f"{self.address}/test/runs").raise_for_status().json()["runs"]


@pytest.fixture(
    scope="session", params=["DuckDB", pytest.param("PostgreSQL", marks=pytest.mark.long)]
)
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    # The refresh is slow, so an old page stays old until the test ends.
    folder = tmp_path_factory.mktemp("site")
    settings = {"FREIO_DEMO": "off", "FREIO_REFRESH_SECONDS": "60"}
    if request.param == "PostgreSQL":
        settings["FREIO_DATABASE"] = request.getfixturevalue("postgres").new_database()
    with serving("tests.journeys.server:app", folder, **settings) as found:
        yield found


@pytest.fixture
def site(address: str) -> Site:
    made = Site(address)
    made.seed()
    return made


@pytest.fixture
def page(windows: Windows, request: pytest.FixtureRequest) -> Iterator[Page]:
    is_new = request.node.get_closest_marker("needs_new_window") is not None
    with windows.open(is_new=is_new) as it:
        yield it


@pytest.fixture(scope="session")
def quiet_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A dashboard that does not refresh by itself while a test looks at it."""
    settings = {"FREIO_DEMO": "off", "FREIO_REFRESH_SECONDS": "600"}
    with serving(
        "tests.journeys.server:app", tmp_path_factory.mktemp("quiet_site"), **settings
    ) as at:
        yield Site(at)


@pytest.fixture(scope="session")
def fast_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A dashboard that refreshes every second."""
    settings = {"FREIO_DEMO": "off", "FREIO_REFRESH_SECONDS": "1"}
    with serving(
        "tests.journeys.server:app", tmp_path_factory.mktemp("fast_site"), **settings
    ) as at:
        yield Site(at)


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A dashboard with the simulated platform, which answers aborts."""
    settings = {"FREIO_REFRESH_SECONDS": "1"}
    with serving(
        "tests.journeys.server:app", tmp_path_factory.mktemp("demo_site"), **settings
    ) as at:
        yield Site(at)
