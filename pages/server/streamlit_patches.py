"""Patches of Streamlit, so that clicks and uploads are not lost when another run begins.

- Streamlit ends a callback at any of its Streamlit calls if another run waits, for example because
  the browser has sent another message. It does not repeat the callback, so a click would have no
  effect (https://github.com/streamlit/streamlit/issues/10578). With the patch, the waiting run
  begins after the callbacks.
- Before an upload, the browser requests an address for it. If a run begins at that moment,
  Streamlit discards the answer together with the messages of the previous run, and the upload never
  starts (no upstream issue found). With the patch, the answer is kept.
- A part of the previous page may request a refresh after the browser has requested another page.
  Streamlit then also runs this part. The browser interprets the run as a return to the previous
  page, and removes the content of the new page. With the patch, the request is ignored. (Streamlit
  stops its own timers at that moment: pull request #9617, "Clear fragment autoreruns when changing
  pages".)
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
#: The name of an attribute of a session. It has the page that the browser requested last.
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
    # Streamlit itself keeps the answer if only parts of the page run.
    begins_page = retain_lifecycle_msgs and fragment_ids_this_run is None
    kept = [m for m in queue._queue if begins_page and m.HasField("file_urls_response")]
    _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    queue._queue.extend(kept)


def _request_unless_of_another_page(session: AppSession, request: ClientState | None) -> None:
    page = request.page_script_hash if request else ""
    if request and request.fragment_id:
        # After the run of a page, Streamlit itself knows which parts no longer exist.
        is_running, wanted = session._scriptrunner is not None, getattr(session, _WANTED, "")
        if is_running and wanted and page != wanted:
            return
    else:
        setattr(session, _WANTED, page)
    _request_run(session, request)
