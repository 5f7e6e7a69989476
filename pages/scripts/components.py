"""Freio's components. A browser caches the files of a component.

Streamlit sends the files of a component again with each update (no upstream issue found). For this
reason, Freio gives Streamlit only a small loader. The loader imports one script with all files.
`pages/server/cached_files.py` serves the script.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Final

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from pages import scripts

ROUTE: Final = "kept"


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a component. One file in `js` must define the function `drawComponent`."""

    html: str
    css: tuple[str, ...]
    js: tuple[str, ...]


_DIALOG: Final = ("sends/abort_answers.js", "scripts/page_state.js", "scripts/color_scheme.js")

_FILES: Final = {
    "freio_frame": _Files(
        scripts.text("shell/frame.html"),
        ("shell/frame.css", "shell/keyboard.css"),
        (
            "shell/frame.js",
            "shell/keyboard.js",
            "shell/phone_menu.js",
            "shell/top_notices.js",
            "shell/skip_link.js",
            "shell/focus_after_back.js",
            "shell/streamlit_texts.js",
            "scripts/page_state.js",
            "scripts/durations.js",
            "text/live_text.js",
            "scripts/color_scheme.js",
            "shell/pending_clicks.js",
            "scripts/navigate.js",
            "scripts/pass_focus.js",
            "scripts/links.js",
            "scripts/running.js",
            "shell/log_in_again.js",
        ),
    ),
    "freio_auto_refresh": _Files(
        "<span hidden></span>",
        (),
        (
            "shell/auto_refresh.js",
            "scripts/page_state.js",
            "scripts/running.js",
            "scripts/navigate.js",
        ),
    ),
    "freio_rows": _Files(
        scripts.text("sends/rows.html"),
        ("text/two_lines.css", "sends/rows.css"),
        (
            "sends/rows.js",
            "sends/row_order.js",
            "sends/row_selection.js",
            "text/countdown.js",
            "scripts/durations.js",
            "scripts/page_state.js",
            "scripts/running.js",
            "scripts/navigate.js",
            "scripts/pass_focus.js",
        ),
    ),
    "freio_states": _Files(
        scripts.text("sends/filter_buttons.html"),
        ("sends/filter_buttons.css",),
        ("sends/filter_buttons.js", "scripts/page_state.js"),
    ),
    "freio_abort_form": _Files(
        scripts.text("sends/abort_form.html"),
        ("sends/abort_form.css",),
        ("sends/abort_form.js", *_DIALOG),
    ),
    "freio_bulk_form": _Files(
        scripts.text("sends/bulk_form.html"),
        ("sends/abort_form.css", "sends/bulk_form.css"),
        ("sends/bulk_form.js", *_DIALOG),
    ),
    "freio_timeline": _Files(
        "<div class='timeline'></div>",
        ("charts/timeline.css",),
        ("charts/timeline.js", "scripts/page_state.js", "scripts/navigate.js"),
    ),
}
NAMES: Final = frozenset(_FILES)


def component(name: str, *, isolate_styles: bool = True) -> ComponentRenderer:
    """Return the function that mounts a component. `isolate_styles` adds a shadow root."""
    loader = scripts.text("scripts/loader.js")
    loader = loader.replace("SCRIPT", address(f"{name}.js", script(name)))
    return st.components.v2.component(name, js=loader, isolate_styles=isolate_styles)


@cache
def script(name: str) -> str:
    """Return the script of a component, with the HTML and CSS."""
    files = _FILES[name]
    parts = {"html": files.html, "css": scripts.joined(*files.css)}
    code = scripts.joined(*files.js, "scripts/mount_parts.js")
    return f"const parts = {json.dumps(parts)};\n{code}"


@cache
def address(name: str, text: str) -> str:
    """Return the address of a file, for the cache of browsers. A new `text` gives a new address."""
    return f"./{ROUTE}/{name}?v={sha256(text.encode()).hexdigest()[:12]}"
