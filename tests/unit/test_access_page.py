"""The page that reads the access token."""

import asyncio

import pytest
from starlette.types import Message

from pages.server.access_page import PATH, AccessPage
from tests.loops import in_a_loop


def test_a_form_that_never_ends_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.server.access_page.REQUEST_SECONDS", 0.05)
    parts = [{"type": "http.request", "body": b"token=", "more_body": True}]
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop() if parts else await asyncio.Event().wait() or {}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": []}
    in_a_loop(asyncio.wait_for(AccessPage()(scope, receive, send), 5))
    assert sent[0]["status"] == 200
