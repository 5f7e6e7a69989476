"""The pages for people who have no access to Freio or to the requested page."""

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

#: The link that leads to the provider, in three languages.
LOG_IN = {"en": "Log in", "pt": "Entrar", "es": "Iniciar sesión"}


@dataclass(frozen=True)
class Entry:
    """A server, the person who opens it ("" or one of the provider's people), and a path."""

    at: str
    person: str = ""
    path: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether its page is plain HTML without Streamlit."""
        return self.path.startswith(("access", "connection"))


ENTRIES: Mapping[str, Entry] = {
    "login needed": Entry("guarded"),
    "login refused": Entry("guarded", path="?login=failed"),
    "provider away": Entry("guarded", path="?login=away"),
    "no role": Entry("guarded", "eve"),
    "session ended": Entry("brief", "ana"),
    "no access token": Entry("open"),
    "the access token's page": Entry("open", path="access"),
    "a wrong access token": Entry("open", path="access?token=made-up"),
    "a proxy that lacks a header": Entry("open", path="connection?origin=http://freio.example"),
    "demo, not a visitor's page": Entry("demo", path="feeds"),
    "demo, a visitor's list": Entry("demo", path="configurations"),
    "not by the proxy": Entry("proxied"),
    "list of roles broken": Entry("broken"),
    "a setting is wrong": Entry("wrong"),
    "not a viewer's page": Entry("guarded", "vera", "feeds"),
    "not an operator's page": Entry("guarded", "otto", "system"),
    "another account's send": Entry("guarded", "rui", "configuration?id=a"),
    "a viewer's list": Entry("guarded", "vera", "configurations"),
    "a viewer's send": Entry("guarded", "vera", "configuration?id=a"),
}


class EntryServers:
    """The servers of the entries, and the login provider that they use."""

    def __init__(self, provider: Provider, addresses: Mapping[str, str]) -> None:
        self.provider, self.addresses = provider, addresses
        # Each person logs in once at each server.
        self._cookies = cache(cookies_of)

    def open(self, page: Page, entry: Entry) -> None:
        """Open an entry as its person."""
        address = self.addresses[entry.at]
        # This ends the login of the last entry, but keeps the browser's cache.
        page.context.clear_cookies()
        if entry.person:
            let_in(page, address, self._cookies(address, entry.person))
        page.goto(f"{address}/{entry.path}")
        page.locator("h1").first.wait_for()
        if page.locator('[data-testid="stApp"]').count() == 0:
            return  # the login page: plain HTML, and complete
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        page.locator(".st-key-frame a").first.wait_for(state="attached")
        page.wait_for_timeout(150)


@contextmanager
def entry_servers(folder: Path) -> Iterator[EntryServers]:
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
            # This server is never ready, and says so on its pages.
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
        yield EntryServers(provider, addresses)
