"""The alerts and concerns at the top of every page.

On a small screen they take a quarter of its height, so that the abort buttons stay in view; a
switch with their number shows all of them (page.css).
"""

from __future__ import annotations

import streamlit as st

from core.errors import FreioError
from pages.shell import alert_lines, concern_lines
from pages.shell.session import view
from pages.text import i18n


def draw_notices(*, with_concerns: bool) -> None:
    """Draw the alerts, and the concerns unless the page itself draws them."""
    count = alert_lines.count() + (_concerns() if with_concerns else 0)
    with st.container(key="notices", gap="xsmall"):
        if count:
            st.toggle(
                i18n.plural("Show {n} notice", "Show all {n} notices", count), key="notices_shown"
            )
        with st.container(key="notice_lines"):
            alert_lines.draw_alerts()
            if with_concerns:
                concern_lines.draw_concerns()


def _concerns() -> int:
    try:
        return view().concerns.count()
    except FreioError:
        return 0  # the page below reports the error, and retries
