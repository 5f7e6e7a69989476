"""The help for a send that was stopped by mistake: the facts to schedule the send again."""

from __future__ import annotations

import streamlit as st

from core.domain.model import Confirmation, SendConfiguration
from core.domain.states import State
from pages.text import i18n, names
from pages.text.i18n import _


def draw_facts(stopped: SendConfiguration) -> None:
    """Draw a note that Freio cannot undo an abort, and the facts for scheduling the send again.

    If the send was not aborted here, or went on anyway, draw nothing.
    """
    is_stopped = stopped.state in (State.CANCELLED, State.CANCELLING)
    if not is_stopped or stopped.abort_confirmation in (None, Confirmation.CONTRADICTED):
        return
    with st.expander(_("Stopped by mistake?"), key="undo"):
        st.markdown(
            _(
                "Freio cannot undo an abort. Schedule the send again in the platform; copy "
                "its facts from here."
            )
        )
        st.code(facts(stopped), language=None)


def facts(c: SendConfiguration) -> str:
    """Return the facts for scheduling a send again, one line for each fact."""
    known = {
        _("Name"): c.name,
        _("Campaign"): c.campaign,
        _("Account"): c.account,
        _("Channel"): c.channel,
        _("Audience"): c.audience,
        _("Recipients"): names.amount(c.total_records),
        _("Scheduled"): names.scheduled(
            c.scheduled_at, lambda at: at.astimezone(i18n.zone()).isoformat(sep=" ")
        ),
        _("Created by"): c.created_by,
        _("ID of the stopped send"): c.id,
    }
    return "\n".join(f"{name}: {' '.join(value.split())}" for name, value in known.items() if value)
