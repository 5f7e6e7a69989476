"""The page Imports: check a file and load the file."""

import streamlit as st

from core.access.permissions import Right
from pages.files import file_upload, load_history, load_result, reading_options, saved_mappings
from pages.shell import freshness_line, messages, page_run
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

app = page_run.view().app
page_run.require(Right.LOAD, _("Imports"))

st.title(_("Imports"))
st.markdown(
    _(
        "Load an export of your send configurations. You first see what it would change; nothing "
        "is written before you confirm."
    )
)
if app.settings.inbox is not None:
    st.caption(
        _(
            "Files in {folder} are loaded automatically, and a report is written for each.",
            folder=escape_markdown(str(app.settings.inbox)),
        )
    )
if app.is_demo():
    st.caption(_("Your file replaces the demo data, and the simulated platform stops."))
freshness_line.draw_freshness()
with st.container():
    if app.polling is not None:
        freshness_line.draw_platform_trouble(app.polling)
file_upload.finish_load()
with st.container():
    messages.draw_message(load_result.MESSAGE)
chosen = None
# Draw empty containers too. If a container is missing, the open expanders below close.
with st.container():
    if not file_upload.draw_load():
        chosen = file_upload.draw_upload()
        if chosen is not None:
            reading_options.draw_how_read(chosen)
            if chosen.options is not None:
                file_upload.draw_dry_run(chosen, chosen.options)
with st.container():
    # A chosen file has its own list of rejected rows. People would confuse this list with the lists
    # of loaded files, so show only one of the two.
    load_history.draw_history(with_rejects=chosen is None)
saved_mappings.draw_mappings()
