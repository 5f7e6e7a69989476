"""What a page that AppTest drew shows in Freio's own parts."""

import json

from streamlit.testing.v1 import AppTest


def list_of(at: AppTest) -> dict:
    """Return the data of the list of sends: its rows and labels."""
    parts = at.get("bidi_component")
    return json.loads(next(p.proto.json for p in parts if p.proto.component_name == "freio_rows"))
