"""The age of the data, with warnings if the data is old or the platform cannot be read."""

from __future__ import annotations

import streamlit as st

from core.domain.freshness import Freshness
from core.services.polling import Polling
from pages.shell.page_run import view
from pages.text import i18n, live_text
from pages.text.i18n import _
from pages.text.markdown import escape_markdown


def draw_freshness(*, with_reason: bool = False) -> Freshness:
    """Draw and return the freshness. If the platform cannot be read, also draw a note.

    `with_reason`: the note gives the reason.
    """
    fresh, polling = view().freshness(), view().app.polling
    with st.container():
        _draw_age(fresh)
        if polling is not None and with_reason:
            draw_platform_trouble(polling)
        elif polling is not None and polling.failed_at is not None and polling.trouble is not None:
            since = i18n.exact(polling.failed_at)
            st.caption(_("**The platform cannot be read** since {time}.", time=since))
    return fresh


def _draw_age(fresh: Freshness) -> None:
    if fresh.at is None:
        st.caption(_("No data yet"))
        return
    live_text.draw(
        _(
            "Data as of {time} ({zone}) · {age}",
            time=i18n.exact(fresh.at),
            zone=i18n.zone_name(),
            age=live_text.facts_age(fresh),
        ),
        "quiet",
    )
    live_text.warn_when_old(
        _(
            "**The data is old.** A send that looks stoppable may have begun since then, and reach "
            "its recipients. Check in the platform before you rely on it, or load a newer export."
        )
    )


def draw_platform_trouble(polling: Polling) -> None:
    """If the platform cannot be read, draw the reason."""
    if polling.trouble is None:
        return
    assert polling.failed_at is not None
    st.warning(
        _(
            "The platform cannot be read since {time}: {why}",
            time=i18n.exact(polling.failed_at),
            why=escape_markdown(i18n.error(polling.trouble)),
        )
    )
