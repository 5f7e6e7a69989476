"""Widgets whose value is also stored elsewhere, so that it stays when a person leaves the page."""

import streamlit as st


def bound(key: str, value: object) -> str:
    """Give a value to the widget with this key, and return the key. Draw the widget after this.

    A widget that already has the value is not changed, because a person may be typing in it.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key
