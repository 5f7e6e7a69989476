"""The HTTP client of connectors."""

import json
import logging
import math
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from core.errors import N_, AdminText, ConnectorError
from core.ports.connector import (
    CORRECT_CREDENTIALS,
    INTERNAL_ERROR,
    NOT_ACCEPTED,
    NOT_JSON,
    REDIRECTED,
    REFUSED,
    TOO_LARGE,
    TOO_MANY,
)

# httpx logs addresses. An address can contain a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)

#: The maximum seconds to connect to an address, and for a whole request. TOTAL_SECONDS is long,
#: because some platforms handle requests one by one. If Freio sends eight requests at once, and
#: each request takes 3 s, the last answer comes after 24 s.
CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 30.0
MAX_BYTES: Final = 16_000_000

_CHECK_ADDRESS: Final = N_("Check the address in {setting} and what runs there.")
_GOES_ON: Final = N_("Freio tries again by itself.")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer."""

    status: int
    body: bytes


class _Deadline:
    """Ends the connection of a request after `seconds`.

    httpx limits only the time of each read. A server that sends single bytes could keep a request
    open forever.
    """

    def __init__(self, seconds: float) -> None:
        self.is_sent = False
        self.is_over = threading.Event()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._socket is not None:
            self._socket.close()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            # Keep a duplicate, because TLS detaches the original socket.
            self._socket = info["return_value"].get_extra_info("socket").dup()
            if self.is_over.is_set():
                self._cut()
        elif event.endswith("send_request_headers.started"):
            self.is_sent = True

    def _end(self) -> None:
        self.is_over.set()
        self._cut()

    def _cut(self) -> None:
        with suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)


class HttpClient:
    """Sends requests only to the host of `url`. `setting` and `credentials` are names of settings.

    TLS uses the certificates of the system. The client follows no redirect. The client ignores
    proxies and credentials in the environment. Each request opens a new connection, because
    after an error on a reused connection, Freio often cannot know whether the request arrived.
    """

    def __init__(
        self,
        url: str,
        platform: str,
        setting: str,
        headers: Mapping[str, str],
        *,
        credentials: str,
        connect: float = CONNECT_SECONDS,
        total: float = TOTAL_SECONDS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._url = url
        self._connect, self._total, self._max_bytes = min(connect, total), total, max_bytes
        self._names: dict[str, Any] = {
            "platform": platform,
            "setting": setting,
            "credentials": credentials,
        }
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # Only HTTPS needs the certificates, and loading is slow.
        if urlsplit(url).scheme == "https":
            trust = ssl.create_default_context()
        self._client = httpx.Client(
            verify=trust,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(total, connect=self._connect),
            limits=httpx.Limits(max_keepalive_connections=0),
            # Without compression, the limit on bytes also limits the memory.
            headers={"Accept-Encoding": "identity", **headers},
        )

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    def request(
        self,
        method: str,
        path: str = "",
        *,
        query: Mapping[str, str | list[str]] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Send a request, and return the complete answer.

        Raise ConnectorError if no complete answer comes. Raise ConnectorError for the status 3xx,
        401, 429 or 5xx.
        """
        writes = method != "GET"
        deadline = _Deadline(self._total)
        try:
            with (
                deadline,
                self._client.stream(
                    method,
                    self._url + path,
                    params=query,
                    content=body,
                    headers=headers,
                    extensions={"trace": deadline.trace},
                ) as answer,
            ):
                content = self._content(answer, writes)
        # UnicodeError: the address has an invalid host name.
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise self._unanswered(error, deadline, writes) from error
        self._require_answer(answer, writes)
        return HttpAnswer(answer.status_code, content)

    def json(self, answer: HttpAnswer, *, may_have_arrived: bool = False) -> Any:
        """Return the content of an answer. Raise ConnectorError if the content is not JSON."""
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise self.error(
                NOT_JSON,
                N_("Check the address in {setting}, and that no login page is in front of it."),
                may_have_arrived=may_have_arrived,
            ) from error

    def refused(self, answer: HttpAnswer) -> ConnectorError:
        """Return the error for an unexpected status."""
        return self.error(REFUSED, _CHECK_ADDRESS, status=str(answer.status))

    def not_accepted(self) -> ConnectorError:
        """Return the error for wrong credentials."""
        return self.error(NOT_ACCEPTED, CORRECT_CREDENTIALS)

    def error(self, happened: str, todo: str, /, **values: Any) -> ConnectorError:
        """Return a ConnectorError with the names of the platform and the settings."""
        return ConnectorError(happened, todo, **self._names, **values)

    def _content(self, answer: httpx.Response, writes: bool) -> bytes:
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            return b""
        parts, size = [], 0
        for part in answer.iter_raw():
            size += len(part)
            if size > self._max_bytes:
                raise self.error(
                    TOO_LARGE,
                    _CHECK_ADDRESS,
                    may_have_arrived=writes,
                    most=max(self._max_bytes // 1_000_000, 1),
                )
            parts.append(part)
        return b"".join(parts)

    def _unanswered(self, error: Exception, deadline: _Deadline, writes: bool) -> ConnectorError:
        may_have_arrived = writes and deadline.is_sent
        if deadline.is_over.is_set() or isinstance(error, httpx.TimeoutException):
            return self.error(
                N_("No answer came from {platform} within {seconds} seconds."),
                _GOES_ON,
                may_have_arrived=may_have_arrived,
                seconds=math.ceil(self._total if deadline.is_sent else self._connect),
            )
        if deadline.is_sent:
            return self.error(
                N_("The connection to {platform} was cut before the answer was complete."),
                _GOES_ON,
                may_have_arrived=may_have_arrived,
            )
        if reason := _refused_certificate(error):
            return self.error(
                N_("The TLS certificate of {platform} is not accepted ({reason})."),
                N_("Correct the certificate at the server, or the address in {setting}."),
                reason=AdminText(reason),
            )
        return self.error(
            N_("Freio cannot connect to {platform} ({reason})."),
            _CHECK_ADDRESS,
            reason=AdminText(error),
        )

    def _require_answer(self, answer: httpx.Response, writes: bool) -> None:
        status = answer.status_code
        if 300 <= status < 400:
            target = urlsplit(answer.headers.get("Location", "")).netloc or "…"
            raise self.error(
                REDIRECTED, _CHECK_ADDRESS, may_have_arrived=writes, target=AdminText(target)
            )
        if status == 401:
            raise self.not_accepted()
        if status == 429:
            raise self.error(TOO_MANY, _GOES_ON, retry_after=_retry_after(answer.headers))
        if status >= 500:
            raise self.error(
                INTERNAL_ERROR,
                N_("Freio tries again by itself. If it goes on, look at the log of {platform}."),
                retry_after=_retry_after(answer.headers),
                may_have_arrived=writes,
                status=str(status),
            )


def _refused_certificate(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        cause = cause.__cause__ or cause.__context__
    return ""


def _retry_after(headers: httpx.Headers) -> float | None:
    """Return the seconds to wait, or None. The header has seconds or a date."""
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None
