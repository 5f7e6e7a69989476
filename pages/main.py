"""Navigation. Runs before every page, on cold deep links too."""

from pathlib import Path
from typing import Literal

import streamlit as st

from core.access.permissions import Right
from pages.charts import wall
from pages.sends import abort_dialog
from pages.server import upload_access
from pages.shell import account, alert_lines, concern_lines, frame, journal_lines, session
from pages.text.i18n import _
from pages.viewer import current_user, language

MARK = Path(__file__).parent / "shell" / "mark.svg"

st.set_page_config(page_title="Freio", page_icon=MARK, layout="wide")
st.logo(MARK, size="medium")
language.keep_in_url()


def _unless(right: Right) -> Literal["visible", "hidden"]:
    # Whoever sees the demo without the token finds on these pages how to get in.
    return "visible" if found.actor.only_demo or session.may(right) else "hidden"


# Who it is comes first: without a role there is no page, whatever the address says.
found = current_user.identity()
upload_access.admit(session.may(Right.LOAD))
page = st.navigation(
    [
        st.Page("overview.py", title=_("Overview"), default=True),
        st.Page("configurations.py", title=_("Configurations")),
        st.Page("configuration.py", title=_("Send"), visibility="hidden"),
        st.Page("aborts.py", title=_("Aborts")),
        st.Page("feeds.py", title=_("Feeds"), visibility=_unless(Right.LOAD)),
        st.Page("system.py", title=_("System"), visibility=_unless(Right.ADMINISTER)),
        st.Page("help.py", title=_("Help")),
    ],
    position="top" if found.why is None else "hidden",
)

session.begin_run()
session.style()
# Nobody gets here without a role (`parts/sign_in.py`), but one may end while a page is open.
open_there = frame.draw_frame(is_over=found.why is not None and not current_user.is_leaving())
if open_there:
    st.session_state["open_there"] = open_there
if found.why is not None:
    account.draw_leaving()
    st.stop()

freio = session.freio()

# A question asked on one page is not carried over to the next.
if st.session_state.get("page") != page.url_path:
    st.session_state["page"] = page.url_path
    abort_dialog.keep()
abort_dialog.reopen(**st.session_state.pop("open_there", {}))


def _on_top() -> None:
    # One part for both: each part that refreshes asks the server for itself.
    alert_lines.draw_alerts()
    if page.url_path != "aborts":
        concern_lines.draw_concerns()


journal_lines.draw_record()
session.refreshing(abort_dialog.opening(_on_top))
if freio.is_demo() and not wall.is_asked():
    session.demo_banner(is_at_feeds=page.url_path == "feeds")

with session.running():
    page.run()
account.draw_person()
session.end_run()
