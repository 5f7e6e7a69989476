"""When a send can be stopped: the rules as Freio uses them, in the reader's language."""

import streamlit as st

from pages.sends import rules_table
from pages.text import names
from pages.text.i18n import _

st.title(_("Help"))
st.caption(_("What an abort does in each state, by the platform's own rules."))

st.header(_("When a send can be stopped"))
st.markdown(
    _(
        "Two facts decide: the state of the send, and whether the platform has begun to generate "
        "its data. Once generation has begun, nothing can interrupt it. Each line says what Freio "
        "says of a send with {r}.",
        r=names.recipients(rules_table.EXAMPLE_RECORDS),
    )
)
rules_table.draw_rules()

st.header(_("Why 5,000 records make a difference"))
st.markdown(
    _(
        "Data is generated in batches of at least 5,000 records. Up to 5,000 fit in one batch, so "
        "such a send goes out whole as soon as it begins. A larger one goes out batch by batch, "
        "but cannot be interrupted either."
    )
)
rules_table.draw_batches()

st.header(_("What the colours and signs mean"))
rules_table.draw_signs()

st.header(_("When the data comes from a file"))
st.markdown(
    _(
        "Then an abort is recorded here and must also be done in the platform: {path}. It is "
        "**open** until a later file confirms it, **confirmed** when one does, and "
        "**contradicted** when one shows that the send went on. A contradicted abort stands on top "
        "of every page until somebody has seen to it.",
        path=names.PLATFORM_PATH,
    )
)

st.header(_("Keys and addresses"))
st.markdown(
    _(
        "`/` leads to the search in the list. `Esc` closes the question and keeps the send. "
        "Filters and language stand in the address, so a link shows somebody else the same. "
        "With `?wall=1` the overview fills a screen on the wall."
    )
)
