"""Widgets that show a value of another object. The value stays when a person leaves the page."""

import streamlit as st


def bound(key: str, value: object) -> str:
    """Give a value to the widget with this key, before the widget is drawn. Return the key."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key
