"""The log of aborts by day, and the files to take it away."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.receipt_export import as_csv, as_parquet
from core.receipt_log import LogDay, LogQuery
from pages.parts import say
from pages.parts.say import _
from pages.parts.session import freio


def draw_days(days: Sequence[LogDay]) -> None:
    """Draw what was stopped each day, what was too late, and how long it took."""
    if not days:
        return
    st.header(_("By day"))
    table = pd.DataFrame(
        [
            {
                _("Day"): day.day.isoformat(),
                _("Stopped"): say.number(day.stopped),
                _("Recipients spared"): say.number(day.spared),
                _("Too late"): say.number(day.too_late),
                _("Contradicted"): say.number(day.contradicted),
                _("Known for"): "–" if day.half_after is None else say.span(day.half_after),
            }
            for day in days
        ]
    )
    st.dataframe(table, hide_index=True)
    st.caption(
        _(
            "“Known for”: half of the day's stopped sends were stopped within this time after they "
            "were first seen here."
        )
    )


def draw_downloads(query: LogQuery) -> None:
    """Draw the buttons that take away all that the filters leave."""
    insights = freio().insights
    with st.container(horizontal=True, key="log_downloads"):
        st.download_button(
            _("Receipts as CSV"),
            data=lambda: as_csv(insights.log_placed(query)),
            file_name="freio-receipts.csv",
            mime="text/csv",
            on_click="ignore",
            key="log_csv",
        )
        st.download_button(
            _("Receipts as Parquet"),
            data=lambda: as_parquet(insights.log_placed(query)),
            file_name="freio-receipts.parquet",
            mime="application/vnd.apache.parquet",
            on_click="ignore",
            key="log_parquet",
        )
