"""The header of every page, and the scripts for the whole page."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from core.errors import SettingsError
from core.locale import LANGUAGES, NAMES
from core.runtime import instance
from pages.scripts.components import component
from pages.shell.messages import or_default
from pages.shell.streamlit_texts import streamlit_texts
from pages.text import i18n, live_text
from pages.text.countdown import count_words
from pages.text.i18n import _
from pages.viewer.language import LANGUAGE_PARAMETER, reader_language

_mount = component("freio_frame")

#: The page shows a notice if the server is silent for at least _SILENT_SECONDS seconds and for the
#: time of at least _SILENT_REFRESHES refreshes.
_SILENT_SECONDS = 20.0
_SILENT_REFRESHES = 4


def draw_frame(*, is_over: bool, loads_feeds: bool, has_list: bool) -> dict[str, Any]:
    """Draw the header, and start the scripts. Return the dialog that the browser shows.

    The browser names the dialog after a reconnect, and after refreshes without an answer.

    - `is_over`: the person has lost the role. The browser then reloads the page.
    - `loads_feeds`: the demo notice has a link to the page Imports.
    - `has_list`: the page has a list.

    If the browser names nothing, the result is empty. Otherwise, the result has these keys. Their
    values are empty if no dialog is open.

    - `session`: the name of the session that drew the dialog (`abort_dialog.session_name`).
    - `send`: the id of the send, or "" for a bulk abort.
    - `bulk` and `ids`: the id of the dialog of a bulk abort, and the ids of the selected sends.
    """
    found = reader_language()
    with st.container(key="frame"):
        drawn = _mount(
            key="frame_part",
            on_again_change=lambda: None,
            data={
                "at": time.time(),
                "silent_after": _silent_after(),
                "ages": live_text.age_words() | {"count": count_words()},
                "notices": _notices() | _links(),
                "parameter": LANGUAGE_PARAMETER,
                "locale": str(found.locale).replace("_", "-"),
                "label": _("Language"),
                "languages": [
                    {"code": code, "name": NAMES[code], "chosen": code == found.code}
                    for code in LANGUAGES
                ],
                "zone": {
                    "name": i18n.zone_name(),
                    "offset": i18n.zone_offset(),
                    "why": _("All times are in this time zone: {zone}", zone=i18n.zone_name()),
                },
                "demo": None if is_over else _demo(loads_feeds),
                "skip": _("Skip to the list") if has_list else _("Skip to the content"),
                "builtin": streamlit_texts(),
                "keyboard": _keyboard(),
                "is_over": is_over,
            },
        )
    open_there = drawn.get("again")
    if not isinstance(open_there, dict):
        return {}
    ids = open_there.get("ids")
    texts = {name: str(open_there.get(name, "")) for name in ("send", "bulk", "session")}
    return texts | {"ids": list(map(str, ids)) if isinstance(ids, list) else []}


def _demo(loads_feeds: bool) -> dict[str, str] | None:
    if not or_default(lambda: instance.current().is_demo(), False):
        return None
    return {
        "word": _("Demo data"),
        "why": _("A simulated platform runs these sends; nothing here is real."),
        "link": _("Load your own export") if loads_feeds else "",
    }


def _keyboard() -> dict[str, object]:
    return {
        "title": _("Keyboard shortcuts"),
        "keys": [
            ("/", _("Search in the list of sends")),
            ("j, k", _("Next row, previous row")),
            ("Enter", _("Open the send of the row, or the only hit of a search")),
            ("a", _("Ask whether to abort the send of the row")),
            ("?", _("Show these keys")),
        ],
        "use": _("Use /, j, k, a and ?"),
        "close": _("Close"),
    }


def _silent_after() -> float:
    try:
        return max(_SILENT_SECONDS, _SILENT_REFRESHES * instance.settings().refresh_seconds)
    except SettingsError:
        return _SILENT_SECONDS


def _notices() -> dict[str, str]:
    return {
        "away": _(
            "The server has not answered for a while. What you see may have changed since "
            "then, and nothing can be stopped from here until the server answers. If a "
            "send cannot wait, abort it in the platform."
        ),
        "unanswered": _(
            "The server has not answered this click. It may have been carried out or not: "
            "nothing is confirmed as stopped, and the send may still go out. Check the "
            "send before you click again."
        ),
        "unsent": _(
            "The server does not answer, so this click was not sent and aborted nothing. "
            "The send may still go out. Click again when the server answers, or abort the "
            "send in the platform."
        ),
    }


def _links() -> dict[str, str]:
    return {"open": _("Check the send"), "reload": _("Reload the page"), "close": _("OK")}
