"""The real dashboard, with routes that record its queries to the store and repeat them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.runtime import instance
from core.store.engine import Params, Row
from tests.benchmarks.timing import took_ms
from tests.journeys.server import app as app

_asked: list[tuple[str, Params]] = []


def _engine() -> Any:
    return instance.current().store._engine  # type: ignore[attr-defined]


async def _record(_request: Request) -> JSONResponse:
    """Record each statement that reads, from now on."""
    engine = _engine()
    answer = type(engine).rows
    _asked.clear()

    def rows(sql: str, params: Params | None = None) -> list[Row]:
        _asked.append((sql, dict(params or {})))
        found: list[Row] = answer(engine, sql, params)
        return found

    engine.rows = rows
    return JSONResponse({})


def _ask_all() -> None:
    for sql, params in _asked:
        _engine().rows(sql, params)


def _ask_again(_request: Request) -> JSONResponse:
    """Stop the recording; run the same statements alone, one after the other."""
    engine = _engine()
    vars(engine).pop("rows")
    return JSONResponse({"queries": len(_asked), "ms": took_ms(_ask_all)})


app._user_routes += [
    Route("/bench/record", _record, methods=["POST"]),
    Route("/bench/again", _ask_again, methods=["POST"]),
]
