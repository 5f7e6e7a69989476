"""The list of sends: one row each, with a button on those that can be stopped.

It draws and decides nothing. Every text comes in ready to show, and goes to the browser as data
only. The browser names a row by its configuration's id, never by its position.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from core.states import Outlook
from pages.parts import palette

_BESIDE = Path(__file__)


@dataclass(frozen=True, slots=True)
class Row:
    """One send, as it is shown. `abort_label` is what a screen reader says for the button."""

    id: str
    href: str
    name: str
    state: str
    account: str
    channel: str
    recipients: str
    progress_text: str
    progress_share: float | None
    scheduled: str
    time_left: str
    verdict_word: str
    outlook: Outlook
    can_abort: bool
    reason_word: str
    abort_label: str


@dataclass(frozen=True, slots=True)
class Labels:
    """The words around the rows, already translated."""

    caption: str
    empty: str
    verdict: str
    state: str
    time_left: str
    name: str
    account: str
    channel: str
    recipients: str
    progress: str
    scheduled: str
    action: str
    abort: str


def _text(suffix: str) -> str:
    return _BESIDE.with_suffix(suffix).read_text(encoding="utf-8")


# Registered once, when the module is imported. Streamlit registers it again where a runtime does
# not know it yet, as each AppTest makes its own.
_mount = st.components.v2.component(
    "freio_rows",
    html=_text(".html"),
    css=f":host {{ {palette.custom_properties()} }}\n{_text('.css')}",
    js=_text(".js"),
)


def draw_rows(
    rows: Sequence[Row], *, key: str, labels: Labels, on_abort: Callable[[str], None]
) -> None:
    """Draw the rows; `on_abort` gets the id of the send whose button was pressed."""

    def report() -> None:
        pressed = st.session_state[key].get("abort")
        if isinstance(pressed, str):
            on_abort(pressed)

    _mount(
        key=key,
        data={
            "labels": asdict(labels),
            "rows": [asdict(row) | {"sign": palette.SIGNS[row.outlook]} for row in rows],
        },
        on_abort_change=report,
    )
