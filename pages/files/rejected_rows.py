"""Draw rejected rows, with the reasons."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain.load_results import Reason, Reject
from pages.files.column_labels import column_label
from pages.text import i18n, tables
from pages.text.i18n import _


def draw_rejects(shown: Sequence[Reject], total: int) -> None:
    """Draw the first rejected rows, and the total."""
    lines = [
        {
            _("Line"): i18n.number(reject.line),
            _("Why"): reasons_text(reject),
            _("Text in the file"): reject.raw[:400],
        }
        for reject in shown
    ]
    tables.draw_records(lines, numbers=(_("Line"),), is_long=True)
    draw_left_out(len(shown), total)


def draw_left_out(shown: int, total: int) -> None:
    """If a table does not show all rows, draw the number of shown rows and the total."""
    if total > shown:
        st.caption(_("The first {n} of {total}.", n=i18n.number(shown), total=i18n.number(total)))


def reasons_text(reject: Reject) -> str:
    """Return the reasons for the rejection of a row."""
    return "; ".join(_one_reason(each) for each in reject.reasons)


def _one_reason(one: Reason) -> str:
    values = dict(one.values)
    if "column" in values:
        values["column"] = column_label(one.column)
        return _(one.template, **values)
    text = _(one.template, **values)
    return f"{column_label(one.column)}: {text}" if one.column else text
