"""Who is looking at a page, by what the server itself knows: never by what a message claims."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

import streamlit as st
from starlette.requests import HTTPConnection
from starlette.types import Scope

from core.access.identity import Caller, Identity, NoRole, by_access, by_header, by_login, login_of
from core.access.roles import read_roles
from core.domain.model import Actor
from core.errors import FreioError
from core.infrastructure.clock import utc_now
from core.runtime import application
from pages.viewer import caller_headers
from pages.viewer.caller_headers import has_login as has_login
from pages.viewer.login_cookie import claims_of

log = logging.getLogger("core.who")

_CALLER = "who_caller"
_LEAVING = "who_leaving"


def actor() -> Actor:
    """Return who acts. Without a role, core refuses whatever is asked."""
    return identity().actor


def identity() -> Identity:
    """Return who looks at this page, by the settings and the list of roles as they are now."""
    return _identity(caller(), st.user.to_dict)


def identity_of(scope: Scope) -> Identity:
    """Return who sends a request or opens a WebSocket, before there is a session. May block."""
    connection = HTTPConnection(scope)
    found = _caller_in(connection.headers) or Caller()
    return _identity(found, lambda: claims_of(connection))


def _identity(found: Caller, claims: Callable[[], Mapping[str, object]]) -> Identity:
    try:
        settings = application.settings()
        if settings.user_header:
            return by_header(found, read_roles(settings.roles))
        if not has_login():
            return by_access(found, _shows_demo)
        roles = read_roles(settings.roles)
    except FreioError:
        # The page says what is wrong with the settings; until then nobody has a role.
        return Identity(Actor("", address=found.address), NoRole.NOT_LISTED)
    lasts = timedelta(hours=settings.session_hours)
    trusts = settings.oidc_trust_email
    now = utc_now()
    return by_login(claims(), found, roles, now, lasts, _has_ended, trusts_email=trusts)


def _shows_demo() -> bool:
    try:
        return application.current().shows_demo()
    except FreioError:
        return False  # nobody can tell, so what is there counts as real


def _has_ended(login: str) -> bool:
    try:
        return application.current().logins.has_ended(login)
    except FreioError:
        return False  # it cannot start, so there is nothing to see or do


def log_out() -> None:
    """End this login in all tabs and browsers that have it, and at the provider. For callbacks."""
    claims, person = st.user.to_dict(), actor()
    try:
        application.current().logins.end(login_of(claims))
    except FreioError as error:
        log.warning("a login was not ended elsewhere: %s", error)
    log.info("%s logged out, from %s", person.name, person.address)
    st.session_state[_LEAVING] = True
    st.logout()


def is_leaving() -> bool:
    """Tell whether the browser of this session is on its way out by `log_out`."""
    return _LEAVING in st.session_state


def caller() -> Caller:
    """Return where this session's connection comes from, as the server noted it."""
    found = _caller_in(st.context.headers)
    if found is None:
        # Its browser has just gone, while its last click is still under way.
        known = st.session_state.get(_CALLER)
        return known if isinstance(known, Caller) else Caller()
    st.session_state[_CALLER] = found
    return found


def _caller_in(headers: Mapping[str, str]) -> Caller | None:
    """Return what the door noted in these headers."""
    address = headers.get(caller_headers.ADDRESS)
    if address is None:
        return None
    user = (
        (headers.get(caller_headers.USER) or "")
        .encode("latin-1", "replace")
        .decode("unicode_escape")
    )
    return Caller(
        address,
        headers.get(caller_headers.LOCAL) == "yes",
        user,
        headers.get(caller_headers.ACCESS) == "yes",
    )
