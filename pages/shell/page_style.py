"""The style of every page: page.css, with the colours of the palette."""

from __future__ import annotations

import streamlit as st

from pages import scripts
from pages.text import palette


def draw_style() -> None:
    """Draw the style that all pages share."""
    colours = f":root {{ {palette.custom_properties()} }}"
    st.html(f"<style>{colours}\n{scripts.text('shell/page.css')}</style>")
