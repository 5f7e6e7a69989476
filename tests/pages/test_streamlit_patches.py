"""A click has its effect, and an upload gets its address, although another run of the page begins."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from pages.server.streamlit_patches import patch_streamlit


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in (
        (SessionState, "_call_callbacks"),
        (ScriptRunner, "_maybe_handle_execution_control_request"),
        (ForwardMsgQueue, "clear"),
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
