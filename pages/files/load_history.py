"""Draw the loaded files, and the rejected rows of a file."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain.load_results import ImportSummary
from core.feed.rejects_csv import write_rejects
from core.services.queries import Queries
from pages.files.rejected_rows import draw_rejects, reasons_text
from pages.shell.page_run import view
from pages.text import i18n, names, tables
from pages.text.i18n import _
from pages.viewer.language import ReaderLanguage, reader_language, using_language


def draw_history(*, with_rejects: bool) -> None:
    """Draw the loaded files. If `with_rejects`, also draw the rejected rows of a selected file."""
    done = list(view().queries.imports())
    st.header(_("Loaded files"))
    if not done:
        st.caption(_("None yet."))
        return
    lines = [_cells(one) for one in done]
    used = [head for head in lines[0] if any(line[head] for line in lines)]
    counts = [head for head in used if isinstance(lines[0][head], int)]
    shown = [{head: _text(line[head]) for head in used} for line in lines]
    tables.draw_records(shown, numbers=counts, is_long=True)
    rejected = [one for one in done if one.rejected]
    if rejected and with_rejects:
        _draw_kept_rejects(rejected)


def _text(cell: str | int) -> str:
    return i18n.number(cell) if isinstance(cell, int) else cell


def _cells(one: ImportSummary) -> dict[str, str | int]:
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
        _("Aborted here before"): one.held,
        _("Rejected"): one.rejected,
        _("Confirmed"): one.confirmed,
        _("Still open"): one.left_open,
        _("Contradicted"): one.contradicted,
        _("No longer reported"): one.missing or 0,
        _("By"): names.person(one.actor),
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
    # Read both values now: a later request for the CSV has no Streamlit context.
    queries, language = view().queries, reader_language()
    draw_rejects(queries.rejects(chosen), by_id[chosen].rejected)
    st.download_button(
        _("Download these rows as CSV, to correct and load again"),
        data=lambda: _as_csv(queries, by_id[chosen], language),
        file_name=f"rejected-{chosen[:8]}.csv",
        mime="text/csv",
        key="feed_rejects_csv",
        on_click="ignore",
    )


def _as_csv(queries: Queries, one: ImportSummary, language: ReaderLanguage) -> bytes:
    with using_language(language):
        text = write_rejects(
            queries.all_rejects(one.id),
            one.headings,
            line="freio: " + _("line"),
            reason="freio: " + _("reason"),
            reason_of=reasons_text,
        )
    return text.encode()
