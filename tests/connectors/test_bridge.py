"""The bridge in OPERATING.md is extracted from the document and works."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.delivery import AnswerKind, Delivery, DeliveryOutcome
from core.domain.model import Confirmation
from core.errors import ConnectorError
from core.platforms.webhook import WebhookConnector, read_answer
from core.ports.connector import BridgeAnswer, BridgeResult
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import ROOT, Settings
from tests.connectors.faulty_server import (
    Fault,
    FaultyServer,
    Request,
    Response,
    closed_port,
    until,
)
from tests.connectors.test_webhook import OTHER, RECEIPT
from tests.connectors.webhook_receiver import SECRET
from tests.sends import ME, load, send


class Freio(FaultyServer):
    """Takes the answers of the bridge, as Freio's route does."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[BridgeAnswer] = []

    def respond(self, request: Request) -> Response:
        receipt = request.path.removeprefix("/api/aborts/")
        self.answers.append(read_answer(SECRET, request.headers, request.body, receipt))
        return Response(204)


def code() -> str:
    """Return the program in the document."""
    document = (ROOT / "OPERATING.md").read_text(encoding="utf-8")
    found = re.findall(r'^```python\n("""A bridge from Freio.*?)^```$', document, re.M | re.S)
    assert len(found) == 1
    return str(found[0])


@pytest.fixture
def freio() -> Iterator[Freio]:
    server = Freio()
    with server.serving():
        yield server


@pytest.fixture
def bridge(freio: Freio, tmp_path: Path) -> Iterator[str]:
    yield from running(code(), freio, tmp_path)


def running(program: str, freio: FaultyServer, folder: Path) -> Iterator[str]:
    """Run a bridge; yield its address."""
    port = closed_port()
    file = folder / "bridge.py"
    file.write_text(program, encoding="utf-8")
    environment = {
        **os.environ,
        "PORT": str(port),
        "FREIO_PUBLIC_URL": freio.url,
        "FREIO_ABORT_WEBHOOK_SECRET": SECRET,
    }
    with subprocess.Popen(
        [sys.executable, file], env=environment, stderr=subprocess.DEVNULL
    ) as run:
        yield f"http://127.0.0.1:{port}/aborts"
        run.kill()


def abort(address: str, secret: str = SECRET) -> AnswerKind:
    """Send an abort to the bridge as soon as it runs."""
    settings = Settings(abort_webhook_url=address, abort_webhook_secret=secret)
    connector = WebhookConnector(settings, {RECEIPT.id: RECEIPT}.get)
    kinds = []

    def is_answered() -> bool:
        try:
            kinds.append(connector.abort("CFG-1", "r1").kind)
        except ConnectorError as error:
            if "cannot connect" not in str(error):
                raise
        return bool(kinds)

    try:
        until(is_answered, seconds=20)
    finally:
        connector.close()
    return kinds[0]


def test_the_bridge_is_about_forty_lines() -> None:
    lines = [line for line in code().splitlines() if line.strip()]
    assert len(lines) <= 50


def test_the_bridge_stops_a_send_and_reports_the_result(freio: Freio, bridge: str) -> None:
    assert abort(bridge) is AnswerKind.ACCEPTED
    until(lambda: freio.answers)
    found = freio.answers[0]
    assert (found.receipt_id, found.result, found.records_gone) == ("r1", BridgeResult.STOPPED, 0)
    assert found.message == "Promoção de Natal was stopped"


class Whole(FaultyServer):
    """Records the answers of a bridge in a real Freio."""

    freio: Application

    def respond(self, request: Request) -> Response:
        receipt = request.path.removeprefix("/api/aborts/")
        found = read_answer(SECRET, request.headers, request.body, receipt)
        return Response(204 if self.freio.bridge_answers.answer(found) else 404)


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Application]:
    """Yield a Freio on one send, whose aborts go to the bridge."""
    server = Whole()
    with server.serving():
        for address in running(code(), server, tmp_path):
            settings = Settings(
                database="duckdb:///:memory:",
                abort_webhook_url=address,
                abort_webhook_secret=SECRET,
            )
            server.freio = build(settings)
            load(server.freio.store, replace(send("s1"), name="Promoção de Natal"))
            server.freio.store.set_fact("origin", "feed")
            yield server.freio
            server.freio.stop()


def test_an_abort_goes_through_the_bridge_and_is_verified_by_its_answer(whole: Application) -> None:
    id = send("s1").id
    receipt = whole.aborts.abort(id, ME).receipt
    assert receipt is not None

    def delivery() -> Delivery:
        whole.deliveries.run_pending()
        return whole.store.last_deliveries([id])[id]

    until(lambda: delivery().outcome is DeliveryOutcome.STOPPED, seconds=20)
    found = whole.store.receipt(receipt.id)
    assert found is not None
    assert (found.confirmation, found.gone) == (Confirmation.CONFIRMED, 0)
    assert delivery().message == "Promoção de Natal was stopped"


def test_a_message_that_arrives_twice_is_one_abort(freio: Freio, bridge: str) -> None:
    for _ in range(3):
        assert abort(bridge) is AnswerKind.ACCEPTED
    until(lambda: freio.answers)
    assert len(freio.requests) == 1


def test_the_bridge_reports_again_until_freio_has_the_result(freio: Freio, bridge: str) -> None:
    freio.faults += [Fault(response=Response(503)), Fault(cut="after")]
    abort(bridge)
    until(lambda: len(freio.answers) == 2, seconds=15)
    assert freio.answers[0].id == freio.answers[1].id
    assert len(freio.requests) == 3


def test_the_bridge_refuses_a_message_that_freio_did_not_sign(freio: Freio, bridge: str) -> None:
    with pytest.raises(ConnectorError, match="credentials are not accepted by the webhook"):
        abort(bridge, OTHER)
    assert freio.requests == []


def test_the_bridge_reports_that_the_platform_failed(freio: Freio, tmp_path: Path) -> None:
    before = 'return {"result": "stopped"'
    assert before in code()
    failing = code().replace(before, 'raise OSError("the robot has no login"); return {"x": ""')
    for address in running(failing, freio, tmp_path):
        abort(address)
        until(lambda: freio.answers)
    found = freio.answers[0]
    assert (found.result, found.message) == (BridgeResult.FAILED, "the robot has no login")
    assert json.loads(freio.requests[0].body)["type"] == "abort.answered"
