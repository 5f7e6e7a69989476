"""Who reads: in which language, and how numbers and times are written for them.

The language is the one in the URL (`?lang=pt`), else the one chosen before, which a cookie
remembers, else what the browser asks for. It is found without `st.session_state`, so that a
sentence can be said in a callback between a write and the notice of it.
"""

from __future__ import annotations

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

from core.locale import (
    LANGUAGES,
    SOURCE_LANGUAGE,
    choose_language,
    choose_locale,
    wanted_languages,
)

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
# A page says hundreds of sentences: the reader is looked up once for each run of a script.
_known = threading.local()
_lent: ContextVar[Reader | None] = ContextVar("reader", default=None)


@contextmanager
def reading_as(someone: Reader) -> Iterator[None]:
    """Say things to the reader of a page outside of it, as in a file that is made on a click."""
    before = _lent.set(someone)
    try:
        yield
    finally:
        _lent.reset(before)


def reader() -> Reader:
    """Return who reads the page that is being drawn; outside of one, a reader of English."""
    if (lent := _lent.get()) is not None:
        return lent
    run = get_script_run_ctx(suppress_warning=True)
    if run is None:
        return _SOURCE
    last: object = getattr(_known, "run", None)
    if last is not run or _known.query != run.query_string:
        _known.run, _known.query = run, run.query_string
        _known.reader = _reader(
            run.query_string,
            st.context.cookies.get(REMEMBERED, ""),
            st.context.headers.get("Accept-Language") or st.context.locale or "",
        )
    found: Reader = _known.reader
    return found


def reader_of(connection: HTTPConnection) -> Reader:
    """Return who reads the answer to a request outside of any page."""
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
    """Carry the language that somebody chose from page to page: Streamlit's links drop it."""
    asked = st.query_params.get(PARAMETER)
    if asked in LANGUAGES:
        st.session_state[PARAMETER] = asked
    elif PARAMETER in st.session_state:
        st.query_params[PARAMETER] = st.session_state[PARAMETER]


class RememberLanguage:
    """Middleware that remembers, in a cookie, the language that an address asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; add the cookie to the answer where a language was asked for."""
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
    jar[REMEMBERED].update(
        {"path": "/", "max-age": str(_YEAR), "samesite": "Lax", "httponly": "true"}
    )
    return jar[REMEMBERED].OutputString()
