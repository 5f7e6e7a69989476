"""A click has its effect, an upload its address and a page its content, whatever else is requested."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from pages.server import streamlit_patches
from pages.server.streamlit_patches import patch_streamlit


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in (
        (SessionState, "_call_callbacks"),
        (ScriptRunner, "_maybe_handle_execution_control_request"),
        (ForwardMsgQueue, "clear"),
        (AppSession, "request_rerun"),
        (AppSession, "_on_scriptrunner_event"),
        (Runtime, "_enqueued_some_message"),
        (app_session, "_populate_theme_msg"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # restored after the test
    patch_streamlit()
    patch_streamlit()


def page() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    def pressed() -> None:
        ctx = get_script_run_ctx()
        assert ctx is not None
        assert ctx.script_requests is not None
        ctx.script_requests.request_rerun(RerunData())
        st.session_state["first"] = True
        st.session_state["second"] = True

    st.button("Press", on_click=pressed)
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1


def test_a_callback_runs_to_its_end_and_the_waiting_run_follows() -> None:
    at = AppTest.from_function(page).run()
    at.button[0].click().run()
    assert at.session_state["first"]
    assert at.session_state["second"]
    assert at.session_state["runs"] == 2


def queue_with_an_address() -> ForwardMsgQueue:
    queue = ForwardMsgQueue()
    for message in (ForwardMsg(), ForwardMsg()):
        queue._queue.append(message)
    queue._queue[0].file_urls_response.response_id = "asked"
    queue._queue[1].delta.new_element.text.body = "from the run before"
    return queue


def test_the_address_of_an_upload_stays_when_a_run_of_the_page_begins() -> None:
    queue = queue_with_an_address()
    queue.clear(retain_lifecycle_msgs=True)
    assert [each.file_urls_response.response_id for each in queue._queue] == ["asked"]


def test_the_address_is_sent_once_when_a_part_of_the_page_runs() -> None:
    queue = queue_with_an_address()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["part"])
    assert sum(each.HasField("file_urls_response") for each in queue._queue) == 1


def test_a_queue_that_was_sent_is_empty() -> None:
    queue = queue_with_an_address()
    assert len(queue.flush()) == 2
    assert len(queue) == 0


PAGE = ClientState(page_script_hash="list")
PART_OF_PAGE = ClientState(page_script_hash="list", fragment_id="rows")
PART_OF_PREVIOUS = ClientState(page_script_hash="log", fragment_id="receipts")


def requested(
    monkeypatch: pytest.MonkeyPatch, *requests: ClientState, is_running: bool = True
) -> list[ClientState | None]:
    """Return the requests that Streamlit gets, of those that a browser sends."""
    taken: list[ClientState | None] = []
    monkeypatch.setattr(streamlit_patches, "_request_run", lambda _, request: taken.append(request))
    session = SimpleNamespace(_scriptrunner=object() if is_running else None)
    for request in requests:
        AppSession.request_rerun(session, request)  # type: ignore[arg-type]
    return taken


def test_a_part_of_the_previous_page_does_not_run_after_another_page_was_requested(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = requested(monkeypatch, PART_OF_PREVIOUS, PAGE, PART_OF_PREVIOUS, PART_OF_PAGE)
    assert taken == [PART_OF_PREVIOUS, PAGE, PART_OF_PAGE]


def test_a_part_of_the_page_that_streamlit_shows_instead_of_a_missing_one_is_refreshed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = ClientState(page_script_hash="default", fragment_id="tiles")
    assert requested(monkeypatch, PAGE, found, is_running=False) == [PAGE, found]


MESSAGE = ScriptRunnerEvent.ENQUEUE_FORWARD_MSG
END = ScriptRunnerEvent.FRAGMENT_STOPPED_WITH_SUCCESS


class Session:
    """A session that notes the events that arrive in its loop, and how often the loop wakes up."""

    def __init__(self) -> None:
        self.handled: list[object] = []
        self.wakes = 0
        self._event_loop = asyncio.get_running_loop()

    def _call_soon_on_event_loop(self, callback: Callable[[], None]) -> None:
        self.wakes += 1
        self._event_loop.call_soon_threadsafe(callback)

    def _handle_scriptrunner_event_on_event_loop(
        self, _sender: object, event: ScriptRunnerEvent, forward_msg: object = None
    ) -> None:
        if forward_msg == "broken":
            raise RuntimeError("the message is broken")
        self.handled.append(forward_msg if event is MESSAGE else event)


def arrived(*events: object) -> Session:
    """Send events from another thread, each a message or END, and wait until all are handled."""

    def send(session: Session) -> None:
        for each in events:
            event, given = (END, {}) if each is END else (MESSAGE, {"forward_msg": each})
            AppSession._on_scriptrunner_event(session, None, event, **given)  # type: ignore[arg-type]

    async def run() -> Session:
        session = Session()
        await asyncio.to_thread(send, session)
        due = sum(each != "broken" for each in events)
        async with asyncio.timeout(10):
            while len(session.handled) < due:
                await asyncio.sleep(0.001)
        return session

    return asyncio.run(run())


def test_forty_elements_and_the_end_of_a_run_wake_the_server_up_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streamlit_patches, "GROUP_SECONDS", 10)
    session = arrived(*range(40), END)
    assert session.handled == [*range(40), END]
    assert session.wakes == 2


def test_an_element_arrives_although_the_run_has_not_ended() -> None:
    assert arrived("first").handled == ["first"]


def test_the_elements_of_two_runs_arrive_in_order() -> None:
    events = [*range(5), END, *range(5, 9), END]
    assert arrived(*events).handled == events


def test_an_event_that_fails_does_not_keep_the_next_ones_away() -> None:
    assert arrived("broken", "next", END).handled == ["next", END]


def test_the_server_is_asked_once_to_send_what_waits() -> None:
    async def run() -> int:
        wakes = 0

        def wake(callback: Callable[[], None]) -> None:
            nonlocal wakes
            wakes += 1
            callback()

        due = asyncio.Event()
        loop = SimpleNamespace(call_soon_threadsafe=wake)
        objects = SimpleNamespace(eventloop=loop, need_send_data=due)
        runtime = SimpleNamespace(_get_async_objs=lambda: objects)
        for _ in range(3):
            Runtime._enqueued_some_message(runtime)  # type: ignore[arg-type]
        assert due.is_set()
        due.clear()
        Runtime._enqueued_some_message(runtime)  # type: ignore[arg-type]
        return wakes

    assert asyncio.run(run()) == 2


@pytest.mark.parametrize("section", ["theme", "theme.light", "theme.dark", "theme.sidebar"])
def test_the_theme_is_read_once_and_each_run_sends_the_whole_theme(
    section: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamlit_patches._theme.cache_clear()
    read = streamlit_patches._read_theme
    expected = CustomThemeConfig()
    read(expected, section)
    reads: list[str] = []
    monkeypatch.setattr(
        streamlit_patches,
        "_read_theme",
        lambda theme, name: (reads.append(name), read(theme, name)),
    )
    for _ in range(2):
        sent = CustomThemeConfig()
        app_session._populate_theme_msg(sent, section)
        assert sent == expected
    assert reads == [section]
