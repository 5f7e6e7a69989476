"""A client that sends the same messages as Streamlit's front end in a browser."""

from types import TracebackType
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.access import HEADERS

_FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class Visitor:
    """One session on one page. Each call returns when the last message of its answer has arrived."""

    def __init__(self, address: str, page: str) -> None:
        url = address.replace("http://", "ws://") + "/_stcore/stream"
        self._socket = connect(
            url,
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers=HEADERS,
            max_size=None,
        )
        self._page = page
        self._fragments: set[str] = set()

    def rerun(self) -> None:
        """Run the whole page, as the browser does when it is opened or a widget is clicked."""
        self._fragments.clear()
        self._run("")

    def refresh(self) -> None:
        """Run each part of the page that refreshes by itself, and nothing else."""
        assert self._fragments, "the page has no part that refreshes"
        for fragment in sorted(self._fragments):
            self._run(fragment)

    def _run(self, fragment: str) -> None:
        state = ClientState(
            page_name=self._page, fragment_id=fragment, is_auto_rerun=bool(fragment)
        )
        self._socket.send(BackMsg(rerun_script=state).SerializeToString())
        while not self._has_ended(ForwardMsg.FromString(self._socket.recv(timeout=300))):
            pass

    def _has_ended(self, message: ForwardMsg) -> bool:
        kind = message.WhichOneof("type")
        # Each part that refreshes contains the component that requests it (pages/shell/auto_refresh.py).
        if message.delta.new_element.bidi_component.component_name == "freio_auto_refresh":
            self._fragments.add(message.delta.fragment_id)
        if kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            raise AssertionError(message.delta.new_element.exception.message)
        if kind != "script_finished":
            return False
        assert message.script_finished in _FINISHED, message
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
