"""The access token of the servers under test, and the cookie that proves it to all of them."""

from typing import Final

from playwright.sync_api import BrowserContext

from core.access.access_token import COOKIE, AccessToken

TOKEN: Final = "an-access-token-for-tests-only"
COOKIES: Final = {COOKIE: AccessToken(TOKEN.encode(), TOKEN).cookie_for(TOKEN) or ""}
HEADERS: Final = {"Cookie": "; ".join(f"{name}={value}" for name, value in COOKIES.items())}


def admit(context: BrowserContext) -> None:
    """Give a browser the cookie, as the link does."""
    context.add_cookies(
        [{"name": n, "value": v, "url": "http://127.0.0.1"} for n, v in COOKIES.items()]
    )
