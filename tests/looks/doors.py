"""The pages that somebody meets who does not get in, or not to where they wanted."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

from core.settings import ROOT
from tests.journeys.browser import running, serving
from tests.journeys.conftest import Site
from tests.journeys.provider import ROLES, Provider, cookies_of, let_in, providing

#: In three languages, the link that leads to the provider.
LOG_IN = {"en": "Log in", "pt": "Entrar", "es": "Iniciar sesión"}


@dataclass(frozen=True)
class CallerHeaders:
    """A server, whoever stands before it (nobody, or one of the provider's people), and a path."""

    at: str
    person: str = ""
    path: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether its page is one without Streamlit."""
        return self.path.startswith(("access", "connection"))


DOORS: Mapping[str, CallerHeaders] = {
    "login needed": CallerHeaders("guarded"),
    "login refused": CallerHeaders("guarded", path="?login=failed"),
    "provider away": CallerHeaders("guarded", path="?login=away"),
    "no role": CallerHeaders("guarded", "eve"),
    "session ended": CallerHeaders("brief", "ana"),
    "no access token": CallerHeaders("open"),
    "the access token's page": CallerHeaders("open", path="access"),
    "a wrong access token": CallerHeaders("open", path="access?token=made-up"),
    "a proxy that lacks a header": CallerHeaders(
        "open", path="connection?origin=http://freio.example"
    ),
    "demo, not a visitor's page": CallerHeaders("demo", path="feeds"),
    "demo, a visitor's list": CallerHeaders("demo", path="configurations"),
    "not by the proxy": CallerHeaders("proxied"),
    "list of roles broken": CallerHeaders("broken"),
    "a setting is wrong": CallerHeaders("wrong"),
    "not a viewer's page": CallerHeaders("guarded", "vera", "feeds"),
    "not an operator's page": CallerHeaders("guarded", "otto", "system"),
    "another account's send": CallerHeaders("guarded", "rui", "configuration?id=a"),
    "a viewer's list": CallerHeaders("guarded", "vera", "configurations"),
    "a viewer's send": CallerHeaders("guarded", "vera", "configuration?id=a"),
}


class Doors:
    """The servers that the doors belong to, and the provider that they ask."""

    def __init__(self, provider: Provider, addresses: Mapping[str, str]) -> None:
        self.provider, self.addresses = provider, addresses
        # Everybody logs in once at each server.
        self._cookies = cache(cookies_of)

    def come(self, page: Page, door: CallerHeaders) -> None:
        """Come to a door, as its person."""
        address = self.addresses[door.at]
        # Whoever came before is gone; what their browser has loaded stays.
        page.context.clear_cookies()
        if door.person:
            let_in(page, address, self._cookies(address, door.person))
        page.goto(f"{address}/{door.path}")
        page.locator("h1").first.wait_for()
        if page.locator('[data-testid="stApp"]').count() == 0:
            return  # the sign-in page: plain HTML, and complete
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        page.locator(".st-key-frame a").first.wait_for(state="attached")
        page.wait_for_timeout(150)


@contextmanager
def doors(folder: Path) -> Iterator[Doors]:
    """Start the servers."""
    roles, broken = folder / "roles.toml", folder / "broken.toml"
    roles.write_text(ROLES)
    broken.write_text("people = [")
    quiet = {"FREIO_DEMO": "off", "FREIO_REFRESH_SECONDS": "60"}
    with ExitStack() as stack:
        provider = stack.enter_context(providing())

        def serve(name: str, **settings: str) -> str:
            (folder / name).mkdir()
            target = "tests.journeys.server:app"
            return stack.enter_context(serving(target, folder / name, **quiet | settings))

        login = provider.settings(roles)
        addresses = {
            "guarded": serve("guarded", **login),
            "brief": serve("brief", **login, FREIO_SESSION_HOURS=str(0.2 / 3600)),
            "broken": serve("broken", **login | {"FREIO_ROLES": str(broken)}),
            "open": serve("open"),
            "demo": serve("demo"),
            "proxied": serve(
                "proxied", FREIO_USER_HEADER="X-Forwarded-User", FREIO_TRUSTED_PROXIES="10.9.9.9"
            ),
            # It is never ready, and says so on its pages.
            "wrong": stack.enter_context(
                running(
                    ["-m", "uvicorn", "dashboard:app", "--host", "127.0.0.1", "--port"],
                    "/healthz",
                    folder / "wrong.log",
                    ROOT,
                    {"FREIO_PACE": "quick"},
                )
            ),
        }
        for name in ("guarded", "open", "demo"):
            Site(addresses[name]).seed()
        Site(addresses["open"]).own_feed()
        yield Doors(provider, addresses)
