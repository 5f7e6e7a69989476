"""The identity of the current user. The identity never comes from input on a page."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

import streamlit as st
from starlette.requests import HTTPConnection
from starlette.types import Scope

from core.access.identity import Caller, Identity, NoRole, by_access, by_header, by_login, login_of
from core.access.roles_file import read_roles
from core.domain.model import Actor
from core.errors import FreioError
from core.infrastructure.clock import utc_now
from core.runtime import instance
from pages.viewer.caller_headers import HEADER, caller_in
from pages.viewer.caller_headers import has_login as has_login
from pages.viewer.login_cookie import claims_of

log = logging.getLogger("core.who")

_CALLER = "who_caller"
_LOGGING_OUT = "who_logging_out"

_resolved: ContextVar[Identity | None] = ContextVar("identity", default=None)


def actor() -> Actor:
    """Return the current user. Core refuses every action of an actor without a role."""
    return identity().actor


def identity() -> Identity:
    """Return the identity of the current user, from the current settings and roles file.

    In a block of `resolved_once`, return the identity from the start of the block.
    """
    return _resolved.get() or _identity(caller(), st.user.to_dict)


@contextmanager
def resolved_once() -> Iterator[Identity]:
    """Resolve the identity once for a run of a page.

    Do not use this function in callbacks: an action needs the identity at the time of the action.
    """
    token = _resolved.set(identity())
    try:
        yield identity()
    finally:
        _resolved.reset(token)


def identity_of(scope: Scope) -> Identity:
    """Return the identity for a request or a new WebSocket.

    Call this function in a thread, not in the event loop: it can read files and the store.
    """
    return _identity(caller_in(scope), lambda: claims_of(HTTPConnection(scope)))


def _identity(found: Caller, claims: Callable[[], Mapping[str, object]]) -> Identity:
    try:
        settings = instance.settings()
        if settings.user_header:
            return by_header(found, read_roles(settings.roles))
        if not has_login():
            return by_access(found, _shows_demo)
        roles = read_roles(settings.roles)
    except FreioError:
        # Without correct settings and roles, nobody has a role. The page says why.
        return Identity(Actor("", address=found.address), NoRole.NOT_LISTED)
    lasts, trusts = timedelta(hours=settings.session_hours), settings.oidc_trust_email
    return by_login(claims(), found, roles, utc_now(), lasts, _has_ended, trusts_email=trusts)


def _shows_demo() -> bool:
    try:
        return instance.current().shows_demo()
    except FreioError:
        return False  # treat unknown data as real


def _has_ended(login: str) -> bool:
    try:
        return instance.current().logins.has_ended(login)
    except FreioError:
        return False  # Freio cannot start: there is nothing to see or do


def log_out() -> None:
    """End the current login at the provider, and in all tabs and browsers with this login.

    Call this function only from callbacks.
    """
    claims, person = st.user.to_dict(), actor()
    try:
        instance.current().logins.end(login_of(claims))
    except FreioError as error:
        log.warning("a login may still be valid in other tabs and browsers: %s", error)
    log.info("%s logged out, from %s", person.name, person.address)
    st.session_state[_LOGGING_OUT] = True
    st.logout()


def is_logging_out() -> bool:
    """Return whether this session is logging out."""
    return _LOGGING_OUT in st.session_state


def caller() -> Caller:
    """Return the caller of this session, from the header of `CallerHeaders`."""
    if (header := st.context.headers.get(HEADER)) is not None:
        st.session_state[_CALLER] = Caller(**json.loads(header))
    # After the browser disconnects, a run for the last click has no headers. Use the stored caller.
    found: Caller = st.session_state.get(_CALLER, Caller())
    return found
