"""What to do while the store contains no sends."""

from __future__ import annotations

import streamlit as st

from pages.shell.error_messages import retry_soon
from pages.shell.freshness_line import draw_platform_trouble
from pages.shell.page_run import view
from pages.text.i18n import _


def draw_empty_store() -> None:
    """Draw what to do while the store contains no sends."""
    with st.container(border=True):
        st.header(_("No send configurations yet"))
        if (polling := view().app.polling) is not None:
            st.markdown(_("Freio reads the sends from {platform}.", platform=polling.profile))
            draw_platform_trouble(polling)
            retry_soon()
            return
        st.markdown(
            _(
                "Load an export of your send configurations to see what is about to go out and "
                "what can still be stopped. A CSV file with the columns **id, name, state, "
                "total_records, scheduled_at** is enough; Portuguese and Spanish headings work too."
            )
        )
        with st.container(horizontal=True):
            st.page_link("feeds.py", label=_("Load a file"), icon=":material/upload_file:")
            st.page_link("help.py", label=_("When a send can be stopped"))
