"""Which addresses have a page, and the answer of all others."""

import httpx
import pytest
import streamlit as st
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from pages.server.known_pages import KnownPages
from tests.loops import in_a_loop

FRONT_END = HTMLResponse("the front end", headers={"ETag": '"1"'})


def answered(path: str, answer: Response = FRONT_END) -> tuple[int, str]:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, receive, send)

    transport = httpx.ASGITransport(KnownPages(app))

    async def get() -> tuple[int, str]:
        async with httpx.AsyncClient(transport=transport, base_url="http://freio") as client:
            found = await client.get(path, headers={"Accept-Language": "en"})
            return found.status_code, found.text

    return in_a_loop(get())


@pytest.mark.parametrize(
    "path",
    ["/", "/configurations", "/configuration?id=a", "/aborts/", "/help", "/system", "/feeds"],
)
def test_a_page_is_passed_on(path: str) -> None:
    assert answered(path) == (200, "the front end")


@pytest.mark.parametrize("path", ["/nosuchpage", "/configurations/7", "/main", "/__init__"])
def test_an_unknown_address_says_that_there_is_no_page(path: str) -> None:
    status, text = answered(path)
    assert status == 404
    assert f"There is no page at the address {path}." in text
    assert "the front end" not in text


def test_the_address_cannot_become_html() -> None:
    assert "<b>" not in answered("/<b>x</b>")[1]


def test_other_answers_are_passed_on() -> None:
    assert answered("/healthz", JSONResponse({"ok": True})) == (200, '{"ok":true}')


def test_the_path_under_which_freio_is_served_is_the_overview(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(st, "get_option", lambda _name: "tools/freio")
    assert answered("/tools/freio/") == (200, "the front end")
