"""Aborts by webhook: signed messages to a bridge, and the answers of the bridge.

Messages in both directions follow Standard Webhooks (https://www.standardwebhooks.com). Both
directions use the same secret. The id of Freio's message is the receipt id. If a bridge gets the
same id again, it must not abort again, but repeat its first answer.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from core.domain.delivery import AnswerKind
from core.domain.model import Confirmation, Receipt, ReceiptId
from core.errors import N_, FreioError
from core.infrastructure.clock import Clock, utc_now
from core.ports.connector import Answer, BridgeAnswer, BridgeResult, Reading, cleaned
from core.settings import Settings

#: The maximum number of bytes of an HTTP answer. Freio uses only the status.
_MAX_ANSWER: Final = 1_000_000
_MAX_ID: Final = 200
_MAX_RECORDS: Final = 2**53

#: The answer if a file has already reported the result of the abort.
_KNOWN: Final = {
    Confirmation.CONFIRMED: AnswerKind.ALREADY_STOPPED,
    Confirmation.CONTRADICTED: AnswerKind.TOO_LATE,
    # A message would stop a send that a person has scheduled again.
    Confirmation.RAN_AGAIN: AnswerKind.ALREADY_STOPPED,
}

_NOT_NOTED: Final = N_("Nothing was noted; the abort stays where it was, and its send may go out.")


class WebhookConnector:
    """Sends each abort as a message. `receipt_of` returns the receipt for an id, or None."""

    reads = False

    def __init__(
        self,
        settings: Settings,
        receipt_of: Callable[[ReceiptId], Receipt | None],
        clock: Clock = utc_now,
    ) -> None:
        # The import of httpx takes 0.1 s, and the page server does not need httpx.
        from core.platforms.http_client import HttpClient

        self._http = HttpClient(
            settings.abort_webhook_url,
            N_("the webhook"),
            "FREIO_ABORT_WEBHOOK_URL",
            {"Content-Type": "application/json"},
            credentials="FREIO_ABORT_WEBHOOK_SECRET",
            max_bytes=_MAX_ANSWER,
        )
        self._webhook = Webhook(settings.abort_webhook_secret)
        self._receipt_of, self._clock = receipt_of, clock

    def close(self) -> None:
        """End all connections."""
        self._http.close()

    def list(self, *, live: bool) -> Iterator[Mapping[str, object]]:
        """Raise NotImplementedError."""
        raise NotImplementedError

    def get(self, send_id: str) -> Reading | None:
        """Raise NotImplementedError."""
        raise NotImplementedError

    def abort(self, send_id: str, key: str) -> Answer:
        """Send the message about an open abort. `key` is the receipt's id.

        Any 2xx status means that the bridge accepted the message.
        """
        receipt = self._receipt_of(ReceiptId(key))
        if receipt is None or receipt.configuration_id != send_id:
            return Answer(AnswerKind.NOT_FOUND, was_requested=False)
        if receipt.confirmation in _KNOWN:
            return Answer(_KNOWN[receipt.confirmation], was_requested=False)
        now = self._clock()
        body = json.dumps(message(receipt, now))
        answer = self._http.request(
            "POST",
            body=body.encode(),
            headers={
                "webhook-id": key,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": self._webhook.sign(key, now.astimezone(UTC), body),
            },
        )
        if 200 <= answer.status < 300:
            return Answer(AnswerKind.ACCEPTED)
        raise self._http.refused(answer)


def message(receipt: Receipt, now: datetime) -> dict[str, Any]:
    """Return the message about an accepted abort, as JSON values."""
    return {
        "type": "abort.requested",
        "timestamp": now.isoformat(),
        "data": {
            "receipt": receipt.id,
            "requested_at": receipt.requested_at.isoformat(),
            "send": {
                "id": receipt.configuration_id,
                "name": receipt.configuration_name,
                "account": receipt.account,
                "state": receipt.state_before.value,
                "recipients": receipt.total_records,
                "generated": receipt.generated_records,
                "facts_at": receipt.facts_at and receipt.facts_at.isoformat(),
            },
            "decision": receipt.verdict.value,
            "person": receipt.actor,
            "role": receipt.role,
            "reason": receipt.reason,
            "note": receipt.note,
        },
    }


class BridgeError(FreioError):
    """Freio refuses the answer of a bridge.

    `is_signed` is False if the signature is missing, wrong or too old.
    """

    means = _NOT_NOTED

    def __init__(self, happened: str, todo: str, /, *, is_signed: bool = True) -> None:
        super().__init__(happened, todo)
        self.is_signed = is_signed


def read_answer(
    secret: str, headers: Mapping[str, str], body: bytes, receipt_id: str
) -> BridgeAnswer:
    """Return the bridge's answer. Raise BridgeError if the answer is not valid.

    The address of the HTTP request contains the receipt id. The signature does not cover the
    address, so the body must contain the receipt id too.
    """
    sent_at = _verified(secret, headers, body)
    id = headers["webhook-id"]
    if len(id) > _MAX_ID or not id.isprintable():
        raise BridgeError(
            N_("The header webhook-id is too long or has control characters."),
            N_("Use at most 200 printable characters."),
        )
    try:
        content = json.loads(body)
        data = content["data"]
        if content["type"] != "abort.answered" or data["receipt"] != receipt_id:
            raise ValueError("another message")
        result = BridgeResult(data["result"])
        gone, words = data.get("records_gone"), data.get("message", "")
        if not isinstance(words, str) or not (gone is None or _is_count(gone)):
            raise ValueError("another type")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BridgeError(
            N_("The content of the answer is not valid."),
            N_("Send it as OPERATING.md describes, with the receipt of the address."),
        ) from error
    return BridgeAnswer(receipt_id, result, gone, cleaned(words), id, sent_at)


def _verified(secret: str, headers: Mapping[str, str], body: bytes) -> datetime:
    """Verify the signature. Return the time at which the message was signed."""
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    # The library raises ValueError if a header or the body cannot be decoded.
    except (WebhookVerificationError, ValueError) as error:
        if "too old" in str(error) or "too new" in str(error):
            raise BridgeError(
                N_("The answer was signed more than five minutes ago, or the clocks differ."),
                N_("Sign it again when it is sent, and check both clocks."),
                is_signed=False,
            ) from error
        raise BridgeError(
            N_("The signature of the answer is missing or wrong."),
            N_("Sign it by Standard Webhooks with the secret in FREIO_ABORT_WEBHOOK_SECRET."),
            is_signed=False,
        ) from error
    return datetime.fromtimestamp(int(float(headers["webhook-timestamp"])), UTC)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MAX_RECORDS
