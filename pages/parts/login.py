"""What somebody without a role sees in place of every page: no data, and the way in."""

from __future__ import annotations

import streamlit as st

from core import wiring
from core.errors import FreioError
from core.identity import Identity, Why
from core.model import Role
from core.roles import read_roles
from pages.parts import say, who, words
from pages.parts.say import _


def draw_login(found: Identity) -> None:
    """Say why nothing is shown, and what to do."""
    st.title("Freio")
    if (trouble := _settings_trouble()) is not None:
        st.error(say.error(trouble))
        return
    if st.query_params.get("login") == "away":
        st.error(
            _(
                "**The login provider does not answer.** Until it is back nobody can log in and "
                "stop a send here; sends go on as planned. Try again in a minute. What cannot "
                "wait, stop in the platform."
            )
        )
    elif st.query_params.get("login") == "failed":
        st.error(
            _(
                "**You are not logged in:** the login was given up or refused. Until you are, you "
                "can stop no send here; sends go on as planned. Try again."
            )
        )
    _say_why(found)


def _settings_trouble() -> FreioError | None:
    try:
        read_roles(wiring.settings().roles)
    except FreioError as trouble:
        return trouble
    return None


def _say_why(found: Identity) -> None:
    name = words.escape(found.actor.name)
    match found.why:
        case Why.NO_ACCESS:
            st.warning(
                _(
                    "**Freio needs its access token.** Until you enter it, nothing is shown and "
                    "you can stop no send here; sends go on as planned. Open the link that the "
                    "terminal shows where Freio was started, or enter the token."
                )
            )
            draw_way_in()
            _say_how()
        case Why.EXPIRED:
            st.warning(
                _(
                    "**Your session has ended.** What was stopped stays recorded; you can stop no "
                    "other send until you log in again. Log in to go on."
                )
            )
            _log_in()
        case Why.NOT_LISTED:
            st.warning(
                _(
                    "**{name} has no role here.** Nothing is shown, and you can stop no send; all "
                    "go on as planned. Ask whoever keeps Freio running to add you to the list of "
                    "roles.",
                    name=name or "?",
                )
            )
            if who.has_login():
                st.button(_("Log in with another account"), on_click=who.log_out, key="login_other")
        case Why.NOT_BY_PROXY:
            st.warning(
                _(
                    "**Freio does not know who you are.** It opens only through the company's "
                    "proxy, which tells it who is there. Nothing is shown, and you can stop no "
                    "send from here. Open the address that you were given."
                )
            )
        case _:
            st.markdown(_("Log in to see what is about to go out, and to stop it."))
            _log_in()


def _log_in() -> None:
    st.button(_("Log in"), on_click=st.login, key="login", type="primary")


def draw_way_in() -> None:
    """Draw the link to where the access token is entered."""
    text = _("Enter the access token")
    st.html(f'<a href="access" class="way-in">{text}</a>')


def _say_how() -> None:
    st.markdown(
        _(
            "To let other people in, each with a role of their own, set up a login with any OpenID "
            "Connect provider, and list who may do what. In the environment of Freio:"
        )
    )
    # Without colours: those of code are too pale on the dark theme.
    st.code(
        "FREIO_OIDC_URL=https://login.example.com/.well-known/openid-configuration\n"
        "FREIO_OIDC_CLIENT=freio\n"
        "FREIO_OIDC_SECRET=…\n"
        "FREIO_COOKIE_SECRET=…  # openssl rand -hex 24\n"
        "FREIO_PUBLIC_URL=https://freio.example.com\n"
        "FREIO_ROLES=/etc/freio/roles.toml",
        language=None,
        wrap_lines=True,
    )
    st.code('[people]\n"ana@example.com" = "operator"', language=None, wrap_lines=True)
    st.markdown(_("Behind a proxy that logs people in, set this in place of the first five lines:"))
    st.code(
        "FREIO_USER_HEADER=X-Forwarded-User\nFREIO_TRUSTED_PROXIES=10.0.0.7",
        language=None,
        wrap_lines=True,
    )
    st.caption(_("README.md says more, under People."))


def draw_person() -> None:
    """Say at the foot of the page who is looking, as what, and let them go."""
    found = who.actor()
    if found.role is None:
        return
    role = _("may look, and stop simulated sends") if found.only_demo else _role(found.role)
    said = _("{name} · {role}", name=words.escape(words.person(found.name)), role=role)
    if found.accounts is not None:
        names = ", ".join(sorted(found.accounts)) or _("no account")
        said += " · " + _("only {accounts}", accounts=words.escape(names))
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="person"
    ):
        st.caption(said, width="content")
        if who.has_login():
            st.button(_("Log out"), on_click=who.log_out, key="logout", type="tertiary")


def _role(role: Role) -> str:
    return {
        Role.VIEWER: _("may look"),
        Role.OPERATOR: _("may stop sends"),
        Role.ADMINISTRATOR: _("may do everything"),
    }[role]
