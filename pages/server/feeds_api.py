"""`POST /api/feeds`: a program loads a file. The feed token does not allow reading sends."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

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
from core.feed.file_feed import NothingReadError
from core.feed.import_report import as_report
from core.feed.interpreting.times import EARLIEST
from core.feed.load_options import LoadOptions
from core.infrastructure.clock import utc_now
from core.infrastructure.disk_space import using_temporary_files
from core.infrastructure.metrics import REFUSED_FEEDS, REFUSED_LOGINS
from core.runtime import instance
from core.settings import Settings
from pages.server.bearer_token import has_bearer_token
from pages.server.http_problem import (
    Problem,
    language_headers,
    problem_response,
    require_post,
    wanted_language,
)
from pages.server.receive_upload import Limits, received
from pages.server.upload_slots import RETRY_AFTER, Upload, UploadSlots, busy
from pages.text import i18n
from pages.viewer.caller_headers import caller_in
from pages.viewer.language import using_language

log = logging.getLogger("core.feeds_api")

_LOG_HERE: Final = (408, 413, 429)

_SWITCH: Final = {"1": True, "on": True, "true": True, "0": False, "off": False, "false": False}
_SPACE_FOR_PLUS: Final = re.compile(r" (?=\d\d:?\d\d$)")


@dataclass(slots=True)
class FeedsApi:
    """The endpoint. With `methods=["POST"]` in the route, Streamlit would answer GET requests.

    Freio receives files in parallel, but never loads two files at once.

    - `idle` and `total`: see `Limits`.
    - `patience`: the maximum time that a received file waits until its load begins, in seconds.
    - `delay`: the wait before the refusal of a wrong token, in seconds.
    """

    idle: float = 10
    total: float = 600
    patience: float = 30
    delay: float = 0.5
    slots: UploadSlots = field(default_factory=UploadSlots)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            # The load has not begun, so nothing has changed.
            client = caller_in(scope).address
            log.warning("a client closed its connection during an upload (%s)", client)
            return
        except Problem as problem:
            if problem.status in _LOG_HERE:
                details = (problem.status, caller_in(scope).address, problem)
                log.warning("a file over HTTP was refused with status %d (%s): %s", *details)
            answer = problem_response(problem, request)
        except Exception:
            log.exception("an internal error occurred while loading a file over HTTP")
            text = N_("An internal error occurred; Freio's log has the details.")
            answer = problem_response(Problem(500, text, N_("Please report it.")), request)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        settings = _settings()
        is_open = bool(settings.feed_token)
        require_post(request, is_open=is_open, todo=N_("Send a file with POST."))
        await self._require_token(request, settings.feed_token)
        options = _options(request.query_params)
        with self.slots.slot() as upload:
            return await self._load(request, settings, options, upload)

    async def _require_token(self, request: Request, token: str) -> None:
        if has_bearer_token(request, token):
            return
        REFUSED_LOGINS.labels("feed").inc()
        client = caller_in(request.scope).address
        log.warning("a file over HTTP was refused: its token is missing or wrong (%s)", client)
        await asyncio.sleep(self.delay)
        raise Problem(
            401,
            N_("The token is missing or wrong."),
            N_("Send it as Authorization: Bearer <token>."),
            headers={"WWW-Authenticate": 'Bearer realm="Freio"'},
        )

    @asynccontextmanager
    async def _turn_of(self, request: Request) -> AsyncIterator[None]:
        """Run the block for only one request at a time. The other requests wait for their turn.

        If a request waits for `patience` seconds, raises Problem. If the client disconnects during
        the wait, raises ClientDisconnect.
        """
        turn = asyncio.ensure_future(self._turn.acquire())
        left = asyncio.ensure_future(_disconnected(request))
        try:
            await asyncio.wait((turn, left), timeout=self.patience, return_when="FIRST_COMPLETED")
            if not turn.done():
                raise ClientDisconnect if left.done() else busy()
            yield
        finally:
            left.cancel()
            if not turn.cancel() and not turn.cancelled():
                self._turn.release()

    async def _load(
        self, request: Request, settings: Settings, options: LoadOptions, upload: Upload
    ) -> Response:
        limits = Limits(settings.max_file_mb * 1_000_000, self.idle, self.total)
        client = caller_in(request.scope).address
        try:
            with using_temporary_files():
                async with (
                    received(request, limits, self.slots, upload) as (file, name),
                    self._turn_of(request),
                ):
                    freio = await asyncio.to_thread(instance.current)
                    actor = Actor("HTTP", Role.ADMINISTRATOR, address=client)
                    done = await asyncio.to_thread(freio.loader.load, file, name, actor, options)
                    rejects = await asyncio.to_thread(freio.loader.rejects_of, done)
        except FeedError as error:
            REFUSED_FEEDS.labels("http").inc()
            log.warning("a file over HTTP was refused (%s): %s", client, error)
            problem = Problem(422, error.happened, error.todo, error.means, None, **error.values)
            if isinstance(error, NothingReadError):
                problem.rejects = error.rejects
            raise problem from error
        except StoreDiskError as error:
            log.warning("a file over HTTP was not loaded: %s", error)
            # Answers hide each `Path`. A client with the feed token may see the path, so pass a
            # text.
            values = {n: str(v) if isinstance(v, Path) else v for n, v in error.values.items()}
            raise Problem(507, error.happened, error.todo, error.means, None, **values) from error
        except StoreError as error:
            log.warning("a file over HTTP was not loaded, the store is unavailable: %s", error)
            text, todo = (
                N_("The database is busy or unavailable."),
                N_("Send the file again later."),
            )
            raise Problem(503, text, todo, headers=RETRY_AFTER) from error
        except OutcomeUnknownError as error:
            raise Problem(
                503,
                N_("The database does not answer."),
                N_("Send the file again; that is safe."),
                N_("It is unknown whether the file was loaded."),
                RETRY_AFTER,
            ) from error
        with using_language(asked := wanted_language(request)):
            report = as_report(done, rejects, i18n.value)
        headers = {"Cache-Control": "no-store", **language_headers(asked)}
        return JSONResponse(report, headers=headers)


async def _disconnected(request: Request) -> None:
    """Wait for the disconnect. Call this only after the complete file has arrived."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _settings() -> Settings:
    try:
        return instance.settings()
    except SettingsError as error:
        raise Problem(
            503,
            N_("Freio's settings are wrong; its pages say which."),
            N_("Correct them, then send the file again."),
            CLOSED,
            RETRY_AFTER,
        ) from error


def _options(query: QueryParams) -> LoadOptions:
    for name in query:
        if name not in ("name", "as_of", "full", "mapping"):
            raise Problem(
                422,
                N_("There is no option of that name."),
                N_("Use name, as_of, full and mapping."),
            )
    full = query.get("full", "0").lower()
    if full not in _SWITCH:
        raise Problem(422, N_("The option full is neither 1 nor 0."), N_("Use 1 or 0."))
    as_of, mapping = _as_of(query.get("as_of", "")), query.get("mapping", "")
    return LoadOptions(as_of=as_of, is_full=_SWITCH[full], mapping_name=mapping)


def _as_of(text: str) -> datetime | None:
    if not text:
        return None
    try:
        # A plus sign in a URL is decoded as a space.
        when = datetime.fromisoformat(_SPACE_FOR_PLUS.sub("+", text.strip()))
    except ValueError:
        when = None
    todo = N_("Give it one such as 2026-11-24T10:30:00-03:00.")
    if when is None or when.utcoffset() is None:
        raise Problem(422, N_("The option as_of is not a time with an offset."), todo)
    if when < EARLIEST:
        raise Problem(422, N_("The option as_of is a time before 1990."), todo)
    return min(when, utc_now())
