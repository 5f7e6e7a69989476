"""Receipts: who stopped what, when, why, and what came of it."""

import streamlit as st

from core.states import Verdict
from pages.parts import abort, concerns, receipts, say, session
from pages.parts.say import _

freio = session.freio()
_SIZE = 100


def _live() -> None:
    concerns.draw_concerns(concerns.MANY)
    session.freshness()
    counts = freio.insights.receipt_counts()
    refused = counts.get(Verdict.REFUSE, 0)
    accepted = sum(counts.values()) - refused
    st.markdown(
        say.plural("**{n}** abort accepted", "**{n}** aborts accepted", accepted)
        + " · "
        + say.plural("**{n}** refused", "**{n}** refused", refused)
    )
    page = int(st.session_state.get("aborts_page") or 1)
    shown = freio.insights.receipts(_SIZE, page)
    concerns.draw_seen(shown, freio.clock())
    receipts.draw_receipts(shown, freio.clock())


st.title(_("Aborts"))
st.caption(_("Every attempt to stop a send, accepted or refused, newest first."))
abort.draw_abort()
_pages = max(1, -(-sum(freio.insights.receipt_counts().values()) // _SIZE))
if _pages > 1:
    st.number_input(_("Page"), 1, _pages, key="aborts_page", width=140)
session.refreshing(_live)
