"""What the second record says at the start: shown on every page until somebody has seen to it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.access.permissions import Right
from core.errors import FreioError
from core.ports.upkeep import JournalCheck
from core.services.receipt_repair import Lost, Mending
from pages.shell.session import actor, freio, may
from pages.text import i18n, sentences
from pages.text.i18n import _

_TOLD = "record_told"
_SHOWN = 50


def draw_record() -> None:
    """Draw what is missing or damaged, and what came of putting it right."""
    _draw_told()
    app = freio()
    check = app.record
    trouble = app.store.journal_trouble
    if trouble:
        st.error(
            _(
                "**The second record of aborts cannot be written ({reason}).** Aborts still work "
                "and are kept in the database alone. Make room on its disk or make it writable.",
                reason=sentences.escape(trouble),
            )
        )
    if check.is_sound:
        return
    if not may(Right.KEEP):
        st.error(
            _(
                "**The record of aborts needs attention:** it may have lost one, and its send may "
                "go out. Tell whoever keeps Freio running; they see here what to do."
            )
        )
        return
    if check.missing:
        _draw_missing(app.repairs.look(check.missing[:_SHOWN]), len(check.missing))
    if check.damaged_log or check.damaged_lines or check.unreadable or check.was_absent:
        _draw_damage(check)


def _draw_missing(lost: list[Lost], count: int) -> None:
    accepted = sum(one.receipt.accepted for one in lost)
    with st.container(border=True, key="record_missing"):
        st.error(
            i18n.plural(
                "**The database has lost {n} abort that was confirmed here.** Its send may go "
                "out. Put it right now: it is decided anew by the facts of this moment.",
                "**The database has lost {n} aborts that were confirmed here.** Their sends may "
                "go out. Put them right now: each is decided anew by the facts of this moment.",
                accepted,
            )
            if accepted
            else i18n.plural(
                "The database has lost {n} record of a refused abort. No send is affected. Put it "
                "right with the button below.",
                "The database has lost {n} records of refused aborts. No send is affected. Put "
                "them right with the button below.",
                count,
            )
        )
        st.markdown(_prospect(lost))
        st.dataframe(pd.DataFrame([_cells(one) for one in lost]), hide_index=True)
        if count > len(lost):
            st.caption(_("{n} more are put right with them.", n=i18n.number(count - len(lost))))
        st.button(_("Put right"), type="primary", on_click=_put_right, key="record_put_right")


def _cells(lost: Lost) -> dict[str, str]:
    r, found = lost.receipt, lost.configuration
    return {
        _("Send"): r.configuration_name,
        _("What putting it right does"): _mending_words(lost.mending),
        _("State now"): sentences.state_name(found) if found else _("not in the store"),
        _("Account"): r.account,
        _("Recipients"): i18n.number(found.total_records if found else r.total_records),
        _("Aborted"): i18n.exact(r.requested_at),
        _("Who"): sentences.person(r.actor),
    }


def _prospect(lost: list[Lost]) -> str:
    """Say in numbers what putting right comes to, for whoever has no time for the table."""
    again = sum(one.mending is Mending.STOPPED_AGAIN for one in lost)
    gone = sum(one.mending is Mending.GONE for one in lost)
    parts = []
    if again:
        parts.append(
            i18n.plural("**{n}** can be stopped again.", "**{n}** can be stopped again.", again)
        )
    if gone:
        parts.append(i18n.plural("**{n}** goes out: too late.", "**{n}** go out: too late.", gone))
    if rest := len(lost) - again - gone:
        parts.append(
            i18n.plural(
                "**{n}** needs only its receipt.", "**{n}** need only their receipts.", rest
            )
        )
    return " ".join(parts)


def _mending_words(mending: Mending) -> str:
    return {
        Mending.STOPPED_AGAIN: _("stops it again"),
        Mending.STILL_STOPPED: _("it is stopped; brings the receipt back"),
        Mending.GONE: _("too late: it goes out; the receipt says so"),
        Mending.NOT_IN_STORE: _("brings the receipt back; the send is not here"),
        Mending.NOTED: _("a refusal; brings the receipt back"),
    }[mending]


def _put_right() -> None:
    app, person = freio(), actor()
    try:
        told = _outcome(app.put_right(person))
    except FreioError as trouble:
        why = i18n.error(trouble, _("What is not put right may still go out."))
        told = ("error", _("**Not all is put right.** {why}", why=sentences.escape(why)))
    st.session_state[_TOLD] = told


def _outcome(done: list[Lost]) -> tuple[str, str]:
    def count(mending: Mending) -> int:
        return sum(one.mending is mending for one in done)

    parts = [_("**Put right.**")]
    again, gone = count(Mending.STOPPED_AGAIN), count(Mending.GONE)
    if again:
        parts.append(
            i18n.plural("{n} send is stopped again.", "{n} sends are stopped again.", again)
        )
    if gone:
        parts.append(
            i18n.plural(
                "{n} send could not be stopped any more: it goes out, or has gone out.",
                "{n} sends could not be stopped any more: they go out, or have gone out.",
                gone,
            )
        )
    rest = len(done) - again - gone
    if rest:
        parts.append(
            i18n.plural(
                "{n} receipt is back as it was.", "{n} receipts are back as they were.", rest
            )
        )
    return ("error" if gone else "success"), " ".join(parts)


def _draw_damage(check: JournalCheck) -> None:
    with st.container(border=True, key="record_damage"):
        for sentence in _damage(check):
            st.warning(sentence)
        if check.damaged_lines or check.unreadable:
            st.button(
                _("Keep it aside and start a new second record"),
                on_click=_renew,
                key="record_renew",
            )
        else:
            st.button(_("Understood"), on_click=_note, key="record_noted")


def _damage(check: JournalCheck) -> list[str]:
    said = []
    path = sentences.escape(str(check.path))
    if check.damaged_log is not None:
        said.append(
            _(
                "**The database's log was damaged, and what it held last is lost:** files loaded "
                "and steps taken shortly before the stop. Aborts are held against the second "
                "record; what is missing stands above. Load the last file again. A copy of the "
                "log is kept in {file}.",
                file=sentences.escape(str(check.damaged_log)),
            )
        )
    if check.damaged_lines:
        said.append(
            i18n.plural(
                "**{n} line of the second record {path} cannot be read.** It may have held an "
                "abort that is not compared now; the database itself opened without an error. Keep "
                "it aside with the button below.",
                "**{n} lines of the second record {path} cannot be read.** They may have held "
                "aborts that are not compared now; the database itself opened without an error. "
                "Keep it aside with the button below.",
                check.damaged_lines,
                path=path,
            )
        )
    if check.unreadable:
        said.append(
            _(
                "**The second record {path} cannot be read ({reason}).** Aborts are kept in the "
                "database alone, and nobody can tell whether it has lost one. Let Freio read it "
                "and start Freio again, or keep it aside with the button below.",
                path=path,
                reason=sentences.escape(check.unreadable),
            )
        )
    if check.was_absent:
        said.append(
            _(
                "**The second record was missing** and has been written anew from the database: "
                "{path}. An abort that the database lost before this moment cannot be found. "
                "Look in the platform for what was stopped lately, and find out who took the file "
                "away.",
                path=path,
            )
        )
    return said


def _note() -> None:
    freio().take_note(actor())


def _renew() -> None:
    app, person = freio(), actor()
    try:
        kept = app.renew_journal(person)
    except FreioError as trouble:
        st.session_state[_TOLD] = ("error", sentences.escape(i18n.error(trouble)))
        return
    st.session_state[_TOLD] = (
        "success",
        _(
            "A new second record is begun. The old one is kept in {file}.",
            file=sentences.escape(str(kept)),
        )
        if kept
        else _("A new second record is begun."),
    )


def _draw_told() -> None:
    told = st.session_state.get(_TOLD)
    if told is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="record_told_bar"):
        (st.success if told[0] == "success" else st.error)(told[1])
        st.button(_("OK"), key="record_told_ok", on_click=_forget, type="tertiary")


def _forget() -> None:
    st.session_state[_TOLD] = None
