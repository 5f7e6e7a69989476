"""`POST /api/aborts/<receipt>`: a bridge reports the result of an abort."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.errors import N_, OutcomeUnknownError, SettingsError, StoreError
from core.infrastructure.metrics import REFUSED_LOGINS
from core.platforms.webhook import BridgeError, read_answer
from core.ports.connector import BridgeAnswer
from core.runtime import instance
from core.services.bridge_answers import BridgeAnswerService
from pages.server.http_problem import Problem, problem_response, require_post
from pages.server.upload_slots import RETRY_AFTER
from pages.viewer.caller_headers import caller_in

log = logging.getLogger("core.aborts_api")

#: The maximum size of a bridge's answer, in bytes.
MAX_BYTES: Final = 65_536


@dataclass(slots=True)
class AbortsApi:
    """The endpoint. With `methods=["POST"]` in the route, Streamlit would answer GET requests.

    - `total`: the maximum time to receive the body of a request, in seconds.
    - `delay`: the wait before the refusal of a wrong signature, in seconds.
    """

    answers: Callable[[], BridgeAnswerService]
    total: float = 10
    delay: float = 0.5

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            return
        except Problem as problem:
            details = (problem.status, caller_in(scope).address, problem)
            log.warning("the answer of a bridge was refused with status %d (%s): %s", *details)
            answer = problem_response(problem, request)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            secret = instance.settings().abort_webhook_secret
        except SettingsError as error:
            text = N_("Freio's settings are wrong; its pages say which.")
            raise _unavailable(error, text) from error
        todo = N_("Send the answer with POST.")
        require_post(request, is_open=bool(secret), todo=todo, means=BridgeError.means)
        body = await self._body(request)
        try:
            found = read_answer(secret, request.headers, body, request.path_params["receipt"])
        except BridgeError as error:
            if not error.is_signed:
                REFUSED_LOGINS.labels("bridge").inc()
                await asyncio.sleep(self.delay)
            status = 422 if error.is_signed else 401
            raise Problem(status, error.happened, error.todo, error.means) from error
        if not await asyncio.to_thread(self._record, found):
            raise Problem(
                404,
                N_("No abort with this receipt was sent by webhook."),
                N_("Use the receipt of the message, and check that it came from this Freio."),
                BridgeError.means,
            )
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    def _record(self, found: BridgeAnswer) -> bool:
        try:
            return self.answers().answer(found)
        except StoreError as error:
            raise _unavailable(error, N_("The database is busy or unavailable.")) from error
        except OutcomeUnknownError as error:
            raise _unavailable(error, N_("The database does not answer.")) from error

    async def _body(self, request: Request) -> bytes:
        parts, size = [], 0
        try:
            async with asyncio.timeout(self.total):
                async for part in request.stream():
                    size += len(part)
                    if size > MAX_BYTES:
                        raise Problem(
                            413,
                            N_("The answer is larger than {most} KB."),
                            N_("Shorten its message."),
                            BridgeError.means,
                            {"Connection": "close"},
                            most=MAX_BYTES // 1024,
                        )
                    parts.append(part)
        except TimeoutError:
            raise Problem(
                408,
                N_("The answer did not arrive in time."),
                N_("Send it again."),
                BridgeError.means,
                {"Connection": "close"},
            ) from None
        return b"".join(parts)


def _unavailable(error: Exception, happened: str) -> Problem:
    log.warning("the answer of a bridge was not recorded: %s", error)
    means, todo = N_("The answer may not be recorded."), N_("Send it again later.")
    return Problem(503, happened, todo, means, RETRY_AFTER)
