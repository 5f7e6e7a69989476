"""Patches of Streamlit against lost clicks, lost uploads, wrong refreshes and slow runs.

- Lost clicks. If another run waits, Streamlit ends a callback at its next call of Streamlit. The
  click then has no effect (https://github.com/streamlit/streamlit/issues/10578). With the patch,
  the waiting run begins after the callback.
- Lost uploads. Before an upload, the browser requests an address for the file. If a run begins at
  this moment, Streamlit discards the answer, and the upload never starts. With the patch, Streamlit
  keeps the answer. (No upstream issue found.)
- Wrong refreshes. The browser requests page B. After that, a part of page A requests a refresh.
  Streamlit runs the part, and the browser returns to page A. With the patch, Streamlit ignores the
  refresh. (Pull request #9617, "Clear fragment autoreruns when changing pages", stops only
  Streamlit's own timers.)
- Slow runs. A page has about 40 elements. Each element wakes up the thread that sends messages.
  Each time, the run waits for Python's global lock. With the patch, the thread wakes up at most
  every GROUP_SECONDS, and at the end of a run. (No upstream issue found.)
- Slow runs because of the theme. Each run reads all options of the theme. With the patch, only the
  first run reads the options, so a change needs a restart. (No upstream issue found.)
"""

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache, partial
from types import ModuleType
from typing import Any, Final

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.state.session_state import SessionState

_call_callbacks = SessionState._call_callbacks
_end_if_another_waits = ScriptRunner._maybe_handle_execution_control_request
_clear = ForwardMsgQueue.clear
_request_run = AppSession.request_rerun
_wake_up = Runtime._enqueued_some_message
_read_theme = app_session._populate_theme_msg
#: An attribute of a session: the page that the browser requested last.
_WANTED = "freio_wanted_page"
#: An attribute of a session: the events that wait until the event loop handles them.
_WAITING = "freio_waiting_events"
#: The maximum wait of a message, in seconds. Without the patch, Streamlit sends every 10 ms.
GROUP_SECONDS: Final = 0.02
_in_callbacks = ContextVar("in_callbacks", default=False)
_waiting_lock = threading.Lock()


def patch_streamlit() -> None:
    """Apply the patches. A second call changes nothing."""
    patches: list[tuple[type | ModuleType, str, Callable[..., None]]] = [
        (SessionState, "_call_callbacks", _call_whole),
        (ScriptRunner, "_maybe_handle_execution_control_request", _end_outside_callbacks),
        (ForwardMsgQueue, "clear", _clear_except_addresses),
        (AppSession, "request_rerun", _request_unless_of_another_page),
        (AppSession, "_on_scriptrunner_event", _pass_on_in_groups),
        (Runtime, "_enqueued_some_message", _wake_up_once),
        (app_session, "_populate_theme_msg", _add_theme),
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
    # Without `kept`, the start of a run of the whole page discards the addresses for uploads.
    begins_page = retain_lifecycle_msgs and fragment_ids_this_run is None
    kept = [m for m in queue._queue if begins_page and m.HasField("file_urls_response")]
    _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    queue._queue.extend(kept)


def _request_unless_of_another_page(session: AppSession, request: ClientState | None) -> None:
    page = request.page_script_hash if request else ""
    if request and request.fragment_id:
        # When no run is in progress, Streamlit itself ignores a refresh of a previous page.
        is_running, wanted = session._scriptrunner is not None, getattr(session, _WANTED, "")
        if is_running and wanted and page != wanted:
            return
    else:
        setattr(session, _WANTED, page)
    _request_run(session, request)


def _pass_on_in_groups(
    session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, **given: Any
) -> None:
    """Pass events on to the session in order. Messages wait for at most GROUP_SECONDS."""
    waiting = session.__dict__.setdefault(_WAITING, [])
    handle = partial(session._handle_scriptrunner_event_on_event_loop, sender, event, **given)
    with _waiting_lock:
        waiting.append(handle)
        is_first = len(waiting) == 1
    if event is not ScriptRunnerEvent.ENQUEUE_FORWARD_MSG:
        session._call_soon_on_event_loop(partial(_pass_on, waiting))
    elif is_first:
        session._call_soon_on_event_loop(partial(_pass_on_later, session, waiting))


def _pass_on_later(session: AppSession, waiting: list[Callable[[], None]]) -> None:
    session._event_loop.call_later(GROUP_SECONDS, _pass_on, waiting)


def _pass_on(waiting: list[Callable[[], None]]) -> None:
    with _waiting_lock:
        due = waiting.copy()
        waiting.clear()
    for handle in due:
        try:
            handle()
        except Exception as error:  # the next events must still be handled
            asyncio.get_running_loop().call_exception_handler({"exception": error})


def _wake_up_once(runtime: Runtime) -> None:
    # If `need_send_data` is set, the event loop will send this message anyway.
    if not runtime._get_async_objs().need_send_data.is_set():
        _wake_up(runtime)


def _add_theme(message: CustomThemeConfig, section: str = "theme") -> None:
    theme = _theme(section)
    if theme.ListFields():  # an empty section is not sent
        message.MergeFrom(theme)


@cache
def _theme(section: str) -> CustomThemeConfig:
    theme = CustomThemeConfig()
    _read_theme(theme, section)
    return theme
