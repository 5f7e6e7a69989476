"""`POST /api/feeds`: a program sends a file, and is told what came of it. Nothing can be read."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from core.domain.model import Actor, Role
from core.errors import (
    CLOSED,
    N_,
    FeedError,
    OutcomeUnknownError,
    SettingsError,
    StoreDiskError,
    StoreError,
)
from core.feed.options import LoadOptions
from core.feed.report import as_report
from core.infrastructure.clock import utc_now
from core.infrastructure.disk_space import using_temporary_files
from core.infrastructure.metrics import REFUSED_FEEDS, REFUSED_LOGINS
from core.locale import choose_language, choose_locale, wanted_languages
from core.runtime import application
from core.settings import Settings
from pages.server.receive_upload import Limits, received
from pages.server.upload_problems import Problem
from pages.server.upload_slots import RETRY_AFTER, Place, UploadSlots, busy
from pages.text import i18n
from pages.viewer import caller_headers
from pages.viewer.language import Reader, reading_as

log = logging.getLogger("core.feeds_api")

#: Refusals that are logged where the answer is made; others where they are noticed.
_UNLOGGED: Final = (408, 413, 415, 429)

#: Bytes a second that a file has to come with.
PACE: Final = 16_000

_SWITCH: Final = {"1": True, "on": True, "true": True, "0": False, "off": False, "false": False}
_SPACE_FOR_PLUS: Final = re.compile(r" (?=\d\d:?\d\d$)")


class FeedsApi:
    """The route's endpoint. It answers every method, or Streamlit's own pages would.

    Files are received side by side and loaded one at a time. `silence` and `total` are the seconds
    that a body may take, `patience` those for which a file that has arrived waits for its turn,
    `delay` those that a wrong token costs.
    """

    def __init__(
        self,
        silence: float = 10,
        total: float = 600,
        patience: float = 30,
        delay: float = 0.5,
        places: UploadSlots | None = None,
    ) -> None:
        self._silence = silence
        self._total = total
        self._patience = patience
        self._delay = delay
        self._places = places or UploadSlots()
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            # Nobody is left to be answered, and nothing was changed.
            log.warning("a feed over HTTP was cut off by its client (%s)", _who(request))
            return
        except Problem as problem:
            if problem.status in _UNLOGGED:
                what = (problem.status, _who(request), problem)
                log.warning("a feed over HTTP was refused with status %d (%s): %s", *what)
            answer = _problem(problem, request)
        except Exception:
            log.exception("a feed over HTTP met an error of Freio's own")
            text = N_("Freio met an error of its own, which its log tells.")
            answer = _problem(Problem(500, text, N_("Please report it.")), request)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        settings = _settings()
        if not settings.feed_token:
            raise Problem(404, N_("There is nothing here."), N_("Check the address."))
        if request.method != "POST":
            raise Problem(
                405,
                N_("Only POST is answered here."),
                N_("Send a file with POST."),
                headers={"Allow": "POST"},
            )
        await self._require_token(request, settings.feed_token)
        options = _options(request.query_params)
        with self._places.taken() as place:
            return await self._load(request, settings, options, place)

    async def _require_token(self, request: Request, token: str) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode("utf-8"), token.encode("utf-8"))
        if same and scheme.lower() == "bearer":
            return
        REFUSED_LOGINS.labels("feed").inc()
        log.warning(
            "a feed over HTTP was refused: its token is missing or wrong (%s)", _who(request)
        )
        await asyncio.sleep(self._delay)
        raise Problem(
            401,
            N_("The token is missing or wrong."),
            N_("Send it as Authorization: Bearer <token>."),
            headers={"WWW-Authenticate": 'Bearer realm="Freio"'},
        )

    @asynccontextmanager
    async def _its_turn(self, request: Request) -> AsyncIterator[None]:
        """Wait for the turn of a file that has arrived, while its sender waits too."""
        waits = asyncio.ensure_future(self._turn.acquire())
        leaves = asyncio.ensure_future(_left(request))
        both = {waits, leaves}
        try:
            await asyncio.wait(both, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED)
            if not waits.done():
                raise ClientDisconnect if leaves.done() else busy()
            yield
        finally:
            leaves.cancel()
            if not waits.cancel() and not waits.cancelled():
                self._turn.release()

    async def _load(
        self, request: Request, settings: Settings, options: LoadOptions, place: Place
    ) -> Response:
        most = settings.max_file_mb * 1_000_000
        limits = Limits(most, self._silence, self._total, PACE)
        try:
            with using_temporary_files():
                async with (
                    received(request, limits, self._places, place) as (file, name),
                    self._its_turn(request),
                ):
                    # In a thread of its own: the pages go on meanwhile.
                    freio = await asyncio.to_thread(application.current)
                    actor = Actor("HTTP", Role.ADMINISTRATOR, address=_who(request))
                    done = await asyncio.to_thread(freio.loader.load, file, name, actor, options)
        except FeedError as error:
            REFUSED_FEEDS.labels("http").inc()
            log.warning("a feed over HTTP was refused (%s): %s", _who(request), error)
            raise Problem(422, error.happened, error.todo, error.means, **error.values) from error
        except StoreDiskError as error:
            log.warning("a feed over HTTP was not loaded: %s", error)
            # Whoever has the feed token has to know which disk; a page says it to few people only.
            values: dict[str, Any] = {
                name: str(value) if isinstance(value, Path) else value
                for name, value in error.values.items()
            }
            raise Problem(507, error.happened, error.todo, error.means, **values) from error
        except StoreError as error:
            log.warning("a feed over HTTP has to wait, the store is away: %s", error)
            text = N_("The database is busy or away.")
            raise Problem(
                503, text, N_("Send the file again later."), headers=RETRY_AFTER
            ) from error
        except OutcomeUnknownError as error:
            raise Problem(
                503,
                N_("The database does not answer."),
                N_("Send the file again; that is safe."),
                N_("Nobody can say yet whether the file was loaded."),
                RETRY_AFTER,
            ) from error
        return JSONResponse(as_report(done), headers={"Cache-Control": "no-store"})


async def _left(request: Request) -> None:
    """Wait until whoever sent a whole file leaves."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _settings() -> Settings:
    try:
        return application.settings()
    except SettingsError as error:
        raise Problem(
            503,
            N_("Freio's settings are wrong; its pages say which."),
            N_("Have that put right, then send the file again."),
            CLOSED,
            RETRY_AFTER,
        ) from error


