"""What every connector must do, tested with each platform."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import cast

import pytest

from core.domain.delivery import AnswerKind
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import State
from core.errors import ConnectorError
from core.infrastructure.clock import utc_now
from core.platforms.webhook import WebhookConnector
from core.ports.connector import Answer, Connector
from core.settings import Settings
from tests.behaving_connector import BehavingConnector, Behaviour
from tests.connectors.conftest import connected
from tests.connectors.faulty_server import Fault, Response
from tests.connectors.listmonk_stand_in import ListmonkStandIn
from tests.connectors.test_webhook import RECEIPT
from tests.connectors.webhook_receiver import SECRET, WebhookReceiver
from tests.sends import send


@dataclass
class Peer:
    """A connector to a platform that has one send, which waits for its time.

    `stops` returns how many requests to stop it were carried out. `lose` makes the platform lose its
    next answer after the work. `leave` makes the platform unreachable.
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
        connector = WebhookConnector(settings, {RECEIPT.id: RECEIPT}.get)
        yield Peer(
            connector,
            RECEIPT.configuration_id,
            lambda: len(server.messages),
            lambda: server.faults.append(Fault(cut="after")),
            lambda: server.faults.extend([Fault(response=Response(503))] * 9),
        )
        connector.close()


@dataclass
class Sends:
    """The store of the demo."""

    sends: dict[str, SendConfiguration]

    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        return self.sends.get(id)


class AfterTheWrite(BehavingConnector):
    """In the demo, Freio writes the abort into the platform's own record, and then requests it."""

    def abort(self, send_id: str, key: str) -> Answer:
        if found := self.store.configuration(ConfigurationId(send_id)):
            cast(Sends, self.store).sends[send_id] = replace(found, state=State.CANCELLED)
        return BehavingConnector.abort(self, send_id, key)


def simulated() -> Iterator[Peer]:
    behaviour = Behaviour()
    connector = AfterTheWrite(Sends({"1": send("1")}), utc_now, behaviour=behaviour)
    yield Peer(
        connector,
        "1",
        lambda: len(connector.stopped),
        lambda: setattr(behaviour, "lost", 1),
        lambda: setattr(behaviour, "is_away", True),
    )


@pytest.fixture(params=[listmonk, webhook, simulated], ids=lambda made: made.__name__)
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    yield from request.param()


@pytest.fixture(params=[listmonk, simulated], ids=lambda made: made.__name__)
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
