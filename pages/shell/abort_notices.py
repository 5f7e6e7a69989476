"""The notices with the results of attempts to abort, the newest first.

A notice can ask the person to abort the send in the platform too. Freio removes such a notice when
the abort is confirmed, or when a person reports that the abort in the platform is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from core.domain.delivery import Delivery
from core.domain.model import Concern, ConfigurationId, Confirmation, Receipt
from core.errors import FreioError
from pages.shell.messages import draw_alert, or_default
from pages.shell.page_run import view
from pages.text import delivery_words, i18n
from pages.text.i18n import _

MAX_SHOWN = 3
_STACK = "abort_notices_kept"

#: For this time after an abort, the page refreshes often. The first steps of a delivery take only
#: seconds.
_QUICKLY_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Notice:
    """The result of an attempt to abort.

    - `kind`: the kind of Streamlit alert.
    - `send`: the id of the send.
    - `receipt`: if this is set, the steps of the delivery follow the text.
    """

    kind: str
    text: str
    send: str
    receipt: Receipt | None = None


def stack() -> list[Notice]:
    """Return the notices of this session. Callers may change the list."""
    found: list[Notice] = st.session_state.setdefault(_STACK, [])
    return found


def add(notices: list[Notice], notice: Notice) -> None:
    """Put a notice on top, and remove the older notice of the send.

    Do not call Streamlit here. Without the patch in streamlit_patches.py, a call can end the
    callback of an abort.
    """
    notices[:] = [notice, *(each for each in notices if each.send != notice.send)]


def remove_settled() -> None:
    """Remove notices that ask for an abort in the platform, if this abort is confirmed or done."""
    notices = stack()
    notices[:] = [n for n in notices if not _asks_to_abort(n) or _is_open(n.send)]


def draw_notices() -> None:
    """Draw the newest notices."""
    notices = stack()
    if not notices:
        return
    with st.container(key="abort_notices", gap="xsmall"):
        for notice in notices[:MAX_SHOWN]:
            _draw(notice)
        if len(notices) == 1:
            return
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if more := len(notices[MAX_SHOWN:]):
                st.markdown(i18n.plural("and {n} more", "and {n} more", more), width="content")
            st.button(_("Close all"), key="abort_notices_close", on_click=_close, type="tertiary")


def count() -> int:
    """Return the number of all notices."""
    return len(stack())


def _asks_to_abort(notice: Notice) -> bool:
    if (delivery := _delivery(notice)) is not None:
        return delivery.is_to_abort
    return notice.kind == "warning"


def _is_open(send: str) -> bool:
    try:
        found = view().queries.send_details(ConfigurationId(send))
        if found is None:
            return True
        if found.configuration.abort_confirmation is Confirmation.CONFIRMED:
            return False
        done = view().concerns.acknowledged(found.receipts)
    except FreioError:
        return True  # the page below reports the error
    return not any(one.acknowledgement.concern is Concern.TO_ABORT for one in done)


def _delivery(notice: Notice) -> Delivery | None:
    if notice.receipt is None:
        return None
    receipt = notice.receipt
    return or_default(lambda: view().queries.deliveries((receipt,)).get(receipt.id), None)


def refresh_seconds() -> float:
    """Return the seconds between refreshes: at most 1 at the start of a delivery."""
    usual = view().app.settings.refresh_seconds
    found = [_delivery(notice) for notice in stack()[:MAX_SHOWN]]
    since = [each.queued_at for each in found if each and each.ended_at is None]
    return min(1.0, usual) if any(view().now - at < _QUICKLY_FOR for at in since) else usual


def _draw(notice: Notice) -> None:
    kind, text = notice.kind, notice.text
    if (delivery := _delivery(notice)) is not None:
        id = ConfigurationId(notice.send)
        send = or_default(lambda: view().queries.configuration(id), None)
        kind, steps = delivery_words.sentence(delivery, view().now, send)
        text = f"{text}{steps}"
    with st.container(
        horizontal=True, vertical_alignment="center", key=f"abort_notice_{notice.send}"
    ):
        draw_alert(kind, text)
        st.page_link(
            "configuration.py",
            label=_("Show the send"),
            query_params={"id": notice.send},
            width="content",
        )
        key = f"abort_notice_ok_{notice.send}"
        st.button(_("OK"), key=key, on_click=_close, args=(notice.send,), type="tertiary")


def _close(send: str = "") -> None:
    """Close the notice of a send, or all notices if `send` is empty."""
    notices = stack()
    notices[:] = [each for each in notices if send and each.send != send]
