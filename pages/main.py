"""Navigation. Runs before every page, on cold deep links too."""

from pathlib import Path

import streamlit as st

from pages.parts import abort, alerts, concerns, frame, reader, record, session, wall
from pages.parts.say import _

MARK = Path(__file__).parent / "parts" / "mark.svg"

st.set_page_config(page_title="Freio", page_icon=MARK, layout="wide")
st.logo(MARK, size="medium")
reader.keep_in_url()

page = st.navigation(
    [
        st.Page("overview.py", title=_("Overview"), default=True),
        st.Page("configurations.py", title=_("Configurations")),
        st.Page("configuration.py", title=_("Send"), visibility="hidden"),
        st.Page("aborts.py", title=_("Aborts")),
        st.Page("feeds.py", title=_("Feeds")),
        st.Page("system.py", title=_("System")),
        st.Page("help.py", title=_("Help")),
    ],
    position="top",
)

session.style()
frame.draw_frame()
freio = session.freio()

# A question asked on one page is not carried over to the next.
if st.session_state.get("page") != page.url_path:
    st.session_state["page"] = page.url_path
    abort.keep()


def _on_top() -> None:
    # One part for both: each part that refreshes asks the server for itself.
    alerts.draw_alerts()
    if page.url_path != "aborts":
        concerns.draw_concerns()


record.draw_record()
session.refreshing(abort.opening(_on_top))
if freio.is_demo() and not wall.is_asked():
    session.demo_banner()

with session.running():
    page.run()
