"""The notices at the top of every page.

The notices take at most a quarter of the screen, so the abort buttons stay visible. A switch shows
all notices (page.css, top_notices.js).
"""

from __future__ import annotations

import streamlit as st

from pages.shell import abort_notices, alert_lines, bulk_lines, concern_lines, journal_lines
from pages.text import i18n


def draw_notices(*, shown_bulk: str, with_stuck: bool, with_concerns: bool) -> None:
    """Draw the notices.

    - `shown_bulk`: the id of the bulk abort on the page, or "".
    - `with_stuck`: draw alerts for stuck sends.
    - `with_concerns`: draw the concerns.
    """
    # The count must not include settled notices.
    abort_notices.remove_settled()
    bulk_aborts = bulk_lines.bulk_aborts(shown_bulk)
    count = abort_notices.count() + len(bulk_aborts) + alert_lines.count(with_stuck=with_stuck)
    count += journal_lines.count()
    count += concern_lines.count() if with_concerns else 0
    with st.container(key="notices", gap="xsmall"):
        with st.container(key="notice_lines", gap="xsmall"):
            journal_lines.draw_journal_check()
            abort_notices.draw_notices()
            # A small screen shows only the first lines, so concerns come before alerts.
            if with_concerns:
                concern_lines.draw_concerns()
            bulk_lines.draw_lines(bulk_aborts)
            alert_lines.draw_alerts(with_stuck=with_stuck)
        if count:
            st.toggle(
                i18n.plural("Show {n} notice", "Show all {n} notices", count), key="notices_shown"
            )
