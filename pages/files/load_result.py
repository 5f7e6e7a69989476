"""What a file would change, what it changed, and which of its rows could not be read."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.domain.imports import DryRun, ImportSummary, Reason, Reject, SettledAbort
from core.feed.rows.rejects_csv import write_rejects
from core.services.queries import Queries
from pages.files.column_names import column_word
from pages.shell.session import freio
from pages.text import i18n, sentences
from pages.text.i18n import _
from pages.viewer.language import Reader, reader, reading_as

_TOLD = "feed_told"


def tell(kind: str, text: str) -> None:
    """Keep what is to be said at the top of the page: "success", "info", "warning" or "error"."""
    st.session_state[_TOLD] = (kind, text)


def draw_told() -> None:
    """Draw what came of the last action, until somebody has read it."""
    told = st.session_state.get(_TOLD)
    if told is None:
        return
    draw = {"success": st.success, "info": st.info, "warning": st.warning, "error": st.error}
    with st.container(horizontal=True, vertical_alignment="center", key="feed_told_bar"):
        draw[told[0]](told[1])
        st.button(_("OK"), key="feed_told_ok", on_click=_forget, type="tertiary")


def _forget() -> None:
    st.session_state[_TOLD] = None


def tell_done(done: ImportSummary) -> None:
    """Keep what loading a file came to, to be said at the top of the page."""
    name = sentences.escape(done.name)
    if done.new or done.changed or done.rejected or done.confirmed or done.contradicted:
        text = _("**{name}** is loaded: {list}.", name=name, list=_listed(done))
    else:
        text = _("**{name}** is loaded and changed nothing: all of it was known.", name=name)
    tell("warning" if done.contradicted else "success", text)


def _listed(done: ImportSummary) -> str:
    missing = done.missing or 0
    told = [
        done.new and i18n.plural("{n} new", "{n} new", done.new),
        done.changed and i18n.plural("{n} changed", "{n} changed", done.changed),
        done.unchanged and i18n.plural("{n} unchanged", "{n} unchanged", done.unchanged),
        done.stale
        and i18n.plural(
            "{n} older than what is stored", "{n} older than what is stored", done.stale
        ),
        done.held
        and i18n.plural("{n} kept as stopped here", "{n} kept as stopped here", done.held),
        done.rejected
        and i18n.plural("{n} could not be read", "{n} could not be read", done.rejected),
        done.confirmed
        and i18n.plural("{n} abort confirmed", "{n} aborts confirmed", done.confirmed),
        done.left_open
        and i18n.plural("{n} abort still open", "{n} aborts still open", done.left_open),
        done.contradicted
        and i18n.plural(
            "**{n} abort contradicted**", "**{n} aborts contradicted**", done.contradicted
        ),
        missing and i18n.plural("{n} no longer reported", "{n} no longer reported", missing),
    ]
    return ", ".join(text for text in told if text) or _("nothing")


def draw_comparison(found: ImportSummary) -> None:
    """Draw what loading the file would do, in numbers."""
    st.markdown(_("**If you load it:** {list}.", list=_listed(found)))
    if found.contradicted:
        st.error(
            i18n.plural(
                "This file shows that {n} send went on although it was stopped here. Its "
                "recipients may get it. Load the file, then see to it at the top of the page.",
                "This file shows that {n} sends went on although they were stopped here. Their "
                "recipients may get them. Load the file, then see to them at the top of the page.",
                found.contradicted,
            )
        )
    if not (found.new or found.changed or found.confirmed or found.contradicted or found.missing):
        st.info(_("Nothing in it is new. Loading it only says that the data is still true."))


def draw_details(tried: DryRun) -> None:
    """Draw which aborts the file says something about, and which rows cannot be read."""
    found = tried.summary
    if tried.aborts:
        _draw_aborts(tried.aborts, found.confirmed + found.left_open + found.contradicted)
    if tried.rejects:
        st.markdown(_("**Rows that cannot be read.** They are kept apart; the rest is loaded."))
        draw_rejects(tried.rejects, found.rejected)


def _draw_aborts(aborts: Sequence[SettledAbort], total: int) -> None:
    st.markdown(_("**What it says about aborts made here**"))
    now = freio().clock()
    table = pd.DataFrame(
        [
            {
                _("Abort"): sentences.confirmation_word(one.confirmation),
                _("Send"): one.name,
                _("Stopped"): i18n.moment(one.requested_at, now),
                _("By"): sentences.person(one.actor),
                _("The file reports"): _reported(one),
            }
            for one in aborts
        ]
    )
    st.dataframe(table, hide_index=True, height=_height(len(table)))
    _say_left_out(len(aborts), total)


def _reported(one: SettledAbort) -> str:
    if not one.generated:
        return one.raw_state
    generated = i18n.plural("{n} generated", "{n} generated", one.generated)
    return f"{one.raw_state}, {generated}"


def draw_history(*, with_rejects: bool) -> None:
    """Draw the files loaded before, and perhaps the rows of one that could not be read."""
    done = list(freio().queries.imports())
    st.header(_("Loaded files"))
    if not done:
        st.caption(_("None yet."))
        return
    table = pd.DataFrame([_cells(one) for one in done])
    # What never happened needs no column.
    told = table.loc[:, [_is_told(table[name]) for name in table]]
    counts = told.select_dtypes("number").columns
    told = told.assign(**{name: told[name].map(_number) for name in counts})
    aligned = {name: st.column_config.TextColumn(alignment="right") for name in counts}
    st.dataframe(told, hide_index=True, column_config=aligned)
    rejected = [one for one in done if one.rejected]
    if rejected and with_rejects:
        _draw_kept_rejects(rejected)


def _number(count: object) -> str:
    return i18n.number(int(str(count)))


def _is_told(column: pd.Series) -> bool:
    return bool(column.astype(bool).any())


def _cells(one: ImportSummary) -> dict[str, object]:
    made_before = one.as_of is not None and one.as_of < one.loaded_at
    return {
        _("File"): one.name,
        _("When"): i18n.exact(one.loaded_at),
        _("As of"): i18n.exact(one.as_of) if one.as_of and made_before else "",
        _("Rows"): one.rows,
        _("New"): one.new,
        _("Changed"): one.changed,
        _("Unchanged"): one.unchanged,
        _("Older"): one.stale,
        _("Kept as stopped"): one.held,
        _("Rejected"): one.rejected,
        _("Confirmed"): one.confirmed,
        _("Still open"): one.left_open,
        _("Contradicted"): one.contradicted,
        _("No longer reported"): one.missing or 0,
        _("By"): sentences.person(one.actor),
    }


def _draw_kept_rejects(imports: Sequence[ImportSummary]) -> None:
    st.header(_("Rows that could not be read"))
    by_id = {one.id: one for one in imports}
    chosen = st.selectbox(
        _("File"),
        tuple(by_id),
        format_func=lambda id: f"{by_id[id].name} · {i18n.exact(by_id[id].loaded_at)}",
        key="feed_rejects_of",
        width=420,
    )
    # The file is made when somebody asks for it, outside of the page and of what it knows.
    queries, person = freio().queries, reader()
    draw_rejects(queries.rejects(chosen), by_id[chosen].rejected)
    st.download_button(
        _("Download them as CSV, to correct and load again"),
        data=lambda: _as_csv(queries, by_id[chosen], person),
        file_name=f"rejected-{chosen[:8]}.csv",
        mime="text/csv",
        key="feed_rejects_csv",
        on_click="ignore",
    )


def draw_rejects(shown: Sequence[Reject], total: int) -> None:
    """Draw rows that could not be read: the first of `total`."""
    table = pd.DataFrame(
        [
            {
                _("Line"): reject.line,
                _("Why"): reason(reject),
                _("What stands there"): reject.raw[:400],
            }
            for reject in shown
        ]
    )
    widths = {
        _("Line"): st.column_config.NumberColumn(width=60),
        _("Why"): st.column_config.TextColumn(width=620),
        _("What stands there"): st.column_config.TextColumn(width=480),
    }
    st.dataframe(table, hide_index=True, height=_height(len(table)), column_config=widths)
    _say_left_out(len(shown), total)


def _height(rows: int) -> int:
    """Return the height of a table that shows at most eight rows at a time."""
    return 38 + 35 * min(rows, 8)


def _say_left_out(shown: int, total: int) -> None:
    if total > shown:
        st.caption(_("The first {n} of {total}.", n=i18n.number(shown), total=i18n.number(total)))


def reason(reject: Reject) -> str:
    """Say all that is wrong with a row."""
    return "; ".join(_one_reason(each) for each in reject.reasons)


def _one_reason(one: Reason) -> str:
    values = dict(one.values)
    if "column" in values:
        values["column"] = column_word(one.column)
        return _(one.template, **values)
    said = _(one.template, **values)
    return f"{column_word(one.column)}: {said}" if one.column else said


def _as_csv(queries: Queries, one: ImportSummary, person: Reader) -> bytes:
    with reading_as(person):
        text = write_rejects(
            queries.all_rejects(one.id),
            one.headings,
            line="freio: " + _("line"),
            reason="freio: " + _("reason"),
            say=reason,
        )
    return text.encode()
