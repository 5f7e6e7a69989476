"""One send: facts, verdict, timeline, batches, receipts."""

import streamlit as st

from core.access.permissions import Right
from core.domain.model import ConfigurationId
from pages.sends import abort_dialog, send_details
from pages.shell import session
from pages.text import sentences
from pages.text.i18n import _

freio = session.freio()
session.require(Right.VIEW, _("Send"))
id = ConfigurationId(st.query_params.get("id", ""))


def _live() -> None:
    abort_dialog.open_if_asked()
    found = freio.queries.dossier(id)
    if found is not None:
        send_details.draw_dossier(found, freio.clock())


def _missing() -> str:
    if not id:
        return _("Choose a send from the list to see all about it.")
    named = f"“{sentences.escape(id)}”"
    if session.actor().accounts is not None:
        # Whether another account has it is not told.
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
if freio.queries.configuration(id) is None:
    st.title(_("Send"))
    st.info(_missing())
    st.page_link("configurations.py", label=_("To the list"))
else:
    session.refreshing(_live)
