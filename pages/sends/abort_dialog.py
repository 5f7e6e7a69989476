"""The dialog that stops a send, and the notice that says what came of it.

The work is done in the button's callback, in one call into core with no Streamlit call between
its reads and its writes: Streamlit may end a callback at any of its own calls.
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
from core.services.aborts import Shown
from core.services.reason_presets import read_presets
from pages.sends import abort_sentences
from pages.shell import auto_refresh
from pages.shell.session import actor, freio
from pages.text import i18n, live_text, names
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

_PENDING = "abort_pending"
_OPEN = "abort_open"
_ASKED = "abort_asked"
_NOTICE = "abort_notice"
_REASON = "abort_reason"
_NOTE = "abort_note"
_SESSION = "abort_session"


def ask(id: str) -> None:
    """Ask whether to stop a send. For callbacks of the buttons in rows.

    Who may not stop this send has no such button: a message that claims one is refused and
    recorded.
    """
    app, person = freio(), actor()
    try:
        app.actions.require_access(ConfigurationId(id), person)
    except FreioError as trouble:
        _notices()[:] = [_not_stopped(trouble)]
    else:
        # Whoever can press the button sees no dialog, whatever is thought to be open.
        st.session_state[_PENDING], st.session_state[_OPEN] = id, None
    st.session_state[_ASKED] = True


def open_if_asked() -> None:
    """Within a refreshing part of a page: rerun the whole page if there is an answer to draw."""
    if st.session_state.pop(_ASKED, False):
        st.rerun(scope="app")


def opening(part: Callable[[], None]) -> Callable[[], None]:
    """Let a refreshing part that stands before the dialog open it too, when it runs by itself.

    Streamlit may send a click on a row together with that part's refresh, and runs that part only.
    """
    runs = count()

    @wraps(part)
    def drawn() -> None:
        if next(runs) > 0:  # the first is of the whole page, and the dialog is still to come
            open_if_asked()
        part()

    return drawn


def reopen(send: str = "", session: str = "") -> None:
    """Open the dialog again that another session drew, before the connection to it broke.

    What is typed and chosen there comes along with the values of its fields.
    """
    if send and session != _session():
        ask(send)
        st.session_state[_OPEN] = st.session_state.get(_PENDING)


def _session() -> str:
    """Return the name of this session. After a restart the same page in a browser has another."""
    return str(st.session_state.setdefault(_SESSION, secrets.token_hex(8)))


def keep() -> None:
    """Close the dialog and keep the send."""
    st.session_state[_PENDING] = None
    st.session_state[_OPEN] = None


def draw_abort() -> None:
    """Draw the notice of the last attempt, and the dialog if one is asked for."""
    st.session_state[_ASKED] = False
    # Its place is there without a notice too: what comes below would else be drawn anew, beside the
    # old until the run ends.
    with st.container(key="abort_place"):
        _draw_notice()
    pending = st.session_state.get(_PENDING)
    if pending:
        if pending != st.session_state.get(_OPEN):
            st.session_state.pop(_REASON, None)
            st.session_state.pop(_NOTE, None)
        st.session_state[_OPEN] = pending
        st.dialog(_("Stop this send?"), width="medium", on_dismiss=keep)(_dialog)(pending)


def _draw_notice() -> None:
    if not _notices():
        return
    kind, text = _notices()[0]
    show = {"success": st.success, "info": st.info, "warning": st.warning, "error": st.error}
    with st.container(horizontal=True, vertical_alignment="center", key="abort_notice_bar"):
        show[kind](text)
        st.button(_("OK"), key="abort_notice_ok", on_click=_forget_notice, type="tertiary")


def _notices() -> list[tuple[str, str]]:
    """Return what is to be told of the last attempt: nothing, or how to show it and the text."""
    found: list[tuple[str, str]] = st.session_state.setdefault(_NOTICE, [])
    return found


def _forget_notice() -> None:
    _notices().clear()


def _dialog(id: str) -> None:
    # Closed elsewhere, by a confirm or by another row: end it by running the page again.
    if st.session_state.get(_PENDING) != id:
        st.rerun()
    st.html(f"<i hidden data-abort='{escape(id)}' data-session='{_session()}'></i>")
    auto_refresh.draw_auto_refresh("dialog", freio().settings.refresh_seconds, freio().clock())
    found = freio().queries.configuration(ConfigurationId(id))
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
        abort_sentences.prospect(decision, found, store_is_platform=freio().is_demo())
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
    now = freio().clock()
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
    live_text.draw(_("Facts: {age}", age=live_text.facts_age(freio().freshness())), "quiet")
    live_text.warn_when_old(
        _("**These facts are old.** The send may have begun since then; check in the platform too.")
    )


def _reasons() -> None:
    settings = freio().settings
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
            disabled=freio().settings.reason_required and not st.session_state.get(_REASON),
            on_click=_stop,
            args=(shown.id, _what_is_shown(shown)),
        )
        st.button(_("Keep it"), key="abort_keep", on_click=keep)


def _what_is_shown(found: SendConfiguration) -> Shown:
    return Shown(
        found.state,
        found.generation,
        found.total_records,
        found.generated_records,
        freio().facts_at(),
    )


def _stop(id: ConfigurationId, shown: Shown) -> None:
    # A second click on the button runs this again; the first one has taken the id away.
    if st.session_state.get(_PENDING) != id:
        return
    reason = st.session_state.get(_REASON) or ""
    note = st.session_state.get(_NOTE) or ""
    app, person, notices = freio(), actor(), _notices()
    # From here to the notice nothing of Streamlit is called.
    try:
        with app.garbage_collection.at_work(), app.metrics.aborts.time():
            outcome = app.actions.abort(id, person, reason=reason, note=note, shown=shown)
        told = abort_sentences.notice(outcome, app.clock())
    except OutcomeUnknownError as trouble:
        told = ("error", _unknown(trouble))
    except FreioError as trouble:
        told = _not_stopped(trouble)
    # Streamlit may end the callback at any of its own calls, but not here.
    notices[:] = [told]
    keep()


def _unknown(trouble: FreioError) -> str:
    return _("**Unknown.** {why}", why=escape_markdown(i18n.error(trouble)))


def _not_stopped(trouble: FreioError) -> tuple[str, str]:
    why = i18n.error(trouble, _("It may still go out to its recipients."))
    return "error", _("**Not stopped.** {why}", why=escape_markdown(why))
