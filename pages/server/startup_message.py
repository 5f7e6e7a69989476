"""The message with the access link at the start of Freio."""

import logging
import os
import re
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Final

import streamlit as st

from core.errors import SettingsError
from core.runtime import instance
from core.settings import JSON
from pages.server.access_page import PATH
from pages.viewer import caller_headers

log = logging.getLogger("core.start")

OPENING: Final = "open-browser"

_QUERY: Final = re.compile(rf"({PATH}\?)\S*")


def show_access_link(launcher: Path) -> None:
    """Print the link. If this machine has a screen, also open the link in a browser.

    If a login or a proxy identifies people, print nothing. `launcher` is the path of
    `dashboard.py`. If another program, such as uvicorn, starts the server, Freio knows the address
    only from the settings.
    """
    logging.getLogger("uvicorn.access").addFilter(_without_token)
    try:
        if caller_headers.asks_for_login():
            return
        access, settings = instance.access(), instance.settings()
    except SettingsError:
        return  # the pages say which setting is wrong
    is_ours = Path(sys.argv[0]).name == launcher.name
    address = settings.public_url or (_address() if is_ours else "")
    with_token = f"{address}{PATH}?token={access.token}"
    # A token from the settings is permanent, so do not write the token to a log.
    link = f"{address}{PATH}" if access.is_fixed else with_token
    where = "" if address else ", at the address that the server names"
    how = ", and enter the token that FREIO_ACCESS_TOKEN holds" if access.is_fixed else ""
    message = f"To open Freio, go to {link}{where}{how}"
    if settings.log_format == JSON:
        log.info(message)
    else:
        print(f"\n  {message}\n", flush=True)
    if is_ours and _is_desktop():
        # With some browsers, this call waits until a person closes the browser.
        opening = threading.Thread(target=webbrowser.open, args=[with_token], name=OPENING)
        opening.daemon = True
        opening.start()


def _address() -> str:
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host = st.get_option("server.address") or "localhost"
    host = "localhost" if host in ("0.0.0.0", "::") else host  # noqa: S104 - only compared
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{st.get_option('server.port')}"


def _is_desktop() -> bool:
    if os.environ.get("CI") or not sys.stdout.isatty():
        return False
    has_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or bool(has_screen)


def _without_token(record: logging.LogRecord) -> bool:
    """Remove the token from a log record. The result True means that the record is logged."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            _QUERY.sub(r"\1…", each) if isinstance(each, str) else each for each in record.args
        )
    return True
