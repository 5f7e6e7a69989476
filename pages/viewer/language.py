"""The reader's language: from the URL (`?lang=pt`), a cookie, or the browser, in this order."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs

import streamlit as st
from babel import Locale
from starlette.datastructures import MutableHeaders, QueryParams
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.locale import LANGUAGES, SOURCE_LANGUAGE, choose_language, choose_locale, wanted_languages

#: The URL parameter with the language, and the cookie with the last choice.
LANGUAGE_PARAMETER: Final = "lang"
LANGUAGE_COOKIE: Final = "freio_lang"
_YEAR: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class ReaderLanguage:
    """A language of `core.locale.LANGUAGES`, and the locale for numbers and times."""

    code: str
    locale: Locale


_SOURCE: Final = ReaderLanguage(SOURCE_LANGUAGE, choose_locale(SOURCE_LANGUAGE, ()))
# A page has hundreds of sentences: resolve the language only once in a run.
_known = threading.local()
_override: ContextVar[ReaderLanguage | None] = ContextVar("language", default=None)


@contextmanager
def using_language(chosen: ReaderLanguage) -> Iterator[None]:
    """Use a language in a `with` block of code outside of pages, such as the code of a route."""
    before = _override.set(chosen)
    try:
        yield
    finally:
        _override.reset(before)


def reader_language() -> ReaderLanguage:
    """Return the language of the current page. Outside of pages, return English."""
    if (override := _override.get()) is not None:
        return override
    run = get_script_run_ctx(suppress_warning=True)
    if run is None:
        return _SOURCE
    is_same_run = getattr(_known, "run", None) is run
    if not is_same_run or _known.query != run.query_string:
        _known.run, _known.query = run, run.query_string
        _known.language = _language(
            run.query_string,
            st.context.cookies.get(LANGUAGE_COOKIE, ""),
            st.context.headers.get("Accept-Language") or st.context.locale or "",
        )
    found: ReaderLanguage = _known.language
    return found


def language_of(connection: HTTPConnection) -> ReaderLanguage:
    """Return the language for the response to a request."""
    return _language(
        connection.scope.get("query_string", b"").decode("latin-1"),
        connection.cookies.get(LANGUAGE_COOKIE, ""),
        connection.headers.get("accept-language", ""),
    )


@lru_cache(maxsize=256)
def _language(query: str, remembered: str, accepted: str) -> ReaderLanguage:
    wanted = wanted_languages(accepted)
    chosen = [
        c for c in (*parse_qs(query).get(LANGUAGE_PARAMETER, ()), remembered) if c in LANGUAGES
    ]
    language = chosen[0] if chosen else choose_language(wanted)
    return ReaderLanguage(language, choose_locale(language, wanted))


def keep_in_url() -> None:
    """Put the language into the URL again: Streamlit's links drop parameters."""
    asked = st.query_params.get(LANGUAGE_PARAMETER)
    if asked in LANGUAGES:
        st.session_state[LANGUAGE_PARAMETER] = asked
    elif LANGUAGE_PARAMETER in st.session_state:
        st.query_params[LANGUAGE_PARAMETER] = st.session_state[LANGUAGE_PARAMETER]


class RememberLanguage:
    """Middleware that saves the language of a URL in a cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. If the URL has a language, add the cookie."""
        asked = QueryParams(scope.get("query_string", b"")).get(LANGUAGE_PARAMETER)
        if scope["type"] != "http" or asked not in LANGUAGES:
            await self._app(scope, receive, send)
            return

        cookie = f"{LANGUAGE_COOKIE}={asked}; HttpOnly; Max-Age={_YEAR}; Path=/; SameSite=Lax"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)
