"""A real OpenID Connect provider on loopback, and the settings for a dashboard that uses it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Page

from tests.journeys.browser import free_port

COOKIE_SECRET = "a-cookie-secret-for-tests-only"
CLIENT_SECRET = "a-client-secret-for-tests-only"

ROLES = """
[people]
"ana@example.com" = "administrator"
"rui@example.com" = { role = "operator", accounts = ["Sul"] }
"otto@example.com" = "operator"
"vera@example.com" = "viewer"
"""


class Provider:
    """The provider's process. It logs in the person named in its form; `sub` is the address."""

    def __init__(self) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        people = ("ana", "rui", "otto", "vera", "eve")
        claims = [
            f'{{"sub":"{p}","email":"{p}@example.com","email_verified":true}}' for p in people
        ]
        claims_options = [part for each in claims for part in ("--user-claims", each)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--port", str(self.port), *claims_options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(100):
            try:
                httpx.get(self.metadata).raise_for_status()
                return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError("the provider does not answer")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    @property
    def metadata(self) -> str:
        return f"{self.address}/.well-known/openid-configuration"

    def settings(self, roles: Path) -> dict[str, str]:
        return {
            "FREIO_OIDC_URL": self.metadata,
            "FREIO_OIDC_CLIENT": "freio",
            "FREIO_OIDC_SECRET": CLIENT_SECRET,
            "FREIO_COOKIE_SECRET": COOKIE_SECRET,
            "FREIO_PUBLIC_URL": "{address}",
            "FREIO_ROLES": str(roles),
        }


@contextmanager
def providing() -> Iterator[Provider]:
    """Run a provider."""
    made = Provider()
    made.start()
    try:
        yield made
    finally:
        made.stop()


def log_in(page: Page, address: str, person: str) -> None:
    """Log a person in with the login page and the provider's form."""
    page.goto(address)
    page.get_by_role("link", name="Log in", exact=True).click()
    page.get_by_role("button", name=person, exact=True).click()
    page.wait_for_url(f"{address}/**")


def cookies_of(address: str, person: str) -> dict[str, str]:
    """Log a person in with the requests of a browser, without a browser; return the cookies."""
    with httpx.Client(base_url=address, follow_redirects=True, timeout=30) as client:
        form = client.get("/auth/login").raise_for_status()
        # It ends at Freio. A person without a role gets the login page.
        client.post(form.url, data={"sub": person})
        assert "_streamlit_user" in client.cookies
        # This is the first request of a page. Its answer sets the cookie against forged requests.
        client.get("/_stcore/health").raise_for_status()
        return {cookie.name: cookie.value or "" for cookie in client.cookies.jar}


def let_in(page: Page, address: str, cookies: dict[str, str]) -> None:
    """Give a browser window the cookies of a person who is logged in."""
    page.context.add_cookies(
        [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
    )
