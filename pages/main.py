"""Runs before every page: checks the identity, and draws the navigation and the notices."""

from pathlib import Path
from typing import Literal

import streamlit as st

from core.access.permissions import Right
from pages.sends import abort_dialog, bulk_dialog
from pages.server import upload_access
from pages.shell import (
    abort_notices,
    back_link,
    frame,
    page_run,
    tab_title,
    top_notices,
    url_filters,
    user_line,
)
from pages.text.i18n import _
from pages.viewer import current_user, language

#: The paths of the pages with a list. "" is the overview.
_WITH_LIST = ("", "configurations", "aborts")
MARK = Path(__file__).parent / "shell" / "mark.svg"

st.set_page_config(page_title="Freio", page_icon=MARK, layout="wide")
st.logo(MARK, size="medium")
language.keep_in_url()


def _visible_with(right: Right) -> Literal["visible", "hidden"]:
    # Show demo visitors all pages. The pages say where to enter the access token.
    return "visible" if identity.actor.only_demo or page_run.may(right) else "hidden"


def _draw_top() -> None:
    # Draw all notices as a single part, because each refreshing part sends requests.
    tab_title.draw_tab_title(page)
    is_log = page.url_path == "aborts"
    shown_bulk = st.query_params.get("bulk", "") if is_log else ""
    top_notices.draw_notices(
        shown_bulk=shown_bulk,
        with_stuck=page.url_path != "",
        # The page Aborts draws the concerns itself, except while it shows a bulk abort.
        with_concerns=not is_log or shown_bulk != "",
    )


# Check the identity first: a person without a role gets no page.
with current_user.resolved_once() as identity:
    upload_access.admit(page_run.may(Right.LOAD))
    page = st.navigation(
        [
            st.Page("overview.py", title=_("Overview"), default=True),
            st.Page("configurations.py", title=_("Sends")),
            st.Page("configuration.py", title=_("Send"), visibility="hidden"),
            st.Page("aborts.py", title=_("Aborts")),
            st.Page("feeds.py", title=_("Imports"), visibility=_visible_with(Right.LOAD)),
            st.Page("system.py", title=_("System"), visibility=_visible_with(Right.ADMINISTER)),
            st.Page("help.py", title=_("Help")),
        ],
        position="top" if identity.why is None else "hidden",
    )
    page_run.begin_page()
    # A person can lose the role while a page is open.
    is_over = identity.why is not None and not current_user.is_logging_out()
    open_there = frame.draw_frame(
        is_over=is_over,
        loads_feeds=page.url_path != "feeds"
        and (page_run.may(Right.LOAD) or identity.actor.only_demo),
        has_list=page.url_path in _WITH_LIST,
    )
    if open_there:
        st.session_state["open_there"] = open_there
    if identity.why is not None:
        user_line.draw_no_access()
        st.stop()

    with page_run.one_run():
        # When the person opens a new page, close the dialogs of the previous page.
        if st.session_state.get("page") != page.url_path:
            back_link.note(st.session_state.get("page"), page.url_path)
            st.session_state["page"] = page.url_path
            abort_dialog.keep()
            bulk_dialog.keep()
        url_filters.read_url()
        if there := st.session_state.pop("open_there", {}):
            abort_dialog.reopen(there["send"], there["session"])
            bulk_dialog.reopen(there["bulk"], there["ids"], there["session"])
        page_run.refreshing(abort_dialog.opening(_draw_top), abort_notices.refresh_seconds)
        page_run.run_page(page)
        user_line.draw_user()
        page_run.end_page()
