"""Show the result of a dry run, and the result of a load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.domain.load_results import DryRun, ImportSummary, SettledAbort
from pages.files.rejected_rows import draw_left_out, draw_rejects
from pages.shell.messages import set_message
from pages.shell.page_run import view
from pages.text import i18n, names, tables
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

MESSAGE: Final = "feed_message"


def set_result(done: ImportSummary) -> None:
    """Show the result of a load in the message of the page."""
    name = escape_markdown(done.name)
    if done.new or done.changed or done.rejected or done.confirmed or done.contradicted:
        text = _("**{name}** is loaded: {list}.", name=name, list=_counts(done))
    else:
        text = _("**{name}** is loaded and changed nothing: all of it was known.", name=name)
    set_message(MESSAGE, "warning" if done.contradicted else "success", text)


def _counts(done: ImportSummary) -> str:
    missing = done.missing or 0
    counts = [
        done.new and i18n.plural("{n} new", "{n} new", done.new),
        done.changed and i18n.plural("{n} changed", "{n} changed", done.changed),
        done.unchanged and i18n.plural("{n} unchanged", "{n} unchanged", done.unchanged),
        done.stale
        and i18n.plural(
            "{n} older than what is stored", "{n} older than what is stored", done.stale
        ),
        done.held and i18n.plural("{n} aborted here before", "{n} aborted here before", done.held),
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
    return ", ".join(text for text in counts if text) or _("nothing")


def draw_comparison(found: ImportSummary) -> None:
    """Draw how many sends and aborts a load would change."""
    st.markdown(_("**If you load it:** {list}.", list=_counts(found)))
    if found.contradicted:
        st.error(
            i18n.plural(
                "This file shows that {n} send went on although it was aborted here. Its "
                "recipients may get it. Load the file, then acknowledge it at the top of the page.",
                "This file shows that {n} sends went on although they were aborted here. Their "
                "recipients may get them. Load the file, then acknowledge them at the top of the "
                "page.",
                found.contradicted,
            )
        )
    if not (found.new or found.changed or found.confirmed or found.contradicted or found.missing):
        st.info(
            _("The file has nothing new. Loading it only confirms that the data is still current.")
        )


def draw_details(dry_run: DryRun) -> None:
    """Draw the aborts whose send is in the file, and the unreadable rows."""
    found = dry_run.summary
    if dry_run.aborts:
        _draw_aborts(dry_run.aborts, found.confirmed + found.left_open + found.contradicted)
    if dry_run.rejects:
        st.markdown(
            _("**Rows that cannot be read.** They are stored separately; the rest is loaded.")
        )
        draw_rejects(dry_run.rejects, found.rejected)


def _draw_aborts(aborts: Sequence[SettledAbort], total: int) -> None:
    st.markdown(_("**What the file reports about aborts made here**"))
    now = view().now
    lines = [
        {
            _("Abort"): names.confirmation_name(one.confirmation),
            _("Send"): one.name,
            _("Aborted"): i18n.moment(one.requested_at, now),
            _("By"): names.person(one.actor),
            _("The file reports"): _reported(one),
        }
        for one in aborts
    ]
    tables.draw_records(lines, is_long=True)
    draw_left_out(len(aborts), total)


def _reported(one: SettledAbort) -> str:
    if not one.generated:
        return one.raw_state
    return f"{one.raw_state}, {names.generated(one.generated)}"
