"""The launcher: the server with its routes, and what starts and stops with it.

`streamlit run dashboard.py` and `uvicorn dashboard:app` both serve it. Pages live in `pages/`, and
`pages/main.py` navigates between them: as long as the main script has no `pages/` folder beside
it, Streamlit's old multipage mode never runs a page without the main script before it.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core import wiring
from core.errors import FreioError, SettingsError
from pages.parts import connection
from pages.parts.access_page import AccessPage
from pages.parts.connection import Connection
from pages.parts.door import Door
from pages.parts.feeds_api import FeedsApi
from pages.parts.http import SecurityHeaders
from pages.parts.login_answers import LoginAnswers
from pages.parts.metrics_api import MetricsApi
from pages.parts.reader import RememberLanguage
from pages.parts.start import show_way_in
from pages.parts.trouble import show_trouble
from pages.parts.uploads import Uploads

HERE = Path(__file__).resolve().parent

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
log = logging.getLogger("core.launcher")

#: What pages import at first use. Their own parts are left to them: some register with a session.
_NEEDED = ("pandas", "pyarrow", "babel.dates", "babel.numbers", "PIL.Image")


@asynccontextmanager
async def _life(_app: st.App) -> AsyncIterator[None]:
    await asyncio.to_thread(_warm)
    # A store that cannot be opened must not stop the server: the pages say what is wrong.
    try:
        await asyncio.to_thread(wiring.current)
    except FreioError as error:
        log.error("not ready: %s", error)
    show_way_in(Path(__file__))
    yield
    await asyncio.to_thread(wiring.shut_down)


def _warm() -> None:
    """Import what the pages need, so that nobody waits for it and it is frozen with the rest."""
    for name in _NEEDED:
        importlib.import_module(name)


async def _healthz(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "up"})


async def _readyz(_request: Request) -> JSONResponse:
    try:
        freio = await asyncio.to_thread(wiring.current)
        await asyncio.to_thread(freio.store.ping)
    except FreioError as error:
        return JSONResponse({"status": "not ready", "reason": str(error)}, status_code=503)
    return JSONResponse({"status": "ready"})


def _login() -> dict[str, dict[str, str]]:
    """Return what Streamlit's login needs, where the environment says it."""
    try:
        settings = wiring.settings()
    except SettingsError:
        return {}  # the pages say what is wrong, and let nobody in
    if not settings.oidc_url:
        return {}
    return {
        "auth": {
            "redirect_uri": f"{settings.public_url}/oauth2callback",
            "cookie_secret": settings.cookie_secret,
            "client_id": settings.oidc_client,
            "client_secret": settings.oidc_secret,
            "server_metadata_url": settings.oidc_url,
        }
    }


app = st.App(
    HERE / "pages" / "main.py",
    routes=[
        Route("/healthz", _healthz),
        Route("/readyz", _readyz),
        Route("/access", AccessPage()),
        Route("/connection", connection.trouble),
        Route("/connection.js", connection.script),
        Route("/api/feeds", FeedsApi()),
        Route("/metrics", MetricsApi()),
    ],
    lifespan=_life,
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(RememberLanguage),
        Middleware(Connection),
        Middleware(Door),
        Middleware(LoginAnswers),
        Middleware(Uploads),
    ],
    secrets=_login(),
    on_script_error=show_trouble,
)
