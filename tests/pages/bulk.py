"""Send what a browser sends about a bulk abort. AppTest does not support components."""

import json
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest


def data(at: AppTest, component: str) -> dict[str, Any]:
    """Return the data of a component as it goes to the browser."""
    return json.loads(_proto(at, component).json)


def is_shown(at: AppTest, component: str) -> bool:
    """Return whether the page has this component."""
    return component in [c.proto.component_name for c in at.get("bidi_component")]


def select(at: AppTest, *changes: object) -> AppTest:
    """Report changes of the selection, each with its number."""
    states = at._tree.get_widget_states()
    value = {"selection": {"source": "test", "changes": list(changes)}}
    states.widgets.append(WidgetState(id=_proto(at, "freio_rows").id, json_value=json.dumps(value)))
    at._run(states)
    assert not at.exception
    return at


def trigger(at: AppTest, component: str, event: str, value: object) -> AppTest:
    """Send an event of a component, such as a press on one of its buttons."""
    states = at._tree.get_widget_states()
    states.widgets.append(
        WidgetState(
            id=f"$$STREAMLIT_INTERNAL_KEY_{_proto(at, component).id}__events",
            json_trigger_value=json.dumps([{"event": event, "value": value}]),
        )
    )
    at._run(states)
    assert not at.exception
    return at


def open_dialog(at: AppTest) -> dict[str, Any]:
    """Press the button of the bar; return what the dialog shows."""
    trigger(at, "freio_rows", "bulk", True)
    return data(at, "freio_bulk_form")


def confirm(at: AppTest, **answers: str) -> AppTest:
    """Press the confirming button of the dialog."""
    form = data(at, "freio_bulk_form")
    sent = {"id": form["id"], "shown": form["shown"], "typed": form["to_type"]}
    return trigger(at, "freio_bulk_form", "confirm", sent | answers)


def _proto(at: AppTest, component: str) -> Any:
    found = [c.proto for c in at.get("bidi_component")]
    (proto,) = [each for each in found if each.component_name == component]
    return proto
