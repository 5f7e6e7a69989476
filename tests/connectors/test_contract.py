"""What every connector promises, against each platform over its own way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from core.domain.states import State
from core.errors import ConnectorError
from core.platforms.webhook import WebhookConnector
from core.ports.connector import AnswerKind, Connector
from core.settings import Settings
from tests.connectors.conftest import connected
from tests.connectors.faulty_server import Fault, Response
from tests.connectors.listmonk_stand_in import ListmonkStandIn
from tests.connectors.test_webhook import RECEIPT
from tests.connectors.webhook_receiver import SECRET, WebhookReceiver


@dataclass
class Peer:
    """A connector to a platform that has one send, which waits for its time.

    `stops` counts the requests to stop it that were carried out. `lose` makes the platform lose its
    next answer after the work, `leave` makes it unreachable.
    """

    connector: Connector
    id: str
    stops: Callable[[], int]
    lose: Callable[[], None]
    leave: Callable[[], None]


def listmonk() -> Iterator[Peer]:
    server = ListmonkStandIn()
    campaign = server.add("scheduled")
    with server.serving():
        connector = connected(server.url)
        yield Peer(
            connector,
            str(campaign.id),
            lambda: len(server.asked("PUT")),
            lambda: server.faults.append(Fault("PUT", cut="after")),
            lambda: server.faults.extend([Fault(response=Response(503))] * 9),
        )
        connector.close()


def webhook() -> Iterator[Peer]:
    server = WebhookReceiver()
    with server.serving():
        settings = Settings(abort_webhook_url=server.url, abort_webhook_secret=SECRET)
        connector = WebhookConnector.of(settings, {RECEIPT.id: RECEIPT}.get)
        yield Peer(
            connector,
            RECEIPT.configuration_id,
            lambda: len(server.messages),
            lambda: server.faults.append(Fault(cut="after")),
            lambda: server.faults.extend([Fault(response=Response(503))] * 9),
        )
        connector.close()


@pytest.fixture(params=[listmonk, webhook], ids=["listmonk", "webhook"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    yield from request.param()


@pytest.fixture(params=[listmonk], ids=["listmonk"])
def readable(request: pytest.FixtureRequest) -> Iterator[Peer]:
    for peer in request.param():
        assert peer.connector.reads
        yield peer


def test_an_abort_is_accepted_and_carried_out_once(peer: Peer) -> None:
    assert peer.connector.abort(peer.id, "r1").kind is AnswerKind.ACCEPTED
    assert peer.stops() == 1


def test_a_repeated_abort_is_not_carried_out_again(peer: Peer) -> None:
    peer.connector.abort(peer.id, "r1")
    second = peer.connector.abort(peer.id, "r1").kind
    assert second in (AnswerKind.ALREADY_STOPPED, AnswerKind.ACCEPTED)
    assert peer.stops() == 1


def test_an_abort_whose_answer_is_lost_may_have_arrived(peer: Peer) -> None:
    peer.lose()
    with pytest.raises(ConnectorError) as lost:
        peer.connector.abort(peer.id, "r1")
    assert lost.value.may_have_arrived
    assert peer.stops() == 1
    peer.connector.abort(peer.id, "r1")
    assert peer.stops() == 1


def test_a_platform_that_is_away_is_an_error(peer: Peer) -> None:
    peer.leave()
    with pytest.raises(ConnectorError):
        peer.connector.abort(peer.id, "r1")
    assert peer.stops() == 0


def test_an_unknown_send_is_not_found(peer: Peer) -> None:
    assert peer.connector.abort("999", "r1").kind is AnswerKind.NOT_FOUND
    assert peer.stops() == 0


def test_a_reading_shows_the_stop(readable: Peer) -> None:
    before = readable.connector.get(readable.id)
    readable.connector.abort(readable.id, "r1")
    after = readable.connector.get(readable.id)
    assert before is not None
    assert after is not None
    assert before.state is State.SCHEDULED
    assert after.state in (State.CANCELLED, State.DRAFT)
    assert before.read_at <= after.read_at


def test_a_send_that_does_not_exist_has_no_reading(readable: Peer) -> None:
    assert readable.connector.get("999") is None


def test_reading_a_platform_that_is_away_is_an_error(readable: Peer) -> None:
    readable.leave()
    with pytest.raises(ConnectorError):
        readable.connector.get(readable.id)
