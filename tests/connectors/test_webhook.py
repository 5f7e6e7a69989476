"""Aborts by webhook, over real HTTP, and the answers of bridges."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from core.domain.delivery import AnswerKind
from core.domain.model import ConfigurationId, Confirmation, Receipt, ReceiptId
from core.domain.states import State, Verdict
from core.errors import ConnectorError
from core.platforms.webhook import BridgeError, WebhookConnector, read_answer
from core.ports.connector import Answer, BridgeAnswer, BridgeResult
from core.settings import Settings
from tests.connectors.faulty_server import Fault, Response
from tests.connectors.webhook_receiver import SECRET, WebhookReceiver

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
RECEIPT = Receipt(
    id=ReceiptId("r1"),
    configuration_id=ConfigurationId("CFG-1"),
    configuration_name="Promoção de Natal",
    account="acme",
    requested_at=NOON,
    actor="Ana",
    role="operator",
    verdict=Verdict.CANCEL_NOW,
    refusal=None,
    state_before=State.SCHEDULED,
    state_after=State.CANCELLED,
    total_records=40_000,
    generated_records=0,
    spared=40_000,
    gone=0,
    reason="wrong_audience",
    note="the list of May",
    facts_at=NOON - timedelta(seconds=20),
    confirmation=Confirmation.OPEN,
)


@pytest.fixture
def webhook(receiver: WebhookReceiver) -> Iterator[WebhookConnector]:
    settings = Settings(
        abort_webhook_url=receiver.url + "/aborts?key=1", abort_webhook_secret=SECRET
    )
    made = WebhookConnector(settings, {RECEIPT.id: RECEIPT}.get)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        (Confirmation.CONFIRMED, AnswerKind.ALREADY_STOPPED),
        (Confirmation.CONTRADICTED, AnswerKind.TOO_LATE),
    ],
)
def test_an_abort_that_a_file_has_settled_is_not_sent(
    receiver: WebhookReceiver, webhook: WebhookConnector, known: Confirmation, answer: AnswerKind
) -> None:
    webhook._receipt_of = {RECEIPT.id: replace(RECEIPT, confirmation=known)}.get
    assert webhook.abort("CFG-1", "r1") == Answer(answer, was_requested=False)
    assert receiver.messages == {}


def test_an_abort_is_sent_with_facts_decision_person_and_reason(
    receiver: WebhookReceiver, webhook: WebhookConnector
) -> None:
    assert webhook.abort("CFG-1", "r1") == Answer(AnswerKind.ACCEPTED)
    message = receiver.messages["r1"]
    assert message["type"] == "abort.requested"
    assert message["data"] == {
        "receipt": "r1",
        "requested_at": "2026-11-29T12:00:00+00:00",
        "send": {
            "id": "CFG-1",
            "name": "Promoção de Natal",
            "account": "acme",
            "state": "SCHEDULED",
            "recipients": 40_000,
            "generated": 0,
            "facts_at": "2026-11-29T11:59:40+00:00",
        },
        "decision": "cancel_now",
        "person": "Ana",
        "role": "operator",
        "reason": "wrong_audience",
        "note": "the list of May",
    }
    assert receiver.requests[0].path == "/aborts"
    assert receiver.requests[0].query == {"key": ["1"]}
    assert receiver.requests[0].headers["content-type"] == "application/json"


def test_a_repeated_message_has_the_same_id_and_a_new_signature(
    receiver: WebhookReceiver, webhook: WebhookConnector
) -> None:
    webhook.abort("CFG-1", "r1")
    webhook._clock = lambda: datetime.now(UTC) + timedelta(seconds=2)
    webhook.abort("CFG-1", "r1")
    first, second = (request.headers for request in receiver.requests)
    assert first["webhook-id"] == second["webhook-id"] == "r1"
    assert first["webhook-signature"] != second["webhook-signature"]
    assert list(receiver.messages) == ["r1"]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_each_2xx_is_an_acceptance_with_any_content(
    receiver: WebhookReceiver, webhook: WebhookConnector, status: int
) -> None:
    receiver.faults.append(Fault(response=Response(status, b"<html>")))
    assert webhook.abort("CFG-1", "r1").kind is AnswerKind.ACCEPTED


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410])
def test_each_refusal_is_an_error(
    receiver: WebhookReceiver, webhook: WebhookConnector, status: int
) -> None:
    receiver.faults.append(Fault(response=Response(status)))
    with pytest.raises(ConnectorError, match=rf"refused by the webhook \(HTTP {status}\)"):
        webhook.abort("CFG-1", "r1")


def test_a_lost_answer_may_have_arrived(
    receiver: WebhookReceiver, webhook: WebhookConnector
) -> None:
    receiver.faults.append(Fault(cut="after"))
    with pytest.raises(ConnectorError) as lost:
        webhook.abort("CFG-1", "r1")
    assert lost.value.may_have_arrived
    assert list(receiver.messages) == ["r1"]


def test_nothing_is_sent_without_the_receipt(
    receiver: WebhookReceiver, webhook: WebhookConnector
) -> None:
    assert webhook.abort("CFG-1", "r2").kind is AnswerKind.NOT_FOUND
    assert webhook.abort("CFG-2", "r1").kind is AnswerKind.NOT_FOUND
    assert receiver.requests == []


def test_sends_cannot_be_read_through_a_webhook(webhook: WebhookConnector) -> None:
    assert not webhook.reads
    with pytest.raises(NotImplementedError):
        webhook.get("CFG-1")
    with pytest.raises(NotImplementedError):
        webhook.list(live=True)


def test_the_secret_is_in_no_message_and_no_error(
    receiver: WebhookReceiver, webhook: WebhookConnector
) -> None:
    receiver.faults.append(Fault("", response=Response(500)))
    with pytest.raises(ConnectorError) as failed:
        webhook.abort("CFG-1", "r1")
    webhook.abort("CFG-1", "r1")
    sent = b"".join(request.body for request in receiver.requests).decode()
    key = SECRET.removeprefix("whsec_")
    assert key not in sent + str(failed.value) + repr(failed.value.values) + str(
        [request.headers for request in receiver.requests]
    )


# The answers of bridges.


def signed(
    data: object,
    *,
    id: str = "m1",
    at: float | None = None,
    secret: str = SECRET,
    kind: str = "abort.answered",
) -> tuple[dict[str, str], bytes]:
    body = json.dumps({"type": kind, "timestamp": NOON.isoformat(), "data": data})
    when = datetime.fromtimestamp(time.time() if at is None else at, UTC)
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(int(when.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, when, body),
    }
    return headers, body.encode()


STOPPED = {"receipt": "r1", "result": "stopped", "records_gone": 0, "message": "done"}


@pytest.mark.parametrize("result", list(BridgeResult))
def test_an_answer_is_read(result: BridgeResult) -> None:
    at = int(time.time())
    headers, body = signed({**STOPPED, "result": result.value, "records_gone": 12_400}, at=at)
    assert read_answer(SECRET, headers, body, "r1") == BridgeAnswer(
        "r1", result, 12_400, "done", "m1", datetime.fromtimestamp(at, UTC)
    )


def test_a_bridge_may_leave_out_the_count_and_the_message() -> None:
    headers, body = signed({"receipt": "r1", "result": "failed"})
    found = read_answer(SECRET, headers, body, "r1")
    assert (found.records_gone, found.message) == (None, "")


def test_a_message_is_cut_and_has_no_control_characters() -> None:
    headers, body = signed({**STOPPED, "message": "a\n\x00" + "b" * 1_000})
    found = read_answer(SECRET, headers, body, "r1")
    assert found.message == "a  " + "b" * 497


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_replayed_answer_and_one_from_the_future_are_refused(minutes: int) -> None:
    headers, body = signed(STOPPED, at=time.time() + minutes * 60)
    with pytest.raises(BridgeError, match="signed more than five minutes ago") as refused:
        read_answer(SECRET, headers, body, "r1")
    assert not refused.value.is_signed


OTHER = "whsec_" + base64.b64encode(b"another secret of the tests, ok!").decode()


def _changed_body(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    return headers, body.replace(b"done", b"DONE")


def _changed_time(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    later = str(int(headers["webhook-timestamp"]) + 1)
    return headers | {"webhook-timestamp": later}, body


def _header(name: str, value: str | None) -> Callable[..., tuple[dict[str, str], bytes]]:
    def change(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        rest = {key: text for key, text in headers.items() if key != name}
        return (rest if value is None else rest | {name: value}), body

    return change


@pytest.mark.parametrize(
    "change",
    [
        _changed_body,
        _changed_time,
        _header("webhook-id", "m2"),
        _header("webhook-id", None),
        _header("webhook-timestamp", None),
        _header("webhook-timestamp", "now"),
        _header("webhook-timestamp", "nan"),
        _header("webhook-timestamp", "9" * 400),
        _header("webhook-signature", None),
        _header("webhook-signature", ""),
        _header("webhook-signature", "v1"),
        _header("webhook-signature", "v1,é"),
        _header("webhook-signature", "v1,AAAA"),
        _header("webhook-signature", "v1a,AAAA"),
        _header("webhook-signature", "a,b,c"),
    ],
)
def test_an_answer_without_the_right_signature_is_refused(
    change: Callable[..., tuple[dict[str, str], bytes]],
) -> None:
    headers, body = change(*signed(STOPPED))
    with pytest.raises(BridgeError, match="signature of the answer is missing or wrong") as refused:
        read_answer(SECRET, headers, body, "r1")
    assert not refused.value.is_signed


def test_an_answer_with_another_secret_is_refused() -> None:
    headers, body = signed(STOPPED, secret=OTHER)
    with pytest.raises(BridgeError, match="signature of the answer"):
        read_answer(SECRET, headers, body, "r1")


def test_a_body_that_is_not_text_is_refused() -> None:
    headers, _ = signed(STOPPED)
    with pytest.raises(BridgeError, match="signature of the answer"):
        read_answer(SECRET, headers, b"\xff\xfe", "r1")


def test_an_answer_to_another_receipt_is_refused() -> None:
    """The signature does not cover the address."""
    headers, body = signed(STOPPED)
    with pytest.raises(BridgeError, match="content of the answer is not valid") as refused:
        read_answer(SECRET, headers, body, "r2")
    assert refused.value.is_signed


def test_the_message_to_the_bridge_is_not_accepted_as_an_answer() -> None:
    headers, body = signed(STOPPED, kind="abort.requested")
    with pytest.raises(BridgeError, match="content of the answer is not valid"):
        read_answer(SECRET, headers, body, "r1")


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "stopped",
        {},
        {"receipt": "r1"},
        {**STOPPED, "result": "Stopped"},
        {**STOPPED, "result": ["stopped"]},
        {**STOPPED, "records_gone": -1},
        {**STOPPED, "records_gone": "0"},
        {**STOPPED, "records_gone": 0.5},
        {**STOPPED, "records_gone": True},
        {**STOPPED, "records_gone": 2**60},
        {**STOPPED, "message": 7},
    ],
)
def test_content_that_is_not_valid_is_refused(data: object) -> None:
    headers, body = signed(data)
    with pytest.raises(BridgeError, match="content of the answer is not valid"):
        read_answer(SECRET, headers, body, "r1")


def test_an_id_that_is_too_long_is_refused() -> None:
    headers, body = signed(STOPPED, id="m" * 201)
    with pytest.raises(BridgeError, match="webhook-id is too long"):
        read_answer(SECRET, headers, body, "r1")


def test_a_receipt_without_known_recipients_is_sent_too(
    receiver: WebhookReceiver, webhook: WebhookConnector
) -> None:
    unknown = replace(RECEIPT, generated_records=None, facts_at=None)
    webhook._receipt_of = {RECEIPT.id: unknown}.get
    webhook.abort("CFG-1", "r1")
    send = receiver.messages["r1"]["data"]["send"]
    assert (send["generated"], send["facts_at"]) == (None, None)
