"""Auto-refresh: the browser refreshes a part of a page while the tab is visible."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

import streamlit as st

from pages.scripts.components import component

#: The keys of the components begin with this text. A CSS rule hides the components.
PREFIX = "auto_refresh_"

_GO_TO = "go_to"
_OTHERS = "refresh_others"

_mount = component("freio_auto_refresh")


def draw_auto_refresh(name: str, seconds: float, now: datetime) -> None:
    """Let the browser run the current fragment about every `seconds` seconds."""
    _mount(
        key=_key(name),
        data={
            "seconds": seconds,
            "at": now.timestamp(),
            "go": st.session_state.pop(_GO_TO, None),
            "others": st.session_state.pop(_OTHERS, False),
        },
        on_due_change=lambda: None,
    )


def last_complete_run(name: str) -> int | None:
    """Return the number of the last run of the whole page that reached the browser completely.

    If the number is unknown, return None. Call this within a refresh.
    """
    run = st.session_state.get(_key(name), {}).get("due")
    return run if isinstance(run, int) else None


def draw_end(run: int) -> None:
    """Draw the end marker of a run. The marker shows the browser that the run is complete."""
    st.html(f'<i hidden data-page-run="{run}"></i>')


def _key(name: str) -> str:
    # Streamlit forbids keys with `__` (no upstream issue found).
    return PREFIX + name.strip("_")


def go(page: str, **params: str) -> None:
    """Let the browser open the page at the path `page`. Call this from a fragment's callback.

    `st.switch_page` writes the parameters into the history entry of the previous page. The Back
    button would then open a wrong address. (Related: streamlit #8102, "Passing query parameters on
    switch_page".)
    """
    st.session_state[_GO_TO] = f"{page}?{urlencode(params)}"


def refresh_others() -> None:
    """Let the browser refresh the other parts too. Call this from a fragment's callback."""
    st.session_state[_OTHERS] = True
