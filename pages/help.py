"""The page Help: when a send can be stopped."""

import streamlit as st

from core.runtime.instance import platform
from pages.sends import rules_table
from pages.text import names
from pages.text.i18n import _

st.title(_("Help"))

st.header(_("When a send can be stopped"))
rules_table.draw_in_short()
if platform().interrupts:
    deciding = _(
        "Two facts decide: the state of the send, and whether messages have gone out. Each line "
        "shows what Freio says about a send with {r}."
    )
else:
    deciding = _(
        "Two facts decide: the state of the send, and whether the platform has begun to "
        "generate its data. Each line shows what Freio says about a send with {r}."
    )
st.markdown(deciding.format(r=names.recipients(rules_table.EXAMPLE_RECORDS)))
rules_table.draw_rules()

if not platform().interrupts:
    st.header(_("Why 5,000 records make a difference"))
    st.markdown(
        _(
            "Data is generated in batches of at least 5,000 records. A send of up to 5,000 "
            "fits in one batch, so it goes out completely as soon as generation begins. A "
            "larger one goes out batch by batch, but cannot be interrupted either."
        )
    )
    rules_table.draw_batches()

st.header(_("What the colours and signs mean"))
rules_table.draw_signs()

st.header(_("When the data comes from a file"))
st.markdown(
    _(
        "Then Freio records the abort, and you must also abort the send in the platform: "
        "{path}. The abort is **open** until a later file confirms it, **confirmed** when "
        "one does, and **contradicted** when one shows that the send went on. A "
        "contradicted abort is shown at the top of every page until a person acknowledges "
        "it.",
        path=names.platform_path(),
    )
)

st.header(_("Keys and addresses"))
st.markdown(
    _(
        "`/` moves to the search box of the list. `Esc` closes the dialog and does not "
        "abort the send. The address contains filters and language, so a link shows the "
        "same to another person. With `?wall=1` the overview fills a wall screen."
    )
)
