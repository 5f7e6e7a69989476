"""Widgets whose value is also stored elsewhere, so that it stays when a person leaves the page."""

import streamlit as st


def bound(key: str, value: object) -> str:
    """Set the widget that is drawn next to this value, and return its key.

    A widget that already has the value is not changed, because a person may be typing in it.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key