def _options(asked: QueryParams) -> LoadOptions:
    for name in asked:
        if name not in ("name", "as_of", "full"):
            raise Problem(
                422, N_("There is no option of that name."), N_("Use name, as_of and full.")
            )
    full = asked.get("full", "0").lower()
    if full not in _SWITCH:
        raise Problem(422, N_("The option full is neither 1 nor 0."), N_("Give it one of them."))
    return LoadOptions(as_of=_as_of(asked.get("as_of", "")), is_full=_SWITCH[full])


def _as_of(text: str) -> datetime | None:
    if not text:
        return None
    try:
        # A plus in a URL reads as a space.
        when = datetime.fromisoformat(_SPACE_FOR_PLUS.sub("+", text.strip()))
    except ValueError:
        when = None
    if when is None or when.utcoffset() is None:
        raise Problem(
            422,
            N_("The option as_of is no time with an offset."),
            N_("Give it one such as 2026-11-24T10:30:00-03:00."),
        )
    return min(when, utc_now())


def _who(request: Request) -> str:
    """Return the client's address: behind a trusted proxy, the one that the proxy names."""
    noted = request.headers.get(caller_headers.ADDRESS)
    if noted is not None:
        return noted
    return request.client.host if request.client else "unknown"


def _problem(problem: Problem, request: Request) -> Response:
    """Return a problem as RFC 9457 has it, its sentences in the language that is asked for."""
    wanted = wanted_languages(request.headers.get("accept-language", ""))
    language = choose_language(wanted)
    with reading_as(Reader(language, choose_locale(language, wanted))):
        detail = i18n.error(problem)
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": detail,
    }
    said = {"Content-Language": language, "Vary": "Accept-Language"}
    return JSONResponse(
        body,
        problem.status,
        {**problem.headers, **said, "Cache-Control": "no-store"},
        media_type="application/problem+json",
    )
