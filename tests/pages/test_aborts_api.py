"""Which answers of bridges over HTTP are recorded, and which are refused."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from core.errors import N_, OutcomeUnknownError, StoreBusyError
from core.ports.connector import BridgeAnswer, BridgeResult
from core.runtime import instance
from core.settings import Settings
from pages.server.aborts_api import AbortsApi
from tests.connectors.test_webhook import STOPPED, signed
from tests.connectors.webhook_receiver import SECRET
from tests.loops import in_a_loop


class Answers:
    """A service that records the answers to receipt r1."""

    def __init__(self) -> None:
        self.found: list[BridgeAnswer] = []
        self.error: Exception | None = None

    def answer(self, answer: BridgeAnswer) -> bool:
        if self.error is not None:
            raise self.error
        self.found.append(answer)
        return answer.receipt_id == "r1"


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Settings(abort_webhook_url="https://b.example.com", abort_webhook_secret=SECRET)
    monkeypatch.setattr(instance, "settings", lambda: made)


def asked(
    answers: Answers,
    method: str = "POST",
    receipt: str = "r1",
    *,
    total: float = 10,
    delay: float = 0,
    **rest: Any,
) -> httpx.Response:
    async def ask() -> httpx.Response:
        api = AbortsApi(lambda: answers, total=total, delay=delay)
        app = Starlette(routes=[Route("/api/aborts/{receipt}", api)])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://freio") as http:
            return await http.request(method, f"/api/aborts/{receipt}", **rest)

    return in_a_loop(ask())


def refused(answer: httpx.Response, status: int, detail: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]


def test_an_answer_is_recorded(answers: Answers) -> None:
    headers, body = signed(STOPPED)
    answer = asked(answers, headers=headers, content=body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [(each.receipt_id, each.result) for each in answers.found] == [
        ("r1", BridgeResult.STOPPED)
    ]


def test_an_answer_that_is_sent_again_is_accepted_again(answers: Answers) -> None:
    headers, body = signed(STOPPED)
    for _ in range(2):
        assert asked(answers, headers=headers, content=body).status_code == 204
    assert len({each.id for each in answers.found}) == 1


def test_an_unknown_receipt_is_not_found(answers: Answers) -> None:
    headers, body = signed({**STOPPED, "receipt": "r2"})
    answer = asked(answers, receipt="r2", headers=headers, content=body)
    refused(answer, 404, "No abort with this receipt was sent by webhook")


def test_an_answer_for_another_address_is_refused(answers: Answers) -> None:
    headers, body = signed(STOPPED)
    refused(asked(answers, receipt="r2", headers=headers, content=body), 422, "not valid")
    assert answers.found == []


def test_a_wrong_signature_is_refused_after_a_delay(answers: Answers) -> None:
    headers, body = signed(STOPPED)
    begun = time.monotonic()
    answer = asked(answers, headers=headers, content=body + b" ", delay=0.3)
    refused(answer, 401, "signature of the answer is missing or wrong")
    assert time.monotonic() - begun > 0.3
    assert answers.found == []
    assert SECRET not in answer.text


def test_a_replayed_answer_is_refused(answers: Answers) -> None:
    headers, body = signed(STOPPED, at=time.time() - 600)
    refused(asked(answers, headers=headers, content=body), 401, "more than five minutes ago")
    assert answers.found == []


def test_an_answer_that_is_too_large_is_not_read_to_its_end(answers: Answers) -> None:
    sent = []

    async def large() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            sent.append(1)
            yield b"x" * 10_000

    refused(asked(answers, content=large()), 413, "larger than 64 KB")
    assert len(sent) < 10


def test_an_answer_that_does_not_arrive_in_time_is_refused(answers: Answers) -> None:
    async def slow() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    refused(asked(answers, content=slow(), total=0.2), 408, "did not arrive in time")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_answered(answers: Answers, method: str) -> None:
    answer = asked(answers, method)
    refused(answer, 405, "Only POST")
    assert answer.headers["allow"] == "POST"


def test_without_a_secret_the_route_does_not_exist(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance, "settings", lambda: Settings())
    headers, body = signed(STOPPED)
    refused(asked(answers, headers=headers, content=body), 404, "There is nothing here")


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (StoreBusyError(N_("Busy."), N_("Wait.")), "busy or unavailable"),
        (OutcomeUnknownError(N_("Away."), N_("Wait.")), "does not answer"),
    ],
)
def test_a_bridge_sends_its_answer_again_if_the_database_is_unavailable(
    answers: Answers, error: Exception, detail: str
) -> None:
    answers.error = error
    headers, body = signed(STOPPED)
    answer = asked(answers, headers=headers, content=body)
    refused(answer, 503, detail)
    assert answer.headers["retry-after"] == "10"


def test_the_refusal_is_in_the_language_of_the_request(answers: Answers) -> None:
    headers, _ = signed(STOPPED)
    answer = asked(answers, headers=headers | {"Accept-Language": "pt-BR"}, content=b"{}")
    refused(answer, 401, "A assinatura da resposta falta ou está errada")
