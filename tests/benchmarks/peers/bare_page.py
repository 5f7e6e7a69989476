"""A page of Streamlit without any work: the minimum time of a click on a Streamlit page.

It has the same clicks as Freio and answers with one sentence, without data or store. Started by
`tests.benchmarks.peers`.
"""

import streamlit as st

STATES = ("ABORTED", "PAUSED", "SMTP-ERROR", "SENT-DONE")


@st.dialog("Stop this send?")
def _ask() -> None:
    if not st.session_state.get("asked"):
        st.rerun()
    st.button("Stop this send", on_click=_stop)


def _stop() -> None:
    st.session_state.asked, st.session_state.stopped = False, True


def _choose(state: str) -> None:
    st.session_state.state = state


def _want() -> None:
    st.session_state.asked = True


if st.session_state.get("stopped"):
    st.success("Stopped.")
if st.session_state.get("asked"):
    _ask()
text = st.text_input("Search")
with st.container(horizontal=True):
    for state in STATES:
        st.button(state, key=f"state_{state}", on_click=_choose, args=(state,))
st.button("Abort", on_click=_want)
st.caption(f"Showing {st.session_state.get('state', 'everything')} {text}".strip() + ".")
