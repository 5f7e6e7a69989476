"""Where the data comes from: load a file, see what came of it."""

import pandas as pd
import streamlit as st

from core.errors import FreioError
from core.feed.records import ImportSummary
from pages.parts import say, session, words
from pages.parts.say import _

freio = session.freio()
_TOLD = "feed_told"
_FILE = "feed_file"


def _load() -> None:
    chosen = st.session_state.get(_FILE)
    person = session.actor()
    if chosen is None:
        return
    try:
        summary = freio.loader.load(chosen, chosen.name, person)
        told = ("success", _summary(summary))
    except FreioError as trouble:
        told = ("error", words.escape(say.error(trouble)))
    st.session_state[_TOLD] = told


def _summary(done: ImportSummary) -> str:
    return _(
        "**{name}** is loaded: {new} new, {changed} changed, {unchanged} unchanged, {stale} older "
        "than what is stored, {held} kept as stopped here, {rejected} could not be read.",
        name=words.escape(done.name),
        new=say.number(done.new),
        changed=say.number(done.changed),
        unchanged=say.number(done.unchanged),
        stale=say.number(done.stale),
        held=say.number(done.held),
        rejected=say.number(done.rejected),
    )


def _history(done: list[ImportSummary]) -> None:
    st.subheader(_("Loaded files"))
    if not done:
        st.caption(_("None yet."))
        return
    st.dataframe(
        pd.DataFrame(
            [
                {
                    _("When"): say.exact(one.loaded_at),
                    _("File"): one.name,
                    _("Rows"): one.rows,
                    _("New"): one.new,
                    _("Changed"): one.changed,
                    _("Unchanged"): one.unchanged,
                    _("Older"): one.stale,
                    _("Kept as stopped"): one.held,
                    _("Rejected"): one.rejected,
                    _("By"): one.actor,
                }
                for one in done
            ]
        ),
        hide_index=True,
    )


def _rejected(last: ImportSummary) -> None:
    st.subheader(_("Rows of the last file that could not be read"))
    st.dataframe(
        pd.DataFrame(
            [
                {
                    _("Line"): reject.line,
                    _("Why"): _(reject.template, **reject.values),
                    _("Column"): reject.column,
                    _("What stands there"): reject.raw,
                }
                for reject in freio.insights.rejects(last.id)
            ]
        ),
        hide_index=True,
    )


st.title(_("Feeds"))
st.markdown(
    _(
        "Load an export of send configurations. It needs the columns **id, name, state, "
        "total_records, scheduled_at**, in English, Portuguese or Spanish, separated by `,` or "
        "`;`. "
        "Rows that cannot be read are kept apart with the reason; the rest goes in."
    )
)
if freio.is_demo():
    st.caption(_("Your file takes the place of the demo data, and the simulated platform stops."))
told = st.session_state.get(_TOLD)
if told is not None:
    (st.success if told[0] == "success" else st.error)(told[1])
st.file_uploader(_("CSV file"), type=["csv", "txt", "tsv"], key=_FILE)
st.button(
    _("Load this file"),
    type="primary",
    on_click=_load,
    disabled=st.session_state.get(_FILE) is None,
)
_done = list(freio.insights.imports())
_history(_done)
if _done and _done[0].rejected:
    _rejected(_done[0])
