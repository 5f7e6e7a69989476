"""The log of aborts by day, and the files to take it away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from core.domain.receipt_query import ReceiptDay, ReceiptQuery
from core.services.receipt_export import as_csv, as_parquet
from pages.shell.session import freio
from pages.text import i18n
from pages.text.i18n import _


def draw_days(days: Sequence[ReceiptDay]) -> None:
    """Draw what was stopped each day, what was too late, and how long it took."""
    if not days:
        return
    st.header(_("By day"))
    table = pd.DataFrame(
        [
            {
                _("Day"): i18n.day(day.day),
                _("Stopped"): i18n.number(day.stopped),
                _("Recipients spared"): i18n.number(day.spared),
                _("Too late"): i18n.number(day.too_late),
                _("Contradicted"): i18n.number(day.contradicted),
                _("Scheduled to stopped"): _span(day.half_after),
            }
            for day in days
        ]
    )
    told = _(
        "Half of the day's stopped sends were stopped within this time after they had been "
        "scheduled. It counts from when Freio first saw a send as scheduled, because exports do "
        "not say since when it was."
    )
    explained = {_("Scheduled to stopped"): st.column_config.TextColumn(help=told)}
    st.dataframe(table, hide_index=True, column_config=explained)
    st.caption(_("“Scheduled to stopped”: {told}", told=told))
    if unconfirmed := sum(day.unconfirmed for day in days):
        st.caption(
            i18n.plural(
                "{n} abort of these days is not confirmed yet, and is not counted as stopped.",
                "{n} aborts of these days are not confirmed yet, and are not counted as stopped.",
                unconfirmed,
            )
        )


def _span(found: timedelta | None) -> str:
    return "–" if found is None else i18n.span(found)


def draw_downloads(query: ReceiptQuery) -> None:
    """Draw the buttons that take away all that the filters leave."""
    queries = freio().queries
    with st.container(horizontal=True, key="log_downloads"):
        st.download_button(
            _("Receipts as CSV"),
            data=lambda: as_csv(queries.logged_receipts(query)),
            file_name="freio-receipts.csv",
            mime="text/csv",
            on_click="ignore",
            key="log_csv",
        )
        st.download_button(
            _("Receipts as Parquet"),
            data=lambda: as_parquet(queries.logged_receipts(query)),
            file_name="freio-receipts.parquet",
            mime="application/vnd.apache.parquet",
            on_click="ignore",
            key="log_parquet",
        )
