"""Read and use the open abort dialog. AppTest does not support components."""

import json
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest


def shown(at: AppTest) -> dict[str, Any]:
    """Return the data of the form as it goes to the browser."""
    return json.loads(_form(at).json)


def confirm(at: AppTest, **answers: str) -> AppTest:
    """Press the confirming button, with `reason` and `note`, and run the page again."""
    data, id = shown(at), _form(at).id
    pressed = {"id": data["id"], "shown": data["shown"], "reason": "", "note": ""} | answers
    states = at._tree.get_widget_states()
    states.widgets.append(
        WidgetState(
            id=f"$$STREAMLIT_INTERNAL_KEY_{id}__events",
            json_trigger_value=json.dumps([{"event": "confirm", "value": pressed}]),
        )
    )
    at._run(states)
    return at


def _form(at: AppTest) -> Any:
    found = [c.proto for c in at.get("bidi_component")]
    (form,) = [proto for proto in found if proto.component_name == "freio_abort_form"]
    return form
