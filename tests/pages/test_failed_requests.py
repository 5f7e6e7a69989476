"""Each way in which a request to listmonk can fail: its message, its retry, and its end."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from core.domain.alerts import AlertKind
from core.domain.delivery import DeliveryOutcome
from core.domain.model import Concern
from tests.connectors.certificates import server_context
from tests.connectors.faulty_server import Fault, FaultyServer, Response, closed_port, until
from tests.pages.test_listmonk_readings import World, notice, text, world
from tests.pages.test_pages import opened

__all__ = ["world"]
pytestmark = pytest.mark.slow

ERROR: Final = "listmonk answered with an error; next try in"
SILENT: Final = "listmonk does not answer; next try in"


@dataclass(frozen=True)
class Failure:
    """One way to fail: the `fault` of one request, the words of the row, and the message.

    `arrives`: listmonk carries the request out.
    """

    fault: Fault
    row: str
    message: str
    arrives: bool = False


def answer(status: int, body: str = "", **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault("PUT", response=Response(status, body.encode(), named))


FAILURES: Final[Mapping[str, Failure]] = {
    "slow": Failure(
        Fault("PUT", seconds=0.6), SILENT, "No answer came from listmonk within 1 seconds", True
    ),
    "401": Failure(
        answer(401),
        "listmonk does not accept Freio's credentials; next try in",
        "Freio's credentials are not accepted by listmonk",
    ),
    "403 for a wrong token": Failure(
        answer(403, '{"message": "invalid API credentials"}'),
        "listmonk does not accept Freio's credentials; next try in",
        "Freio's credentials are not accepted by listmonk",
    ),
    "429 with Retry-After": Failure(
        answer(429, Retry_After="3"),
        "listmonk answered that Freio has to wait; next try in",
        "There are too many requests to listmonk at the moment",
    ),
    "429": Failure(
        answer(429),
        "listmonk answered that Freio has to wait; next try in",
        "There are too many requests to listmonk at the moment",
    ),
    "500": Failure(answer(500), ERROR, "An internal error occurred in listmonk (HTTP 500)"),
    "503": Failure(answer(503), ERROR, "An internal error occurred in listmonk (HTTP 503)"),
    "cut before the work": Failure(
        Fault("PUT", cut="before"), SILENT, "The connection to listmonk was cut"
    ),
    "cut after the work": Failure(
        Fault("PUT", cut="after"), SILENT, "The connection to listmonk was cut", True
    ),
    "cut in the answer": Failure(
        Fault("PUT", cut="middle"), SILENT, "The connection to listmonk was cut", True
    ),
    "redirect": Failure(
        answer(302, Location="https://elsewhere.example/"),
        ERROR,
        "Freio does not follow the redirect from listmonk",
    ),
    "not JSON": Failure(answer(200, "<html>"), ERROR, "The answer of listmonk is not JSON"),
    "unexpected status": Failure(
        answer(418, '{"message": "no"}'), ERROR, "The request was refused by listmonk (HTTP 418)"
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_request_that_fails_once_says_so_and_is_tried_again_within_seconds(
    world: World, name: str
) -> None:
    failure, http = FAILURES[name], client(world)
    campaign = world.add("running", 800)
    world.abort()
    total = http._total
    if failure.fault.seconds:
        http._total = failure.fault.seconds / 2
    world.server.faults.append(failure.fault)
    found = world.deliver()
    http._total = total
    assert found.outcome is DeliveryOutcome.UNDER_WAY
    assert str(world.row()["verdict_word"]).startswith(failure.row)
    assert failure.message in notice(world).replace("\\", "")
    assert not world.freio.concerns.count()
    if failure.arrives:
        # A slow listmonk does the work after Freio's time is over. Before that, the second try would
        # find the campaign still running, and would correctly request the stop again.
        until(lambda: campaign.status == "cancelled")
    found = world.deliver(seconds=3)
    assert (found.outcome, campaign.status) == (DeliveryOutcome.STOPPED, "cancelled")
    assert len(world.server.asked("PUT")) == (1 if failure.arrives else 2)


@pytest.mark.parametrize("name", FAILURES)
def test_a_request_that_fails_for_two_minutes_is_left_to_a_person_with_an_alert(
    world: World, name: str
) -> None:
    failure = FAILURES[name]
    world.add("running", 800)
    world.abort()
    fault = Fault(cut="before") if failure.arrives else failure.fault
    world.server.faults = [fault] * 99
    for _ in range(40):
        world.deliver(seconds=4)
    assert_left_to_a_person(world, "" if failure.arrives else failure.message)


def client(world: World) -> Any:
    return world.freio.deliveries.platforms["listmonk"].connector._http  # type: ignore[attr-defined]


def assert_left_to_a_person(world: World, message: str) -> None:
    """Assert that a send is in the checklist, with a message and an alert, and nothing is requested."""
    found = world.deliver()
    assert (found.outcome, found.is_by_hand) == (DeliveryOutcome.UNKNOWN, True)
    assert world.row()["verdict_word"] == "Unknown: check there"
    (concern,) = world.freio.concerns.open(9)
    assert concern.concern is Concern.TO_ABORT
    assert message in text(opened("aborts")).replace("\\", "")
    world.freio.alerts.check()
    assert AlertKind.NOT_DELIVERED in {alert.kind for alert in world.freio.alerts.current}
    before = len(world.server.requests)
    world.deliver(seconds=60)
    assert len(world.server.requests) == before


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Return a function with the address of a platform that is down or has a bad certificate."""
    with ExitStack() as stack:

        def address(kind: str) -> str:
            if kind == "down":
                return f"http://127.0.0.1:{closed_port()}"
            server = FaultyServer(server_context(tmp_path))
            stack.enter_context(server.serving())
            return server.url

        yield address


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("down", "Freio cannot connect to listmonk"),
        ("bad certificate", "The TLS certificate of listmonk is not accepted"),
    ],
)
def test_a_platform_that_cannot_be_reached_is_named_tried_again_and_left_to_a_person(
    world: World, elsewhere: Callable[[str], str], kind: str, message: str
) -> None:
    campaigns, http = [world.add("running", 800) for _ in range(2)], client(world)
    there, http._url = http._url, elsewhere(kind)
    world.abort()
    world.deliver()
    assert str(world.row()["verdict_word"]).startswith(SILENT)
    assert message in notice(world).replace("\\", "")
    for _ in range(40):
        world.deliver(seconds=4)
    assert_left_to_a_person(world, message)
    http._url = there
    world.poll()
    assert [each.status for each in campaigns] == ["running", "running"], "nothing arrived there"


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, '{"message": "Permission denied: campaigns:manage"}', "Unknown: check there"),
        (404, '{"message": "Campaign not found"}', "Not in the platform"),
        (409, '{"message": "Only active campaigns"}', "Unknown: check there"),
    ],
)
def test_a_request_that_listmonk_refuses_is_not_repeated_and_shown_with_its_words(
    world: World, status: int, body: str, words: str
) -> None:
    """Another try would be refused too. The words are listmonk's own."""
    world.add("running", 800)
    world.abort()
    world.server.faults.append(answer(status, body))
    found = world.deliver()
    assert found.is_by_hand
    assert world.row()["verdict_word"] == words
    assert body.split('"')[3] in notice(world).replace("\\", "")
    world.deliver(seconds=60)
    assert len(world.server.asked("PUT")) == 1
