"""A click has its effect, an upload its address and a page its content, whatever else is requested."""

from types import SimpleNamespace

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
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
