"""`GET /healthz`: the process is up. `GET /readyz`: the store answers.

Everyone can request the two routes, so only the log gives a reason.
"""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse

from core.errors import FreioError
from core.infrastructure.single_flight import SingleFlight
from core.runtime import instance

#: Seconds in which the store must answer.
ANSWER_SECONDS: Final = 0.7
#: For this many seconds, `readyz` reuses the last answer of the store.
SHARED_SECONDS: Final = 0.5


def _ping_store() -> None:
    instance.current().store.ping()


_ping = SingleFlight(
    "readiness", _ping_store, success_seconds=SHARED_SECONDS, failure_seconds=SHARED_SECONDS
)


async def healthz(_request: Request) -> JSONResponse:
    """Answer that the process is up."""
    return JSONResponse({"status": "up"})


async def readyz(_request: Request) -> JSONResponse:
    """Tell the client whether the store answers."""
    try:
        await asyncio.wait_for(asyncio.wrap_future(_ping.future()), ANSWER_SECONDS)
    except (FreioError, TimeoutError):
        return JSONResponse({"status": "not ready"}, status_code=503)
    return JSONResponse({"status": "ready"})
