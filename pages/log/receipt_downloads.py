"""The downloads of receipts, as CSV and Parquet."""

import streamlit as st

from core.domain.receipt_query import ReceiptQuery
from core.services.receipt_export import as_csv, as_parquet
from pages.shell.page_run import view
from pages.text.i18n import _


def draw_downloads(query: ReceiptQuery) -> None:
    """Draw the download buttons for the receipts that match the filters."""
    queries = view().queries
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
