"""The real dashboard, with more routes. With these routes, tests create and change sends."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from streamlit.proto.Common_pb2 import FileURLsRequest
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.state.session_state import SessionState, _CallbackRerunVotes

from core.domain.delivery import AnswerKind
from core.domain.lifecycle import Step
from core.domain.load_results import ImportSummary
from core.domain.model import Actor, ConfigurationId, Guard, Receipt, Role, Source
from core.domain.states import State
from core.runtime import instance
from core.services import delivery
from core.store.writes import aborts
from dashboard import app as app
from pages.server import page_limit
from tests.behaving_connector import Behaviour, behaving
from tests.feed.reading import read_feed
from tests.sends import Sends


async def _seed(request: Request) -> JSONResponse:
    freio = instance.current()
    rows = list(read_feed(BytesIO(await request.body()), name="seed.csv", zone=ZoneInfo("UTC")))
    summary = ImportSummary(id="seed", name="seed.csv", loaded_at=freio.clock(), actor="test")
    # The load can replace only demo data, so mark the data of the last test as demo data.
    freio.store.set_fact("origin", "demo")
    freio.store.load(summary, Sends(rows), replace_demo=True, facts={"origin": "demo"})
    # The load keeps saved mappings, but the next test must not find mappings.
    for mapping in freio.loader.mappings.all():
        freio.loader.mappings.delete(mapping.name)
    freio.aborts.refusals._people.clear()
    # Check the alerts now, because an alert of the last test must not stay.
    freio.alerts.check()
    return JSONResponse({"rows": len(rows)})


async def _move(request: Request) -> JSONResponse:
    asked, freio = request.query_params, instance.current()
    found = freio.store.configuration(ConfigurationId(asked["id"]))
    assert found is not None
    after = replace(
        found,
        state=State(asked["state"]),
        generated_records=int(asked["generated"]),
        updated_at=freio.clock(),
        version=found.version + 1,
    )
    taken = freio.store.advance([Step(Guard.of(found), after)], Source.PLATFORM, "test")
    return JSONResponse({"taken": taken})


async def _look(request: Request) -> JSONResponse:
    id = ConfigurationId(request.query_params["id"])
    store = instance.current().store
    found = None
    # An abort may be written between two reads.
    while found is None or found != store.configuration(id):
        found = store.configuration(id)
        assert found is not None
        receipts, history = store.receipts_of(id), store.history(id, 100)
    return JSONResponse(
        {
            "state": found.state,
            "accepted": sum(r.accepted for r in receipts),
            "refused": sum(not r.accepted for r in receipts),
            "stops": sum(c.source is Source.ABORT for c in history),
        }
    )


async def _receipts(request: Request) -> JSONResponse:
    found = instance.current().store.receipts_of(ConfigurationId(request.query_params["id"]))
    return JSONResponse([[r.actor, r.address, r.refusal] for r in found])


async def _answers(request: Request) -> JSONResponse:
    found = instance.current().store.receipts_of(ConfigurationId(request.query_params["id"]))
    return JSONResponse([[r.reason, r.note] for r in found])


async def _abort(request: Request) -> JSONResponse:
    freio = instance.current()
    asked = request.query_params
    outcome = freio.aborts.abort(
        ConfigurationId(asked["id"]),
        Actor(asked.get("actor", "test"), Role.OPERATOR),
        reason=asked.get("reason", ""),
        note=asked.get("note", ""),
    )
    return JSONResponse({"accepted": outcome.accepted})


async def _feed(_request: Request) -> JSONResponse:
    instance.current().store.set_fact("origin", "feed")
    return JSONResponse({})


_write_receipts = aborts.insert_receipts


async def _slow(request: Request) -> JSONResponse:
    """Delay every receipt between the write of the state and the commit."""
    seconds = float(request.query_params["seconds"])

    def write_slowly(tx: aborts.Transaction, receipts: Sequence[Receipt]) -> None:
        time.sleep(seconds)
        _write_receipts(tx, receipts)

    aborts.insert_receipts = write_slowly
    return JSONResponse({"seconds": seconds})


async def _hold(_request: Request) -> JSONResponse:
    """Take the turn to load, so that all files wait."""
    await asyncio.to_thread(instance.current().jobs._turn.acquire)
    return JSONResponse({})


async def _let_go(_request: Request) -> JSONResponse:
    instance.current().jobs._turn.release()
    return JSONResponse({})


async def _late(request: Request) -> JSONResponse:
    """Delay the messages of a script to its session by some seconds. Keep the order."""
    seconds = float(request.query_params["seconds"])

    def call_late(session: AppSession, callback: Callable[[], None]) -> None:
        loop = session._event_loop
        loop.call_soon_threadsafe(lambda: loop.call_later(seconds, callback))

    AppSession._call_soon_on_event_loop = call_late if seconds else _call_soon
    return JSONResponse({"seconds": seconds})


async def _run_at_upload(_request: Request) -> JSONResponse:
    """Begin a run of the page when a browser next requests an address for an upload."""

    def answer_and_begin(session: AppSession, request: FileURLsRequest) -> None:
        AppSession._handle_file_urls_request = _answer_address
        _answer_address(session, request)
        session._clear_queue()

    AppSession._handle_file_urls_request = answer_and_begin
    return JSONResponse({})


async def _interrupt(request: Request) -> JSONResponse:
    """Request another run at the start of each callback, like another message of the browser."""

    def interrupted(
        state: SessionState, votes: _CallbackRerunVotes, run: Callable[[], None]
    ) -> None:
        def run_while_another_waits() -> None:
            ctx = get_script_run_ctx()
            assert ctx is not None
            assert ctx.script_requests is not None
            ctx.script_requests.request_rerun(
                RerunData(query_string=ctx.query_string, page_script_hash=ctx.page_script_hash)
            )
            run()

        _run_callback(state, votes, run_while_another_waits)

    does = request.query_params["does"] == "yes"
    SessionState._run_callback_and_record_rerun = interrupted if does else _run_callback
    return JSONResponse({})


async def _platform(request: Request) -> JSONResponse:
    """Set the behaviour of the simulated platform: no answer, slow answers, or refusals.

    A worker repeats a request for `patience` seconds.
    """
    asked = request.query_params
    refusal = asked.get("refusal")
    behaving(instance.current()).behaviour = Behaviour(
        seconds=float(asked.get("seconds", 0)),
        is_away="away" in asked,
        goes_on="goes_on" in asked,
        refusal=AnswerKind(refusal) if refusal else None,
    )
    delivery.MAX_REQUESTING = timedelta(seconds=float(asked.get("patience", 2)))
    return JSONResponse({})


async def _recheck(request: Request) -> JSONResponse:
    """Set the seconds between two checks that the person of a connection still has a role."""
    page_limit.CHECK_SECONDS = float(request.query_params["seconds"])
    return JSONResponse({"seconds": page_limit.CHECK_SECONDS})


_run_callback = SessionState._run_callback_and_record_rerun
_answer_address = AppSession._handle_file_urls_request
_call_soon = AppSession._call_soon_on_event_loop
_runs = 0
_run_script = ScriptRunner._run_script


def _count_run(runner: ScriptRunner, asked: RerunData) -> None:
    global _runs
    _runs += 1
    _run_script(runner, asked)


ScriptRunner._run_script = _count_run


async def _count(_request: Request) -> JSONResponse:
    """Return how often any page, or a part of a page, has run on the server."""
    return JSONResponse({"runs": _runs})


app._user_routes += [
    Route("/test/hold", _hold, methods=["POST"]),
    Route("/test/let-go", _let_go, methods=["POST"]),
    Route("/test/runs", _count),
    Route("/test/slow", _slow, methods=["POST"]),
    Route("/test/late", _late, methods=["POST"]),
    Route("/test/interrupt", _interrupt, methods=["POST"]),
    Route("/test/run-at-upload", _run_at_upload, methods=["POST"]),
    Route("/test/platform", _platform, methods=["POST"]),
    Route("/test/recheck", _recheck, methods=["POST"]),
    Route("/test/seed", _seed, methods=["POST"]),
    Route("/test/move", _move, methods=["POST"]),
    Route("/test/look", _look),
    Route("/test/receipts", _receipts),
    Route("/test/answers", _answers),
    Route("/test/abort", _abort, methods=["POST"]),
    Route("/test/feed", _feed, methods=["POST"]),
]
