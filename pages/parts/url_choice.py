"""What filters a list, kept in the URL: choices, and how they get there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st


def choice(
    keys: str,
    name: str,
    label: str,
    options: Sequence[str],
    write: Callable[[str], str],
    width: int = 170,
) -> None:
    """Draw a choice whose code stands in the URL under `name`; `keys` begins its widget's key."""
    key = keys + name
    asked = st.query_params.get(name, "")
    if st.session_state.get(key) not in options:
        st.session_state[key] = asked if asked in options else options[0]
    st.selectbox(
        label, options, key=key, format_func=write, on_change=take, args=(name, key), width=width
    )


def take(name: str, key: str) -> None:
    """Put a widget's value into the URL. For callbacks."""
    put(name, str(st.session_state[key] or ""))


def put(name: str, value: str) -> None:
    """Put a filter into the URL, or take it away where the value is empty. For callbacks."""
    # What is on screen stays a page of the new list: its first.
    params = dict(st.query_params)
    params.pop("page", None)
    if name == "state":
        # What can still be done belongs to the state that it was chosen with.
        params.pop("outlook", None)
    params.pop(name, None)
    if value:
        params[name] = value
    st.query_params.from_dict(params)
