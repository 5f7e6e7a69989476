"""A client of Streamlit's WebSocket without a browser, to send messages that no page would send."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.access import COOKIES


class WebSocketClient:
    """One connection.

    `received` is the text of all messages that the server has sent, with non-ASCII letters escaped.
    `widgets` maps the keys of widgets to their ids. `session` is the id of the server's session.
    `asked` has the data that the dialog was drawn for: the `id` of the send and `shown`.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self._socket = connection
        self.received = ""
        self.widgets: dict[str, str] = {}
        self.session = ""
        self.asked: dict[str, str] = {}
        self._page = ""

    def open(self, page: str = "") -> None:
        """Request a page, as a browser does after it has connected."""
        message = BackMsg()
        message.rerun_script.page_name = page
        self._run(message)

    def claim(self, id: str) -> None:
        """Send that the button with this id was pressed."""
        message = self._again()
        message.rerun_script.widget_states.widgets.add(id=id, trigger_value=True)
        self._run(message)

    def abort_in_row(self, list_key: str, id: str) -> None:
        """Send that the abort button in a send's row was pressed, even if the row has no button."""
        self._trigger(list_key, "abort", id)

    def abort_selected(self, list_key: str, ids: list[str]) -> None:
        """Send that these sends were selected and the button of their bar was pressed."""
        selected = {"source": "forged", "changes": [[1, "add", ids]]}
        self._trigger(list_key, "bulk", True, {"selection": selected})

    def confirm(self) -> None:
        """Send that the dialog was confirmed, with the facts that the server sent last."""
        self._trigger("abort_form", "confirm", {"reason": "", "note": ""} | self.asked)

    def _trigger(self, key: str, event: str, value: object, state: object = None) -> None:
        message = self._again()
        states = message.rerun_script.widget_states.widgets
        states.add(id=self.widgets[key], json_value=json.dumps(state or {}))
        states.add(
            id=f"$$STREAMLIT_INTERNAL_KEY_{self.widgets[key]}__events",
            json_trigger_value=json.dumps([{"event": event, "value": value}]),
        )
        self._run(message)

    def _again(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.page_script_hash = self._page
        return message

    def _run(self, message: BackMsg) -> None:
        self._socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(self._socket.recv(timeout=20))
            self.received += str(answer)
            if answer.HasField("new_session"):
                self.session = answer.new_session.initialize.session_id
            if answer.HasField("navigation"):
                self._page = answer.navigation.page_script_hash
            if answer.HasField("delta"):
                self._note(answer)
            if answer.WhichOneof("type") == "script_finished":
                return

    def _note(self, answer: ForwardMsg) -> None:
        element = answer.delta.new_element
        kind = element.WhichOneof("type")
        id = getattr(getattr(element, kind or "", None), "id", "")
        # "$$ID-<hash>-<key>"
        if id.startswith("$$ID-"):
            self.widgets[id.split("-", 2)[2]] = id
        if element.bidi_component.component_name == "freio_abort_form":
            data = json.loads(element.bidi_component.json)
            self.asked = {"id": data["id"], "shown": data["shown"]}


@contextmanager
def connected(
    address: str,
    cookies: Mapping[str, str] | None = None,
    *,
    origin: str | None = "",
    through: int = 0,
    **headers: str,
) -> Iterator[WebSocketClient]:
    """Connect with these cookies and headers, without the limits of a browser.

    Without `cookies`, the cookie of the access token is sent. `origin` is `address` by default, and
    None sends no origin. `through` is the port of a proxy on this machine.
    """
    cookies = COOKIES if cookies is None else cookies
    all_headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())} if cookies else {}
    all_headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    line = socket.create_connection(("127.0.0.1", through)) if through else None
    with connect(
        address.replace("http://", "ws://") + "/_stcore/stream",
        sock=line,
        origin=address if origin == "" else origin,  # type: ignore[arg-type]
        subprotocols=["streamlit", cookies.get("_streamlit_xsrf", "none")],  # type: ignore[list-item]
        additional_headers=all_headers,
        proxy=None,
        max_size=None,
    ) as connection:
        yield WebSocketClient(connection)


def login_page(
    address: str, path: str = "", cookies: Mapping[str, str] | None = None, **headers: str
) -> str:
    """Return the page for a person without a role; fail if the person gets access."""
    with pytest.raises(InvalidStatus, match="403"), connected(address, cookies, **headers):
        pass
    all_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = httpx.get(f"{address}/{path}", cookies=dict(cookies or {}), headers=all_headers)
    assert answer.status_code == 403
    return answer.text
