"""The current user at the bottom of each page."""

from __future__ import annotations

import streamlit as st

from core.domain.model import Role
from pages.text import names
from pages.text.i18n import _
from pages.text.markdown import escape_markdown
from pages.viewer import current_user


def draw_no_access() -> None:
    """Draw a message that the user has no role.

    Usually, the browser reloads the page and gets the login page instead of this message.
    """
    st.title("Freio")
    st.warning(
        _(
            "**Freio no longer knows who you are.** Nothing is shown, and you cannot abort "
            "a send here; sends go on as planned. Open Freio's address again."
        )
    )


def draw_access_link() -> None:
    """Draw the link to the page for the access token."""
    text = _("Enter the access token")
    st.html(f'<a href="access" class="access-link">{text}</a>')


def draw_user() -> None:
    """Draw the name and role of the user, and a button to log out."""
    found = current_user.actor()
    if found.role is None:
        return
    role = {
        Role.VIEWER: _("view only"),
        Role.OPERATOR: _("may abort sends"),
        Role.ADMINISTRATOR: _("may do everything"),
    }[found.role]
    if found.only_demo:
        role = _("view only, and abort simulated sends")
    text = _("{name} · {role}", name=escape_markdown(names.person(found.name)), role=role)
    if found.accounts is not None:
        accounts = ", ".join(sorted(found.accounts)) or _("no account")
        text += " · " + _("only {accounts}", accounts=escape_markdown(accounts))
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="person"
    ):
        st.caption(text, width="content")
        if current_user.has_login():
            st.button(_("Log out"), on_click=current_user.log_out, key="logout", type="tertiary")
