"""Widgets whose value is stored elsewhere, so that it stays when a person leaves the page."""

import streamlit as st


def bound(key: str, value: object) -> str:
    """Give a value to the widget with this key, and return the key. Then draw the widget.

    If the widget already has the value, do not set the value: perhaps a person is typing in it.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key
