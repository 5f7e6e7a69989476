"""Error messages on pages. For an unexpected error, the page and the log show the same code."""

from __future__ import annotations

import logging
import secrets

import streamlit as st

from core.errors import FreioError, StoreAwayError
from pages.text import i18n
from pages.text.i18n import _

log = logging.getLogger("core.trouble")

#: Seconds before Freio draws a page again after an error.
RETRY_SECONDS = 5.0


def retry_soon() -> None:
    """Run the page again after RETRY_SECONDS."""
    drawn: list[bool] = []

    def again() -> None:
        if drawn:
            st.rerun(scope="app")
        drawn.append(True)

    st.fragment(again, run_every=RETRY_SECONDS)()
    st.caption(_("This page retries automatically."))


def show_error(trouble: Exception) -> bool:
    """Show an error that no page handled. Return True, so Streamlit does not show the error."""
    if isinstance(trouble, FreioError):
        level = logging.DEBUG if isinstance(trouble, StoreAwayError) else logging.WARNING
        log.log(level, "shown to a person: %s", trouble)
        st.error(i18n.error(trouble))
        retry_soon()
    else:
        code = secrets.token_hex(3).upper()
        log.error("unexpected error %s", code, exc_info=trouble)
        st.error(
            _(
                "Something went wrong on this page. This did not abort any send: sends still go "
                "out, unless a notice says that they are stopped. Reload the page; if it "
                "happens again, give the code {code} to your administrator.",
                code=code,
            )
        )
    return True
