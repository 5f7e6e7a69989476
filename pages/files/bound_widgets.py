"""Widgets whose value is stored elsewhere, so that it survives when a person leaves the page."""

import streamlit as st


def bound(key: str, value: object) -> str:
    """Set a widget, which is drawn next, to this value; return its key.

    A widget that already shows the value is not changed: a person may be typing in it.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key
