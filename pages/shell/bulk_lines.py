"""Lines about a person's bulk aborts, until the person opens the result or presses *OK*."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from core.domain.bulk_abort import BulkId, BulkProgress
from core.errors import FreioError
from pages.shell.messages import or_default
from pages.shell.page_run import view
from pages.text import i18n
from pages.text.bulk_outcomes import by_outcome
from pages.text.i18n import _

_MOST = 3


def bulk_aborts(shown: str) -> list[BulkProgress]:
    """Return the bulk aborts to draw, without the bulk abort with the id `shown`."""
    cache, open_of, actor = view().queries.cache, view().app.bulk_aborts.open_of, view().actor
    found: Sequence[BulkProgress] = or_default(lambda: cache.get(open_of, actor), ())
    return [each for each in found if each.id != shown][:_MOST]


def draw_lines(found: Sequence[BulkProgress]) -> None:
    """Draw a line for each bulk abort."""
    for progress in found:
        id = progress.id
        with st.container(
            horizontal=True, vertical_alignment="center", border=True, key=f"bulk_line_{id}"
        ):
            st.markdown(_sentence(progress), width="content")
            label = _("Show the result") if progress.is_ended else _("Show the progress")
            st.page_link("aborts.py", label=label, query_params={"bulk": id}, width="content")
            if progress.is_ended:
                key = f"bulk_seen_{id}"
                st.button(_("OK"), key=key, on_click=_see, args=(id,), type="tertiary")


def _sentence(progress: BulkProgress) -> str:
    if progress.is_ended:
        return _("**Bulk abort ended.** {outcomes}", outcomes=by_outcome(progress.counts))
    return _(
        "**Bulk abort running:** {x} of {n} sends are done.",
        x=i18n.number(progress.done),
        n=i18n.number(progress.sends),
    )


def _see(id: BulkId) -> None:
    current = view()
    with suppress(FreioError):
        current.app.bulk_aborts.see(id, current.actor)
