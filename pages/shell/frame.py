"""What stands around every page: the choice of language, the keys, Streamlit's own texts, and what
the browser does by itself: it lets ages go on (ages.js) and watches over every press (answers.js).

The choice is plain links, so that it works before anything else does and can be shared; the server
remembers it (`reader.RememberLanguage`). The script tells the browser the page's language, lets `/`
lead to the search, and says in the reader's language what Streamlit says only in English.
"""

from __future__ import annotations

import time
from dataclasses import asdict

import streamlit as st

from core.errors import SettingsError
from core.locale import LANGUAGES, NAMES
from core.runtime import instance
from pages import scripts
from pages.text import ages
from pages.text.countdown import count_words
from pages.text.i18n import _
from pages.viewer.language import PARAMETER, reader

_SCRIPTS = (
    "shell/frame.js",
    "scripts/live.js",
    "scripts/times.js",
    "text/ages.js",
    "shell/pending_clicks.js",
    "scripts/running.js",
    "shell/entry.js",
)

_mount = st.components.v2.component(
    "freio_frame",
    html=scripts.text("shell/frame.html"),
    css=scripts.text("shell/frame.css"),
    js=scripts.joined(*_SCRIPTS),
)

#: Without an answer for this long, at least, the server is called silent, and no light is green.
_SILENT_SECONDS = 20.0
_SILENT_PERIODS = 4


def draw_frame(*, is_over: bool) -> dict[str, str]:
    """Draw the choice of language at the top of the page, and set the page's language.

    Where `is_over`, the browser loads the page again and meets the sign-in page.

    Where the browser asks for the page after its connection broke, return what dialog stands open
    there: the `send` that it is about, and the `session` that drew it. Both come from outside.
    """
    found = reader()
    with st.container(key="frame"):
        drawn = _mount(
            key="frame_part",
            on_again_change=_nothing,
            data={
                "at": time.time(),
                "silent_after": _silent_after(),
                "ages": ages.words() | {"count": asdict(count_words())},
                "answers": _troubles() | _ways_on(),
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
    open_there = drawn.get("again")
    if not isinstance(open_there, dict):
        return {}
    return {name: str(open_there.get(name, "")) for name in ("send", "session")}


def _nothing() -> None:
    """Do no more than the run of the page that a trigger brings."""


def _silent_after() -> float:
    try:
        return max(_SILENT_SECONDS, _SILENT_PERIODS * instance.settings().refresh_seconds)
    except SettingsError:
        return _SILENT_SECONDS


def _troubles() -> dict[str, str]:
    """Return what is said where an answer does not come."""
    return {
        "away": _(
            "The server has not answered for a while. What stands here may have changed since, "
            "and nothing can be stopped from here until it is back. What cannot wait, stop in the "
            "platform."
        ),
        "unanswered": _(
            "This press has not been answered. It may have been carried out or not: nothing is "
            "confirmed as stopped, and the send may still go out. Look at the send before you "
            "press again."
        ),
        "unsent": _(
            "The server does not answer, so this press was not sent and nothing was stopped by "
            "it. The send may still go out. Press again when the page is back, or stop it in the "
            "platform."
        ),
    }


def _ways_on() -> dict[str, str]:
    return {
        "look": _("Look at the send"),
        "reload": _("Reload the page"),
        "close": _("OK"),
    }


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
        "AxiosError: Request failed with status code 421": _(
            "The file was not loaded, and nothing was changed: it reached a dashboard that does "
            "not hold this page. Reload the page and try again. If it happens again, tell the "
            "people who run Freio that the load balancer needs sticky sessions."
        ),
        "AxiosError: Request failed with status code 403": _(
            "The file was not loaded, and nothing was changed: the server refused it. Reload the "
            "page and try again."
        ),
        "AxiosError: Network Error": _(
            "The file was not loaded, and nothing was changed: the server does not answer. Try "
            "again when the page is back."
        ),
        "Error: ": _("Error:") + " ",
    }
