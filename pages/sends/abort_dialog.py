"""The dialog that aborts a send, and the notice with the result."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from itertools import count
from typing import Any

import streamlit as st
from cachetools import FIFOCache

from core.domain.model import Actor, ConfigurationId, ShownFacts
from core.errors import FreioError, OutcomeUnknownError, StoreError
from core.forecasting.forecast import UNKNOWN
from pages.sends import abort_form, abort_sentences
from pages.shell import abort_notices, auto_refresh
from pages.shell.abort_notices import Notice
from pages.shell.page_run import one_run, run_again, view
from pages.text import i18n
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

_PENDING = "abort_pending"
_REQUESTED = "abort_requested"
_SHOWN = "abort_shown"
_LAST = "abort_last"
_SESSION = "abort_session"

#: Seconds between two refreshes of the dialog.
REFRESH_SECONDS = 1.5

#: The session stores the facts of this many refreshes. An abort needs the facts that the person
#: saw.
_MOST_SHOWN = 100


def request_dialog(id: str) -> None:
    """Request the dialog for a send. Call this from callbacks only.

    If the person has no right to stop the send, record a refusal and add a notice.
    """
    current = view()
    try:
        current.app.aborts.require_access(ConfigurationId(id), current.actor)
    except FreioError as trouble:
        abort_notices.add(abort_notices.stack(), _not_stopped(trouble, id))
    else:
        st.session_state[_PENDING] = id
    request_run()


def request_run() -> None:
    """Request a run of the whole page. Call this from callbacks only."""
    st.session_state[_REQUESTED] = True


def open_if_requested() -> None:
    """If `request_run` was called, run the whole page again. Call this in a refreshing part.

    A run of the whole page must draw the dialog. A dialog from a refreshing part stops responding
    (streamlit #17011, "Conditionally created dialog in a fragment stops logically existing after
    rerun of a fragment while still existing on the website").
    """
    if st.session_state.pop(_REQUESTED, False):
        run_again("dialog_or_notice")


def opening(part: Callable[[], None]) -> Callable[[], None]:
    """Return a refreshing part that also opens a requested dialog.

    The browser can send a click together with a refresh. Streamlit then calls the
    click's callback, but runs only the refreshed part (no upstream issue found).
    """
    runs = count()

    @wraps(part)
    def drawn() -> None:
        if next(runs) > 0:  # in the first run, the whole page draws the dialog
            open_if_requested()
        part()

    return drawn


def reopen(send: str, session: str) -> None:
    """After a reconnect, reopen the dialog of the send `send`, if an earlier session drew it."""
    if send and session != session_name():
        request_dialog(send)


def session_name() -> str:
    """Return the name of this session. A reload of the page begins a new session."""
    return str(st.session_state.setdefault(_SESSION, secrets.token_hex(8)))


def keep() -> None:
    """Close the dialog. This call aborts nothing."""
    st.session_state[_PENDING] = None


def draw_abort() -> None:
    """Draw the requested dialog."""
    st.session_state[_REQUESTED] = False
    pending = st.session_state.get(_PENDING)
    if pending:
        st.dialog(_("Abort this send?"), width="medium", on_dismiss=keep)(_dialog)(
            pending, view().actor
        )


def _dialog(id: str, drawn_for: Actor) -> None:
    # If a button has closed this dialog, a new run removes the dialog.
    if st.session_state.get(_PENDING) != id:
        st.rerun()
    with refreshed_dialog("dialog", REFRESH_SECONDS, drawn_for):
        last = st.session_state.get(_LAST) or {}
        data = data_or_last(
            lambda: _facts(ConfigurationId(id)), last if last.get("id") == id else None
        )
        st.session_state[_LAST] = data
        abort_form.mount(
            key=abort_form.KEY, data=data, on_confirm_change=_abort, on_keep_change=keep
        )


@contextmanager
def refreshed_dialog(name: str, seconds: float, drawn_for: Actor) -> Iterator[None]:
    """Let a dialog refresh. The `with` block draws the content of the dialog.

    If the actor has changed, run the whole page again.
    """
    with one_run() as current:
        if current.actor != drawn_for:
            st.rerun()
        # Draw the auto-refresh first: after an error, the next refresh must try again.
        auto_refresh.draw_auto_refresh(name, seconds, current.now)
        yield


def data_or_last(read: Callable[[], dict[str, Any]], last: dict[str, Any] | None) -> dict[str, Any]:
    """Return the result of `read`. If the store does not answer, return `last` with the reason.

    Raises StoreError if the store does not answer and `last` is None.
    """
    try:
        return read()
    except StoreError as trouble:
        if last is None:
            raise
        why = _("The data could not be read again: {why}", why=i18n.error(trouble))
        return last | {"trouble": why}


def _facts(id: ConfigurationId) -> dict[str, Any]:
    queries, app, fresh = view().queries, view().app, view().freshness()
    found, shown = queries.configuration(id), str(fresh.now.timestamp())
    if found is None:
        facts = abort_form.missing(app.settings)
    else:
        known: FIFOCache[str, ShownFacts] = st.session_state.setdefault(
            _SHOWN, FIFOCache(_MOST_SHOWN)
        )
        known[shown] = ShownFacts.of(found, view().facts_at())
        facts = abort_form.question(
            found,
            fresh,
            queries.forecasting.forecasts([found], fresh.now).get(id, UNKNOWN),
            queries.flags([found], fresh).get(id, ()),
            settings=app.settings,
            stops_sends=app.stops_sends(),
        )
    at = fresh.now.timestamp()
    return {"id": id, "session": session_name(), "at": at, "shown": shown} | facts


def _abort() -> None:
    pressed = abort_form.pressed(abort_form.KEY)
    shown = st.session_state.get(_SHOWN, {}).get(pressed["shown"])
    # At a second press of the button, the dialog is already closed.
    if not pressed["id"] or pressed["id"] != st.session_state.get(_PENDING) or shown is None:
        return
    id = ConfigurationId(pressed["id"])
    reason, note = pressed["reason"], pressed["note"]
    current, notices = view(), abort_notices.stack()
    app = current.app
    # Do not call Streamlit before the notice is stored. Any call may end the callback.
    try:
        with app.garbage_collection.at_work(), app.metrics.aborts.time():
            outcome = app.aborts.abort(id, current.actor, reason=reason, note=note, shown=shown)
        delivered = outcome.receipt if outcome.accepted else None
        notice = Notice(*abort_sentences.notice(outcome, current.now), id, delivered)
    except OutcomeUnknownError as trouble:
        notice = Notice("error", unknown(trouble), id)
    except FreioError as trouble:
        notice = _not_stopped(trouble, id)
    abort_notices.add(notices, notice)
    keep()


def unknown(trouble: FreioError) -> str:
    """Return the text for an abort with an unknown result."""
    return _("**Unknown.** {why}", why=escape_markdown(i18n.error(trouble)))


def not_stopped(trouble: FreioError, means: str = "") -> str:
    """Return the text for an abort that stopped nothing. For `means`, see `i18n.error`."""
    return _("**Not stopped.** {why}", why=escape_markdown(i18n.error(trouble, means)))


def _not_stopped(trouble: FreioError, id: str) -> Notice:
    means = _("It may still go out to its recipients.")
    return Notice("error", not_stopped(trouble, means), id)
