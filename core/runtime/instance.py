"""The application of this process."""

import logging
import os
import threading
from typing import Final

from core.access.access_token import AccessToken, access_token
from core.domain.platform import Platform
from core.errors import CLOSED, N_, AdminText, StoreError
from core.infrastructure.single_flight import SingleFlight
from core.platforms.known_platforms import selected
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import Settings, read_settings
from core.store.opening import access_key_file

log = logging.getLogger(__name__)

#: Seconds that a caller waits for the start.
START_WAIT: Final = 1.2

#: For this many seconds after a failed start, callers get the error of the start.
FAILURE_SECONDS: Final = 3.0

#: Seconds that `shut_down` waits for a running start.
SHUT_DOWN_WAIT: Final = 10.0

_current: Application | None = None
_lock = threading.Lock()


def current(wait: float | None = START_WAIT) -> Application:
    """Return the application of this process. The first call starts the application.

    Raise SettingsError or StoreError if the start fails. Raise StoreError if the start takes longer
    than `wait` seconds.
    """
    app = _current
    if app is not None:
        return app
    try:
        return _start_once.get(wait)
    except TimeoutError:
        raise StoreError(
            N_("Freio is still opening its database, which has not answered yet."),
            N_("Freio goes on by itself when it does. Abort urgent sends in the platform."),
            N_("Until then no send can be stopped here; sends go on as planned."),
        ) from None


def _start() -> Application:
    global _current
    if _current is not None:
        return _current
    settings = read_settings(os.environ)
    try:
        app = build(settings)
        try:
            app.start()
        except BaseException:
            app.stop()
            raise
    except OSError as error:
        raise StoreError(
            N_("Freio cannot start: {error}."),
            N_("Correct that; Freio tries again when a person opens a page."),
            CLOSED,
            error=AdminText(error),
        ) from error
    with _lock:
        _current = app
    log.info("Freio is ready")
    return app


# `success_seconds` is 0, because `_current` keeps the started application.
_start_once = SingleFlight("start", _start, success_seconds=0.0, failure_seconds=FAILURE_SECONDS)


def settings() -> Settings:
    """Return the settings. Raise SettingsError if a setting is not valid."""
    app = _current
    return read_settings(os.environ) if app is None else app.settings


def platform() -> Platform:
    """Return the platform of the settings."""
    return selected(settings())


def access() -> AccessToken:
    """Return the access token."""
    found = settings()
    return access_token(found.access_token, access_key_file(found))


def use(app: Application | None) -> None:
    """Replace the application. Only tests call this."""
    global _current
    with _lock:
        _current = app
    _start_once.forget()


def shut_down() -> None:
    """Stop the application."""
    global _current
    _start_once.settle(SHUT_DOWN_WAIT)
    with _lock:
        app, _current = _current, None
    if app is not None:
        app.stop()
