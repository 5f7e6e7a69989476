"""What the browser does for a part of a page: refresh it while it is seen, and lead elsewhere."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

import streamlit as st

from pages import scripts

#: Keys begin with this, so that one rule of style keeps all of them from taking up room.
PREFIX = "pulse_"

_GOING = "going_to"

_mount = st.components.v2.component(
    "freio_pulse",
    html="<span hidden></span>",
    js=scripts.joined(
        "shell/auto_refresh.js", "scripts/live.js", "scripts/running.js", "scripts/visit.js"
    ),
)


def draw_pulse(name: str, seconds: float, now: datetime) -> None:
    """Within a fragment: let the browser run it again every so many seconds while it is seen."""
    _mount(
        key=_key(name),
        data={
            "seconds": seconds,
            "at": now.timestamp(),
            "go": st.session_state.pop(_GOING, None),
        },
        on_due_change=_nothing,
    )


def last_whole(name: str) -> int | None:
    """Within a run that the browser asked for: return the run of the page that it holds whole."""
    asked = st.session_state.get(_key(name), {}).get("due")
    return asked if isinstance(asked, int) else None


def draw_end(run: int) -> None:
    """Draw the end of a run of the whole page, for the browser to know that all of it has come."""
    st.html(f'<i hidden data-page-run="{run}"></i>')


def _key(name: str) -> str:
    # Streamlit takes no key with two underscores in a row for a component.
    return PREFIX + name.strip("_")


def go(page: str, **params: str) -> None:
    """Let the browser go to a page of Freio, named by its path. For callbacks in fragments.

    `st.switch_page` writes the parameters into the history of the page that is left, so that the
    way back would lead elsewhere.
    """
    st.session_state[_GOING] = f"{page}?{urlencode(params)}"


def _nothing() -> None:
    """Do no more than the rerun that a trigger brings."""
