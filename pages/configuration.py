"""The page of a send."""

import streamlit as st

from core.access.permissions import Right
from core.domain.model import ConfigurationId
from pages.sends import abort_dialog, send_details
from pages.shell import abort_notices, back_link, page_run
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

page_run.require(Right.VIEW, _("Send"))
id = ConfigurationId(st.query_params.get("id", ""))


def _live() -> None:
    abort_dialog.open_if_requested()
    view = page_run.view()
    found = view.queries.send_details(id)
    if found is not None:
        send_details.draw_send(found, view.now)


def _missing() -> str:
    if not id:
        return _("Choose a send from the list to see its details.")
    named = f"“{escape_markdown(id)}”"
    if page_run.view().actor.accounts is not None:
        # Do not reveal whether another account has a send with this ID.
        return _(
            "Your accounts have no send with the ID {id}. If another account has it, "
            "it may go out. Look for it in the list, or ask a person with a role for its "
            "account.",
            id=named,
        )
    return _(
        "Freio has no send with the ID {id}. If the platform has it, it was not in the "
        "loaded files, and it may go out. Look for it in the list, or load a newer file.",
        id=named,
    )


back_link.draw_way_back()
abort_dialog.draw_abort()
if page_run.view().queries.configuration(id) is None:
    st.title(_("Send"))
    st.info(_missing())
else:
    page_run.refreshing(_live, abort_notices.refresh_seconds)
