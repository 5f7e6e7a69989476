"""The access token and the access cookie. They prove access if no login or proxy names the person.

At each start, Freio prints a link with the token. A browser that opens the link gets the cookie.
The cookie's key is stored, so a cookie stays valid after a restart.
"""

import hmac
import logging
import os
import secrets
import threading
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cachetools import LRUCache, cached

log = logging.getLogger(__name__)

#: The cookie's name without the port. `cookie_name` adds the port, because a browser sends each
#: cookie to all ports of a host.
COOKIE: Final = "freio_access"

_KEY_BYTES: Final = 32
#: If the key file is incomplete, perhaps another process is writing the file. Freio waits this many
#: seconds, and then replaces the file.
_WRITE_SECONDS: Final = 1.0


class AccessToken:
    """The access token and the cookie. If `fixed` is empty, the token is random."""

    def __init__(self, key: bytes, fixed: str = "") -> None:
        self.token = fixed or secrets.token_urlsafe(24)
        self.is_fixed = bool(fixed)
        self._cookie = hmac.digest(key, b"freio access", "sha256").hex()

    def cookie_for(self, token: str) -> str | None:
        """Return the value of the cookie, or None if the token is wrong."""
        return self._cookie if _is_same(token, self.token) else None

    def is_proven_by(self, cookies: str) -> bool:
        """Return whether a `Cookie` header contains the access cookie."""
        pairs = (each.strip().partition("=") for each in cookies.split(";"))
        return any(
            name.startswith(COOKIE) and _is_same(value, self._cookie) for name, _, value in pairs
        )


def cookie_name(host: str) -> str:
    """Return the name of the cookie for a `Host` header.

    >>> cookie_name("127.0.0.1:8501"), cookie_name("freio.example.com")
    ('freio_access_8501', 'freio_access')
    """
    try:
        port = urlsplit(f"//{host}").port
    except ValueError:
        port = None
    return COOKIE if port is None else f"{COOKIE}_{port}"


@cached(LRUCache(8), condition=threading.Condition())
def access_token(fixed: str, key_file: Path | None) -> AccessToken:
    """Return the token of this process. `fixed` is the token from the settings, or "".

    A `fixed` token is also the key of the cookie. All dashboards with this token accept the cookie.
    Without a `fixed` token, the key is in `key_file`. If `key_file` is None or unusable, the key is
    random, and is lost when the process ends.
    """
    if fixed:
        return AccessToken(fixed.encode(), fixed)
    if key_file is not None:
        try:
            return AccessToken(_key_in(key_file))
        except OSError as error:
            log.warning(
                "the key of the access cookie cannot be written to %s (%s): after the next start "
                "everybody has to enter the token again",
                key_file,
                error.strerror or error,
            )
    return AccessToken(secrets.token_bytes(_KEY_BYTES))


def _key_in(file: Path) -> bytes:
    waits_until = time.monotonic() + _WRITE_SECONDS
    while True:
        try:
            return _created(file)
        except FileExistsError:
            found = file.read_bytes()
        if len(found) == _KEY_BYTES:
            return found
        if time.monotonic() > waits_until:
            log.warning("%s holds no key of the access cookie: a new one is written", file)
            # Another process may have replaced the file too.
            file.unlink(missing_ok=True)
        time.sleep(0.02)


def _created(file: Path) -> bytes:
    key = secrets.token_bytes(_KEY_BYTES)
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as out:
            out.write(key)
    except OSError:
        file.unlink(missing_ok=True)  # leave no part of a key
        raise
    return key


def _is_same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
