"""The page of one send: its facts, verdict, timeline, batches and receipts."""

import streamlit as st

from core.access.permissions import Right
from core.domain.model import ConfigurationId
from pages.sends import abort_dialog, send_details
from pages.shell import session
from pages.text import sentences
from pages.text.i18n import _

session.require(Right.LOOK, _("Send"))
id = ConfigurationId(st.query_params.get("id", ""))


def _live() -> None:
    abort_dialog.open_if_asked()
    view = session.view()
    found = view.queries.send_details(id)
    if found is not None:
        send_details.draw_send(found, view.now)


def _missing() -> str:
    if not id:
        return _("Choose a send from the list to see all about it.")
    named = f"“{sentences.escape(id)}”"
    if session.view().actor.accounts is not None:
        # Do not reveal whether another account has it.
        return _(
            "There is no send with the number {id} among those of your accounts. If it exists in "
            "another one, it may go out. Look for it in the list, or ask somebody with a role for "
            "its account.",
            id=named,
        )
    return _(
        "There is no send with the number {id} here. If it exists in the platform, it is not "
        "among what was loaded, and may go out. Look for it in the list, or load a newer file.",
        id=named,
    )


abort_dialog.draw_abort()
if session.view().queries.configuration(id) is None:
    st.title(_("Send"))
    st.info(_missing())
    st.page_link("configurations.py", label=_("To the list"))
else:
    session.refreshing(_live)
