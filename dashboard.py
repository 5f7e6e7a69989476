"""The launcher of the server.

Start the server with `streamlit run dashboard.py` or `uvicorn dashboard:app`. With uvicorn, add
`--ws-max-size 2000000`. Without this option, a browser can send WebSocket messages of 16 MB.

The main script is `pages/main.py`. Do not create a folder `pages/pages`: Streamlit's old multipage
mode could then run a page without `main.py`.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit import config
from streamlit.runtime.secrets import SecretsValue

from core.errors import FreioError, SettingsError
from core.runtime import instance
from core.runtime.logs import log_start, write_logs
from core.settings import unknown_names
from core.version import VERSION
from pages.scripts import components
from pages.server import websocket_check
from pages.server.aborts_api import AbortsApi
from pages.server.access_page import AccessPage
from pages.server.cached_files import kept_file
from pages.server.compressed_static import CompressedStatic, cache_folder, compress_in_background
from pages.server.feeds_api import FeedsApi
from pages.server.html_tags import PageTags
from pages.server.known_pages import KnownPages
from pages.server.login_routes import LoginRoutes
from pages.server.metrics_api import MetricsApi
from pages.server.page_limit import PageLimit
from pages.server.readiness import healthz, readyz
from pages.server.require_role import RequireRole
from pages.server.security_headers import SecurityHeaders
from pages.server.server_logs import RequestIds, belongs, take_over_logs
from pages.server.slow_clients import SlowClients
from pages.server.small_fonts import SmallFonts
from pages.server.startup_message import show_access_link
from pages.server.streamlit_patches import patch_streamlit
from pages.server.upload_access import UploadAccess
from pages.server.websocket_check import WebSocketCheck
from pages.shell.error_messages import show_error
from pages.viewer.caller_headers import CallerHeaders
from pages.viewer.language import RememberLanguage

HERE = Path(__file__).resolve().parent
_COMPRESSED = cache_folder()

patch_streamlit()
write_logs(current_id=belongs)
log = logging.getLogger("core.launcher")
# Streamlit would log each error of a page again, after `show_error`.
logging.getLogger("streamlit.error_util").setLevel(logging.CRITICAL)

#: Modules that pages import at first use. Do not add modules of `pages`: the import of such a
#: module may need a Streamlit session.
_NEEDED = ("pandas", "pyarrow", "babel.dates", "babel.numbers", "PIL.Image")


@asynccontextmanager
async def _life(_app: st.App) -> AsyncIterator[None]:
    take_over_logs()
    SlowClients().watch(asyncio.get_running_loop())
    await asyncio.to_thread(_warm)
    compress_in_background(_COMPRESSED)
    # Start the server even without a store: the pages then show the error.
    try:
        settings = instance.settings()
        config.set_option("server.maxUploadSize", settings.max_file_mb)
        write_logs(settings.log_level, settings.log_format, belongs)
        log_start(settings, VERSION)
        for name, near in unknown_names(os.environ).items():
            log.warning("%s is no setting and is ignored; the nearest is %s", name, near or "none")
        # If a database server does not answer, the wait must end. A database file needs no limit:
        # it opens, or opening it raises an error.
        wait = instance.START_WAIT if settings.is_server else None
        await asyncio.to_thread(instance.current, wait)
    except FreioError as error:
        log.error("not ready: %s", error)
    show_access_link(Path(__file__))
    yield
    log.info("Freio stops")
    await asyncio.to_thread(instance.shut_down)


def _warm() -> None:
    """Import modules at the start, before `gc.freeze`. No page then waits for an import."""
    for name in _NEEDED:
        importlib.import_module(name)


def _login() -> dict[str, SecretsValue]:
    try:
        settings = instance.settings()
    except SettingsError:
        return {}  # the pages say what is wrong and show no data
    if not settings.oidc_url:
        return {}
    # Streamlit signs logins with this key. A login may begin in one dashboard and end in another,
    # so all dashboards need the same key.
    config.set_option("server.cookieSecret", settings.cookie_secret)
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
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/access", AccessPage()),
        Route("/connection", websocket_check.proxy_help),
        Route("/websocket.js", websocket_check.script),
        Route(f"/{components.ROUTE}/{{name}}", kept_file),
        Route("/api/feeds", FeedsApi()),
        Route("/api/aborts/{receipt}", AbortsApi(lambda: instance.current().bridge_answers)),
        Route("/metrics", MetricsApi()),
    ],
    lifespan=_life,
    middleware=[
        Middleware(RequestIds),
        Middleware(SecurityHeaders),
        Middleware(RememberLanguage),
        Middleware(WebSocketCheck),
        Middleware(PageTags),
        Middleware(CallerHeaders),
        Middleware(LoginRoutes),
        Middleware(KnownPages),
        Middleware(RequireRole),
        Middleware(PageLimit),
        Middleware(UploadAccess),
        Middleware(SmallFonts),
        Middleware(CompressedStatic, folder=_COMPRESSED),
    ],
    secrets=_login(),
    on_script_error=show_error,
)
