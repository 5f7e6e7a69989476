"""What stands around every page: the choice of language, the keys, and Streamlit's own texts.

The choice is plain links, so that it works before anything else does and can be shared; the server
remembers it (`reader.RememberLanguage`). The script tells the browser the page's language, lets `/`
lead to the search, and says in the reader's language what Streamlit says only in English.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.locale import LANGUAGES, NAMES
from pages.parts.reader import PARAMETER, reader
from pages.parts.say import _

_BESIDE = Path(__file__)


def _text(name: str) -> str:
    return _BESIDE.with_name(name).read_text(encoding="utf-8")


_mount = st.components.v2.component(
    "freio_frame",
    html=_text("frame.html"),
    css=_text("frame.css"),
    js=_text("frame.js") + _text("entry.js"),
)


def draw_frame(*, is_over: bool) -> None:
    """Draw the choice of language at the top of the page, and set the page's language.

    Where `is_over`, the browser loads the page anew and meets the sign-in page.
    """
    found = reader()
    with st.container(key="frame"):
        _mount(
            key="frame_part",
            data={
                "parameter": PARAMETER,
                "locale": str(found.locale).replace("_", "-"),
                "label": _("Language"),
                "languages": [
                    {"code": code, "name": NAMES[code], "chosen": code == found.language}
                    for code in LANGUAGES
                ],
                "builtin": _builtin(),
                "is_over": is_over,
            },
        )


def _builtin() -> dict[str, str]:
    """Return what Streamlit says in English, and what it shall say instead."""
    return {
        "Skip to main content": _("Skip to main content"),
        "Close": _("Close"),
        "Upload": _("Choose a file"),
        " per file": " " + _("a file at most"),
        "Press Enter to apply": _("Press Enter to apply"),
        "Show/hide columns": _("Show or hide columns"),
        "Download as CSV": _("Download as CSV"),
        "Search": _("Search"),
        "Close fullscreen": _("Leave full screen"),
        "Fullscreen": _("Full screen"),
        "Scrollable table": _("Table"),
        "No results": _("Nothing found"),
        "App pages": _("Pages"),
        "Sidebar": _("Menu"),
        "Expand sidebar": _("Open the menu"),
        "Collapse sidebar": _("Close the menu"),
        "Clear value": _("Clear"),
        "Open": _("Open"),
        "Increment": _("One more"),
        "Decrement": _("One less"),
        "Choose date and time": _("Choose day and time"),
        "yyyy": _("yyyy"),
        "Previous month": _("Previous month"),
        "Next month": _("Next month"),
        "Stop": _("Stop"),
        "file upload": _("Choose a file"),
        "App Logo": "Freio",
        "Navigate to home page": _("To the overview"),
        "Help for ": _("Help:") + " ",
        "Remove ": _("Remove:") + " ",
        "Add files": _("Choose another file"),
        "CONNECTING": _("Connecting"),
        "The page that you have requested does not seem to exist. Running the app's main page.": _(
            "There is no page at this address. The overview is shown instead."
        ),
        "Page not found": _("Page not found"),
    }
