"""The dialog that stops a send, and the notice with the result.

The button's callback does the work in one call into core, with no Streamlit call between its reads
and its writes: Streamlit may end a callback at each Streamlit call.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from html import escape
from itertools import count

import streamlit as st

from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.rules import Refuse, decide_abort, was_contradicted
from core.domain.states import Refusal
from core.errors import FreioError, OutcomeUnknownError
from core.services.aborts import ShownFacts
from core.services.reason_presets import read_presets
from pages.sends import abort_notices, abort_sentences
from pages.sends.abort_notices import Notice
from pages.shell import auto_refresh
from pages.shell.session import one_run, view
from pages.text import i18n, live_text, names
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

_PENDING = "abort_pending"
_OPEN = "abort_open"
_REQUESTED = "abort_requested"
_REASON = "abort_reason"
_NOTE = "abort_note"
_SESSION = "abort_session"


def request_dialog(id: str) -> None:
    """Request the dialog for a send. For callbacks of the abort buttons.

    People who may not stop this send have no such button: a forged message is refused and recorded.
    """
    current = view()
    try:
        current.app.aborts.require_access(ConfigurationId(id), current.actor)
    except FreioError as trouble:
        abort_notices.add(abort_notices.stack(), _not_stopped(trouble, id))
    else:
        # The button can only be pressed while no dialog is open.
        st.session_state[_PENDING], st.session_state[_OPEN] = id, None
    st.session_state[_REQUESTED] = True


def open_if_requested() -> None:
    """Within a refreshing part: run the whole page again if a dialog or notice is to be drawn.

    A dialog that such a part opened itself would stop responding (streamlit #17011, "Conditionally
    created dialog in a fragment stops logically existing after rerun of a fragment while still
    existing on the website").
    """
    if st.session_state.pop(_REQUESTED, False):
        st.rerun(scope="app")


def opening(part: Callable[[], None]) -> Callable[[], None]:
    """Return a refreshing part, drawn before the dialog, that can open it too.

    Streamlit may send a click on a row in one message with the refresh of this part, and then runs
    this part only (no upstream issue found).
    """
    runs = count()

    @wraps(part)
    def drawn() -> None:
        if next(runs) > 0:  # the first run is of the whole page, which draws the dialog later
            open_if_requested()
        part()

    return drawn


def reopen(send: str = "", session: str = "") -> None:
    """Open a dialog again that an earlier session drew, after a reconnect.

    The browser sends what was typed and chosen there with the values of its fields.
    """
    if send and session != _session():
        request_dialog(send)
        st.session_state[_OPEN] = st.session_state.get(_PENDING)


def _session() -> str:
    """Return the name of this session. After a restart, an open page gets a new session."""
    return str(st.session_state.setdefault(_SESSION, secrets.token_hex(8)))


def keep() -> None:
    """Close the dialog and keep the send."""
    st.session_state[_PENDING] = None
    st.session_state[_OPEN] = None


def draw_abort() -> None:
    """Draw the notices of the attempts, and the dialog if one is requested."""
    st.session_state[_REQUESTED] = False
    # The container exists without a notice too. Otherwise everything below would move, and be drawn
    # twice until the run ends.
    with st.container(key="abort_place"):
        abort_notices.draw_notices()
    pending = st.session_state.get(_PENDING)
    if pending:
        if pending != st.session_state.get(_OPEN):
            st.session_state.pop(_REASON, None)
            st.session_state.pop(_NOTE, None)
        st.session_state[_OPEN] = pending
        st.dialog(_("Stop this send?"), width="medium", on_dismiss=keep)(_dialog)(pending)


def _dialog(id: str) -> None:
    # The dialog was closed by its buttons or by another row: run the page again to remove it.
    if st.session_state.get(_PENDING) != id:
        st.rerun()
    st.html(f"<i hidden data-abort='{escape(id)}' data-session='{_session()}'></i>")
    with one_run():
        _draw_question(id)


def _draw_question(id: str) -> None:
    auto_refresh.draw_auto_refresh("dialog", view().app.settings.refresh_seconds, view().now)
    found = view().queries.configuration(ConfigurationId(id))
    if found is None:
        st.warning(
            _(
                "This send is no longer in Freio, and nothing was stopped. Only the "
                "platform shows whether it goes out. Look for it there."
            )
        )
        st.button(_("Close"), on_click=keep)
        return
    _facts(found)
    decision = decide_abort(found)
    sentence = escape_markdown(
        abort_sentences.prospect(decision, found, store_is_platform=view().app.is_demo())
    )
    if isinstance(decision, Refuse):
        unsure = was_contradicted(found) or found.doubted_since is not None
        stopped = decision.reason is Refusal.ALREADY and not unsure
        (st.info if stopped else st.error)(sentence)
        st.button(_("Close"), on_click=keep, key="abort_close")
        return
    st.markdown(sentence)
    _reasons()
    _buttons(found)


def _facts(configuration: SendConfiguration) -> None:
    now = view().now
    st.markdown(f"### {escape_markdown(configuration.name)}")
    st.html(
        f"<p style='font-size:clamp(1.75rem,7.4vw,2.5rem);font-weight:700;line-height:1.1;margin:0;"
        f"font-variant-numeric:tabular-nums'>{names.recipients(configuration.total_records)}</p>"
    )
    detail = [
        names.state_name(configuration),
        configuration.account,
        configuration.channel,
        _("scheduled {time}", time=i18n.moment(configuration.scheduled_at, now)),
    ]
    st.markdown(" · ".join(escape_markdown(part) for part in detail if part))
    live_text.draw(_("Facts: {age}", age=live_text.facts_age(view().freshness())), "quiet")
    live_text.warn_when_old(
        _("**These facts are old.** The send may have begun since then; check in the platform too.")
    )


def _reasons() -> None:
    settings = view().app.settings
    codes = tuple(read_presets(settings.reasons))
    label = _("Reason (required)") if settings.reason_required else _("Reason")
    st.pills(label, codes, format_func=names.reason_name, key=_REASON)
    st.text_input(_("Note (optional)"), key=_NOTE, max_chars=500)


def _buttons(shown: SendConfiguration) -> None:
    with st.container(horizontal=True, key="abort_answers"):
        st.button(
            _("Stop this send"),
            type="primary",
            key="abort_confirm",
            disabled=view().app.settings.reason_required and not st.session_state.get(_REASON),
            on_click=_stop,
            args=(shown.id, _shown(shown)),
        )
        st.button(_("Keep it"), key="abort_keep", on_click=keep)


def _shown(found: SendConfiguration) -> ShownFacts:
    return ShownFacts(
        found.state,
        found.generation,
        found.total_records,
        found.generated_records,
        view().facts_at(),
    )


def _stop(id: ConfigurationId, shown: ShownFacts) -> None:
    # A second click on the button runs this again; the first click has removed the id.
    if st.session_state.get(_PENDING) != id:
        return
    reason = st.session_state.get(_REASON) or ""
    note = st.session_state.get(_NOTE) or ""
    current, notices = view(), abort_notices.stack()
    app = current.app
    # From here to the notice, no function of Streamlit is called.
    try:
        with app.garbage_collection.at_work(), app.metrics.aborts.time():
            outcome = app.aborts.abort(id, current.actor, reason=reason, note=note, shown=shown)
        notice = Notice(*abort_sentences.notice(outcome, current.now), id)
    except OutcomeUnknownError as trouble:
        notice = Notice("error", _unknown(trouble), id)
    except FreioError as trouble:
        notice = _not_stopped(trouble, id)
    # Streamlit may end the callback at each Streamlit call, but not here.
    abort_notices.add(notices, notice)
    keep()


def _unknown(trouble: FreioError) -> str:
    return _("**Unknown.** {why}", why=escape_markdown(i18n.error(trouble)))


def _not_stopped(trouble: FreioError, id: str) -> Notice:
    why = i18n.error(trouble, _("It may still go out to its recipients."))
    return Notice("error", _("**Not stopped.** {why}", why=escape_markdown(why)), id)
