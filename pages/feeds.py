"""Where the data comes from: try a file, load it, see what came of it."""

import streamlit as st

from core.access.permissions import Right
from pages.files import file_columns, file_upload, load_result
from pages.shell import session
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

freio = session.freio()
session.require(Right.LOAD, _("Feeds"))

st.title(_("Feeds"))
st.markdown(
    _(
        "Load an export of your send configurations. You first see what it would change; "
        "nothing is written until you confirm."
    )
)
if freio.settings.inbox is not None:
    st.caption(
        _(
            "Files in {folder} are loaded automatically, each with a report next to it.",
            folder=escape_markdown(str(freio.settings.inbox)),
        )
    )
if freio.is_demo():
    st.caption(_("Your file replaces the demo data, and the simulated platform stops."))
session.freshness()
file_upload.settle()
load_result.draw_told()
chosen = None
if not file_upload.draw_load():
    chosen = file_upload.draw_upload()
    if chosen is not None:
        options = file_columns.draw_columns(chosen)
        if options is not None:
            file_upload.draw_trial(chosen, options)
# Two lists of rows that cannot be read, of two files, would be taken for one another.
load_result.draw_history(with_rejects=chosen is None)
