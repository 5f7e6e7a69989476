"""The reader's language and locale.

The language comes from the URL (`?lang=pt`). If the URL has none, it comes from the cookie of an
earlier choice, and without a cookie from the browser. It is read without `st.session_state`:
Streamlit could end a callback at this call, between a write and its notice.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import parse_qs

import streamlit as st
from babel import Locale
from starlette.datastructures import MutableHeaders, QueryParams
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.locale import LANGUAGES, SOURCE_LANGUAGE, choose_language, choose_locale, wanted_languages

#: The name of the language in the URL, and of the cookie that remembers it.
PARAMETER: Final = "lang"
REMEMBERED: Final = "freio_lang"
_YEAR: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Reader:
    """A language of `core.locale.LANGUAGES`, and the locale for numbers and times in it."""

    language: str
    locale: Locale


_SOURCE: Final = Reader(SOURCE_LANGUAGE, choose_locale(SOURCE_LANGUAGE, ()))
# A page has hundreds of sentences: the reader is looked up once for each run of a script.
_known = threading.local()
_override: ContextVar[Reader | None] = ContextVar("reader", default=None)


@contextmanager
def reading_as(someone: Reader) -> Iterator[None]:
    """Translate for this reader in this block. For code outside of pages: routes and downloads."""
    before = _override.set(someone)
    try:
        yield
    finally:
        _override.reset(before)


def reader() -> Reader:
    """Return the reader of the current page; outside of a page, a reader of English."""
    if (override := _override.get()) is not None:
        return override
    run = get_script_run_ctx(suppress_warning=True)
    if run is None:
        return _SOURCE
    is_same_run = getattr(_known, "run", None) is run
    if not is_same_run or _known.query != run.query_string:
        _known.run, _known.query = run, run.query_string
        _known.reader = _reader(
            run.query_string,
            st.context.cookies.get(REMEMBERED, ""),
            st.context.headers.get("Accept-Language") or st.context.locale or "",
        )
    found: Reader = _known.reader
    return found


def reader_of(connection: HTTPConnection) -> Reader:
    """Return the reader of the response to a request."""
    return _reader(
        connection.scope.get("query_string", b"").decode("latin-1"),
        connection.cookies.get(REMEMBERED, ""),
        connection.headers.get("accept-language", ""),
    )


@lru_cache(maxsize=256)
def _reader(query: str, remembered: str, accepted: str) -> Reader:
    wanted = wanted_languages(accepted)
    chosen = [c for c in (*parse_qs(query).get(PARAMETER, ()), remembered) if c in LANGUAGES]
    language = chosen[0] if chosen else choose_language(wanted)
    return Reader(language, choose_locale(language, wanted))


def keep_in_url() -> None:
    """Keep the chosen language in the URL of the next page: Streamlit's links drop it."""
    asked = st.query_params.get(PARAMETER)
    if asked in LANGUAGES:
        st.session_state[PARAMETER] = asked
    elif PARAMETER in st.session_state:
        st.query_params[PARAMETER] = st.session_state[PARAMETER]


class RememberLanguage:
    """Middleware that saves the language of a URL in a cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; add the cookie to the response if the URL has a language."""
        asked = QueryParams(scope.get("query_string", b"")).get(PARAMETER)
        if scope["type"] != "http" or asked not in LANGUAGES:
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", _cookie(str(asked)))
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _cookie(language: str) -> str:
    jar: SimpleCookie = SimpleCookie({REMEMBERED: language})
    cookie = jar[REMEMBERED]
    cookie["path"], cookie["max-age"], cookie["samesite"] = "/", str(_YEAR), "Lax"
    cookie["httponly"] = True
    return cookie.OutputString()
