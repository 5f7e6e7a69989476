"""Patches of Streamlit, so that clicks and uploads are not lost when another run begins.

- Lost clicks. If another run waits, for example because the browser has sent another message,
  Streamlit ends a callback at the next Streamlit call. Streamlit does not repeat the callback, so
  the click has no effect (https://github.com/streamlit/streamlit/issues/10578). With the patch, the
  waiting run begins after the callback has ended.
- Lost uploads. Before an upload, the browser requests an address for the file. If a run begins at
  that moment, Streamlit discards the answer together with the messages of the previous run, and the
  upload never starts (no upstream issue found). With the patch, Streamlit keeps the answer.
- Refreshes of the previous page. A part of the previous page can request a refresh after the
  browser has requested another page. Streamlit then runs this part. For the browser, this run is a
  return to the previous page, so the browser removes the content of the new page. With the patch,
  Streamlit ignores the request. (Streamlit stops its own timers when the page changes: pull request
  #9617, "Clear fragment autoreruns when changing pages".)
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.state.session_state import SessionState

_call_callbacks = SessionState._call_callbacks
_end_if_another_waits = ScriptRunner._maybe_handle_execution_control_request
_clear = ForwardMsgQueue.clear
_request_run = AppSession.request_rerun
#: The name of an attribute of a session: the page that the browser requested last.
_WANTED = "freio_wanted_page"
_in_callbacks = ContextVar("in_callbacks", default=False)


def patch_streamlit() -> None:
    """Apply the patches. A second call changes nothing."""
    patches: list[tuple[type, str, Callable[..., None]]] = [
        (SessionState, "_call_callbacks", _call_whole),
        (ScriptRunner, "_maybe_handle_execution_control_request", _end_outside_callbacks),
        (ForwardMsgQueue, "clear", _clear_except_addresses),
        (AppSession, "request_rerun", _request_unless_of_another_page),
    ]
    for patched, name, function in patches:
        setattr(patched, name, function)


def _call_whole(state: SessionState, **given: Any) -> None:
    token = _in_callbacks.set(True)
    try:
        _call_callbacks(state, **given)
    finally:
        _in_callbacks.reset(token)


def _end_outside_callbacks(runner: ScriptRunner) -> None:
    if not _in_callbacks.get():
        _end_if_another_waits(runner)


def _clear_except_addresses(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    # If only parts of the page run, Streamlit itself keeps the answer.
    begins_page = retain_lifecycle_msgs and fragment_ids_this_run is None
    kept = [m for m in queue._queue if begins_page and m.HasField("file_urls_response")]
    _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    queue._queue.extend(kept)


def _request_unless_of_another_page(session: AppSession, request: ClientState | None) -> None:
    page = request.page_script_hash if request else ""
    if request and request.fragment_id:
        # When no run is in progress, Streamlit itself ignores parts that no longer exist.
        is_running, wanted = session._scriptrunner is not None, getattr(session, _WANTED, "")
        if is_running and wanted and page != wanted:
            return
    else:
        setattr(session, _WANTED, page)
    _request_run(session, request)
