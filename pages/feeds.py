"""The Feeds page: preview a file, load it, and see the results of earlier loads."""

import streamlit as st

from core.access.permissions import Right
from pages.files import file_columns, file_upload, load_result
from pages.shell import session
from pages.text import sentences
from pages.text.i18n import _

app = session.view().app
session.require(Right.LOAD, _("Feeds"))

st.title(_("Feeds"))
st.markdown(
    _(
        "Load an export of your send configurations. You first see what it would change; nothing "
        "is written before you say so."
    )
)
if app.settings.inbox is not None:
    st.caption(
        _(
            "Files put into {folder} are loaded by themselves, with a report beside each.",
            folder=sentences.escape(str(app.settings.inbox)),
        )
    )
if app.is_demo():
    st.caption(_("Your file takes the place of the demo data, and the simulated platform stops."))
session.draw_freshness()
file_upload.settle()
load_result.draw_told()
chosen = None
if not file_upload.draw_load():
    chosen = file_upload.draw_upload()
    if chosen is not None:
        options = file_columns.draw_columns(chosen)
        if options is not None:
            file_upload.draw_trial(chosen, options)
# The rejected rows of two files next to each other would be confused.
load_result.draw_history(with_rejects=chosen is None)
