"""What a file would change, what it changed, and which of its rows could not be read."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.feed.records import ImportSummary, Reject
from core.feed.rejects_csv import write_rejects
from pages.parts import say, words
from pages.parts.say import _
from pages.parts.session import freio

_TOLD = "feed_told"


def tell(kind: str, text: str) -> None:
    """Keep what is to be said at the top of the page: "success", "info" or "error"."""
    st.session_state[_TOLD] = (kind, text)


def draw_told() -> None:
    """Draw what came of the last action, until somebody has read it."""
    told = st.session_state.get(_TOLD)
    if told is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="feed_told_bar"):
        {"success": st.success, "error": st.error, "info": st.info}[told[0]](told[1])
        st.button(_("OK"), key="feed_told_ok", on_click=_forget, type="tertiary")


def _forget() -> None:
    st.session_state[_TOLD] = None


def sentence(done: ImportSummary) -> str:
    """Say in a sentence what loading a file came to."""
    name = words.escape(done.name)
    if not (done.new or done.changed or done.rejected or done.confirmed or done.contradicted):
        return _("**{name}** is loaded and changed nothing: all of it was known.", name=name)
    return _("**{name}** is loaded: {list}.", name=name, list=_listed(done))


def _listed(done: ImportSummary) -> str:
    counts = [
        (done.new, say.plural("{n} new", "{n} new", done.new)),
        (done.changed, say.plural("{n} changed", "{n} changed", done.changed)),
        (done.unchanged, say.plural("{n} unchanged", "{n} unchanged", done.unchanged)),
        (
            done.stale,
            say.plural(
                "{n} older than what is stored", "{n} older than what is stored", done.stale
            ),
        ),
        (
            done.held,
            say.plural("{n} kept as stopped here", "{n} kept as stopped here", done.held),
        ),
        (
            done.rejected,
            say.plural("{n} could not be read", "{n} could not be read", done.rejected),
        ),
        (
            done.confirmed,
            say.plural("{n} abort confirmed", "{n} aborts confirmed", done.confirmed),
        ),
        (
            done.left_open,
            say.plural("{n} abort still open", "{n} aborts still open", done.left_open),
        ),
        (
            done.contradicted,
            say.plural(
                "**{n} abort contradicted**", "**{n} aborts contradicted**", done.contradicted
            ),
        ),
        (
            done.missing or 0,
            say.plural("{n} no longer reported", "{n} no longer reported", done.missing or 0),
        ),
    ]
    said = [text for count, text in counts if count]
    return ", ".join(said) or _("nothing")


def draw_comparison(found: ImportSummary) -> None:
    """Draw what loading the file would do."""
    st.markdown(_("**If you load it:** {list}.", list=_listed(found)))
    if found.contradicted:
        st.error(
            say.plural(
                "This file shows that {n} send went on although it was stopped here. Its "
                "recipients may get it. Load the file, then see to it at the top of the page.",
                "This file shows that {n} sends went on although they were stopped here. Their "
                "recipients may get them. Load the file, then see to them at the top of the page.",
                found.contradicted,
            )
        )
    if not (found.new or found.changed or found.confirmed or found.contradicted or found.missing):
        st.info(_("Nothing in it is new. Loading it only says that the data is still true."))


def draw_history() -> None:
    """Draw the files loaded before, and the rows of one of them that could not be read."""
    done = list(freio().insights.imports())
    st.header(_("Loaded files"))
    if not done:
        st.caption(_("None yet."))
        return
    table = pd.DataFrame([_cells(one) for one in done])
    st.dataframe(table, hide_index=True)
    with_rejects = [one for one in done if one.rejected]
    if with_rejects:
        _draw_rejects(with_rejects)


def _cells(one: ImportSummary) -> dict[str, object]:
    return {
        _("When"): say.exact(one.loaded_at),
        _("File"): one.name,
        _("As of"): say.exact(one.as_of) if one.as_of else "",
        _("Rows"): one.rows,
        _("New"): one.new,
        _("Changed"): one.changed,
        _("Unchanged"): one.unchanged,
        _("Older"): one.stale,
        _("Kept as stopped"): one.held,
        _("Rejected"): one.rejected,
        _("Confirmed"): one.confirmed,
        _("Contradicted"): one.contradicted,
        _("No longer reported"): "–" if one.missing is None else say.number(one.missing),
        _("By"): words.person(one.actor),
    }


def _draw_rejects(imports: Sequence[ImportSummary]) -> None:
    st.header(_("Rows that could not be read"))
    by_id = {one.id: one for one in imports}
    chosen = st.selectbox(
        _("File"),
        tuple(by_id),
        format_func=lambda id: f"{by_id[id].name} · {say.exact(by_id[id].loaded_at)}",
        key="feed_rejects_of",
        width=420,
    )
    shown = freio().insights.rejects(chosen)
    st.dataframe(
        pd.DataFrame(
            [
                {
                    _("Line"): reject.line,
                    _("Why"): reason(reject),
                    _("Column"): reject.column,
                    _("What stands there"): reject.raw[:400],
                }
                for reject in shown
            ]
        ),
        hide_index=True,
    )
    total = by_id[chosen].rejected
    if total > len(shown):
        st.caption(
            _("The first {n} of {total}.", n=say.number(len(shown)), total=say.number(total))
        )
    st.download_button(
        _("Download them as CSV, to correct and load again"),
        data=lambda: _as_csv(by_id[chosen]),
        file_name=f"rejected-{chosen[:8]}.csv",
        mime="text/csv",
        key="feed_rejects_csv",
        on_click="ignore",
    )


def reason(reject: Reject) -> str:
    """Say why a row was rejected."""
    return _(reject.template, **reject.values)


def _as_csv(one: ImportSummary) -> bytes:
    text = write_rejects(
        freio().insights.all_rejects(one.id),
        one.headings,
        line="freio: " + _("line"),
        reason="freio: " + _("reason"),
        say=reason,
    )
    return text.encode()
