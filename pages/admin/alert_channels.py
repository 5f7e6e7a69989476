"""The alert channels on the System page, with the state of each service."""

import streamlit as st

from core.alerts.outbox import AlertOutbox, ChannelStatus
from pages.shell.page_run import view
from pages.text import i18n, tables
from pages.text.i18n import _


def draw_alert_channels(outbox: AlertOutbox) -> None:
    """Draw the state of each service. Hide the address: an address can contain a secret."""
    st.header(_("Alerts"))
    if not outbox.statuses:
        st.caption(
            _(
                "Alerts are shown on the pages only. To send them to a chat, a phone or an "
                "e-mail address too, set FREIO_ALERT_URLS."
            )
        )
        return
    until = outbox.quiet_until()
    if until is not None:
        st.caption(
            _("No alerts are sent until {time}; then one summary is sent.", time=i18n.exact(until))
        )
    if not outbox.is_sender:
        st.caption(
            _(
                "Another dashboard on this database sends them; this one takes over if the "
                "other one stops."
            )
        )
        return
    rows = [
        {
            _("Service"): status.name,
            _("Now"): _now(status),
            _("Waiting"): i18n.number(status.waiting),
        }
        for status in outbox.statuses
    ]
    tables.draw_records(rows, numbers=(_("Waiting"),))


def _now(status: ChannelStatus) -> str:
    now = view().now
    if status.failing_since is not None and status.next_try is not None:
        return _(
            "not answering since {since}; next attempt at {next}",
            since=i18n.moment(status.failing_since, now),
            next=i18n.moment(status.next_try, now),
        )
    if status.sent_at is None:
        return _("ready; nothing sent since the start")
    return _("accepted the last message at {time}", time=i18n.moment(status.sent_at, now))
