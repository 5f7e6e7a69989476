"""Cookies are `Secure` only if the browser is known to use HTTPS."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit.web.server.starlette import starlette_auth_routes

from pages.server.security_headers import HEADERS, SecurityHeaders
from tests.loops import in_a_loop


def set_cookies(_request: Request) -> Response:
    """Answer as Streamlit does after a login."""
    answer = PlainTextResponse("in")
    starlette_auth_routes._set_single_cookie(answer, "_streamlit_user", "somebody")
    answer.headers.append("Set-Cookie", "_streamlit_xsrf=2|a|b|1; Path=/; SameSite=Lax")
    answer.headers.append("Set-Cookie", "already=1; Path=/; secure")
    return answer


APP = Starlette(routes=[Route("/", set_cookies)], middleware=[Middleware(SecurityHeaders)])


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starlette_auth_routes, "get_cookie_secret", lambda: "for tests only")


def cookies(address: str, host: str = "") -> list[str]:
    """Return the cookies of an answer, as its headers contain them."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=APP)
        async with httpx.AsyncClient(transport=transport, base_url=address) as client:
            return await client.get("/", headers={"Host": host} if host else {})

    answer = in_a_loop(asked())
    assert answer.headers["X-Frame-Options"] == HEADERS["X-Frame-Options"]
    found = answer.headers.get_list("set-cookie")
    assert [c.split("=")[0] for c in found] == ["_streamlit_user", "_streamlit_xsrf", "already"]
    return [c.lower() for c in found]


def marked(found: list[str]) -> list[int]:
    return [cookie.count("secure") for cookie in found]


def test_over_https_every_cookie_is_marked_once() -> None:
    found = cookies("https://freio.example.com")
    assert marked(found) == [1, 1, 1]
    assert all("httponly" in found[0] and "samesite=lax" in each for each in found[:1])


@pytest.mark.parametrize("host", ["freio.example.com", "Freio.example.com:443"])
def test_behind_a_proxy_that_ends_https_too(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("FREIO_PUBLIC_URL", "https://freio.example.com")
    assert marked(cookies("http://127.0.0.1:8501", host)) == [1, 1, 1]


@pytest.mark.parametrize(
    ("public", "host"),
    [
        ("", "127.0.0.1:8501"),
        ("https://freio.example.com", "localhost:8501"),
        ("https://freio.example.com", "other.example.com"),
        ("http://freio.example.com", "freio.example.com"),
        ("https://freio.example.com", "[nonsense"),
    ],
)
def test_otherwise_they_are_as_they_were_so_that_the_browser_keeps_them(
    monkeypatch: pytest.MonkeyPatch, public: str, host: str
) -> None:
    monkeypatch.setenv("FREIO_PUBLIC_URL", public)
    assert marked(cookies("http://127.0.0.1:8501", host)) == [0, 0, 1]
