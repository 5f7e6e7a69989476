"""Which answers the login page replaces, and how a login cookie is read."""

import json
from collections.abc import Mapping

import httpx
import pytest
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from core.access.identity import Identity, NoRole
from core.domain.model import Actor, Role
from pages.server import require_role
from pages.viewer import current_user, login_cookie
from pages.viewer.login_cookie import claims_of
from tests.loops import in_a_loop

SECRET = "a-secret-for-this-test"
NOBODY = Identity(Actor(""), NoRole.LOGGED_OUT)
SOMEBODY = Identity(Actor("ana", Role.VIEWER))


def answered(monkeypatch: pytest.MonkeyPatch, found: Identity, answer: Response) -> str:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, receive, send)

    monkeypatch.setattr(current_user, "identity_of", lambda _scope: found)
    monkeypatch.setattr(require_role, "login_page", lambda _connection, _found: "the login page")
    transport = httpx.ASGITransport(require_role.RequireRole(app))

    async def get() -> str:
        async with httpx.AsyncClient(transport=transport, base_url="http://freio") as client:
            return (await client.get("/")).text

    return in_a_loop(get())


def test_only_the_front_end_is_replaced_and_only_for_who_has_no_role(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    front_end = HTMLResponse("the front end", headers={"ETag": '"1"'})
    assert answered(monkeypatch, NOBODY, front_end) == "the login page"
    assert answered(monkeypatch, SOMEBODY, front_end) == "the front end"
    assert answered(monkeypatch, NOBODY, HTMLResponse("a form")) == "a form"
    assert answered(monkeypatch, NOBODY, JSONResponse({})) == "{}"


def connection(cookies: Mapping[str, str], **headers: str) -> HTTPConnection:
    all_headers = {"host": "freio.example.com", **headers}
    all_headers["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    raw = [(name.encode(), value.encode("latin-1")) for name, value in all_headers.items()]
    return HTTPConnection({"type": "http", "headers": raw})


def cookie(claims: object) -> dict[str, str]:
    name = "_streamlit_user"
    return {name: create_signed_value(SECRET, name, json.dumps(claims)).decode()}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_cookie, "get_cookie_secret", lambda: SECRET)


def test_a_signed_cookie_of_this_address_gives_its_claims() -> None:
    good = cookie({"origin": "https://freio.example.com", "is_logged_in": True, "sub": "ana"})
    assert claims_of(connection(good)) == {"is_logged_in": True, "sub": "ana"}
    assert claims_of(connection(good, origin="https://freio.example.com")) != {}


@pytest.mark.parametrize(
    "cookies",
    [
        {},
        {"_streamlit_user": ""},
        {"_streamlit_user": "2|1:0|10:1|15:_streamlit_user|0:|0"},
        {"_streamlit_user": "ÿþ" * 100},
        cookie({"origin": "https://elsewhere.example.com", "is_logged_in": True}),
        cookie({"is_logged_in": True}),
        cookie(["is_logged_in"]),
        cookie("chunks-2"),
        {"_streamlit_user_tokens": cookie({"is_logged_in": True})["_streamlit_user"]},
    ],
)
def test_any_other_cookie_gives_no_claims(cookies: dict[str, str]) -> None:
    assert claims_of(connection(cookies)) == {}


def test_a_cookie_of_this_address_counts_for_no_page_of_another() -> None:
    good = cookie({"origin": "https://freio.example.com", "is_logged_in": True})
    assert claims_of(connection(good, origin="https://elsewhere.example.com")) == {}
    assert claims_of(connection(good, origin="https://[")) == {}
    assert claims_of(connection(good, host="freio.example.com:8501")) == {}
