"""The notices about the receipt journal."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from core.access.permissions import Right
from core.errors import FreioError
from core.ports.upkeep import JournalCheck
from core.runtime.administration import dismiss_journal_check, renew_journal, restore_receipts
from core.services.receipt_repair import LostReceipt, RestoreEffect
from pages.shell.messages import draw_message, reporting_errors, set_message
from pages.shell.page_run import may, view
from pages.text import i18n, names, tables
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

_NOTICE = "journal_notice"
_MAX_SHOWN = 50


def draw_journal_check() -> None:
    """Draw the missing receipts, the damage, and the result of a restore."""
    draw_message(_NOTICE)
    app = view().app
    check = app.journal_check
    trouble = app.store.journal_trouble
    if trouble:
        st.error(
            _(
                "**The receipt journal cannot be written ({reason}).** Aborts still work, but they "
                "are kept in the database only. Free space on its disk, or make it writable.",
                reason=escape_markdown(trouble),
            )
        )
    if check.is_sound:
        return
    if not may(Right.ADMINISTER):
        st.error(
            _(
                "**The receipts of aborts need attention:** one may be lost, and its send may go "
                "out. Ask your administrator, who sees here what to do."
            )
        )
        return
    if check.missing:
        _draw_missing(app.repairs.preview(check.missing[:_MAX_SHOWN]), len(check.missing))
    if check.damaged_log or check.damaged_lines or check.unreadable or check.was_absent:
        _draw_damage(check)


def count() -> int:
    """Return the number of notices."""
    app = view().app
    found = [st.session_state.get(_NOTICE), app.store.journal_trouble]
    check = app.journal_check
    if not check.is_sound:
        found += [check.missing, *_damage(check)] if may(Right.ADMINISTER) else [check]
    return sum(map(bool, found))


def _draw_missing(lost: list[LostReceipt], total: int) -> None:
    accepted = sum(one.receipt.accepted for one in lost)
    with st.container(key="journal_missing", gap="xsmall"):
        st.error(
            i18n.plural(
                "**The database has lost {n} abort that was accepted here.** Its send "
                "may go out. Restore it now: Freio decides again by the current facts.",
                "**The database has lost {n} aborts that were accepted here.** Their sends may go "
                "out. Restore them now: Freio decides each again by the current facts.",
                accepted,
            )
            if accepted
            else i18n.plural(
                "The database has lost the receipt of {n} refused abort. No send is "
                "affected. Restore it with the button below.",
                "The database has lost the receipts of {n} refused aborts. No send is "
                "affected. Restore them with the button below.",
                total,
            )
        )
        st.markdown(" ".join(_prospect(lost)))
        # A page may cut off the end of a notice, so draw the button above the table.
        st.button(_("Restore"), type="primary", on_click=_restore, key="journal_restore")
        tables.draw_records([_cells(one) for one in lost], numbers=(_("Recipients"),))
        words = (names.state_name(one.configuration) for one in lost if one.configuration)
        if meaning := names.processing_meaning(words):
            st.caption(meaning)
        if total > len(lost):
            st.caption(_("{n} more are restored with them.", n=i18n.number(total - len(lost))))


def _cells(lost: LostReceipt) -> dict[str, str]:
    r, found = lost.receipt, lost.configuration
    return {
        _("Send"): r.configuration_name,
        _("What restoring does"): _effect_words(lost.effect),
        _("State now"): names.state_name(found) if found else _("not in the store"),
        _("Account"): r.account,
        _("Recipients"): names.amount(found.total_records if found else r.total_records),
        _("Aborted"): i18n.exact(r.requested_at),
        _("Who"): names.person(r.actor),
    }


def _prospect(lost: list[LostReceipt]) -> Iterator[str]:
    again, gone, rest = _count(lost)
    if again:
        yield i18n.plural("**{n}** can be stopped again.", "**{n}** can be stopped again.", again)
    if gone:
        yield i18n.plural("**{n}** goes out: too late.", "**{n}** go out: too late.", gone)
    if rest:
        yield i18n.plural(
            "**{n}** needs only its receipt back.", "**{n}** need only their receipts back.", rest
        )


def _effect_words(effect: RestoreEffect) -> str:
    return {
        RestoreEffect.STOPPED_AGAIN: _("aborts it again"),
        RestoreEffect.STILL_STOPPED: _("it is stopped; restores the receipt"),
        RestoreEffect.GONE: _("too late: it goes out; the receipt says so"),
        RestoreEffect.STILL_OPEN: _("restores the receipt; the abort stays open"),
        RestoreEffect.NOT_IN_STORE: _("restores the receipt; the send is not here"),
        RestoreEffect.RECEIPT_ONLY: _("a refusal; restores the receipt"),
    }[effect]


def _restore() -> None:
    current = view()
    try:
        done = restore_receipts(current.app, current.actor)
        kind = "error" if _count(done)[1] else "success"
        set_message(_NOTICE, kind, " ".join(_outcome(done)))
    except FreioError as trouble:
        means = _("A send whose abort is not restored may still go out.")
        why = escape_markdown(i18n.error(trouble, means))
        set_message(_NOTICE, "error", _("**Not everything was restored.** {why}", why=why))


def _count(lost: list[LostReceipt]) -> tuple[int, int, int]:
    """Return three numbers of sends: stopped again, gone, and all others."""
    effects = [one.effect for one in lost]
    again, gone = effects.count(RestoreEffect.STOPPED_AGAIN), effects.count(RestoreEffect.GONE)
    return again, gone, len(lost) - again - gone


def _outcome(done: list[LostReceipt]) -> Iterator[str]:
    again, gone, rest = _count(done)
    yield _("**Restored.**")
    if again:
        yield i18n.plural("{n} send is stopped again.", "{n} sends are stopped again.", again)
    if gone:
        yield i18n.plural(
            "It was too late to abort {n} send again: it goes out, or has gone out.",
            "It was too late to abort {n} sends again: they go out, or have gone out.",
            gone,
        )
    if rest:
        yield i18n.plural("{n} receipt is restored.", "{n} receipts are restored.", rest)


def _draw_damage(check: JournalCheck) -> None:
    with st.container(key="journal_damage", gap="xsmall"):
        for sentence in _damage(check):
            st.warning(sentence)
        if check.damaged_lines or check.unreadable:
            label = _("Rename it and start a new receipt journal")
            st.button(label, on_click=_renew, key="journal_renew")
        else:
            st.button(_("Acknowledge"), on_click=_acknowledge, key="journal_acknowledge")


def _damage(check: JournalCheck) -> Iterator[str]:
    path = escape_markdown(str(check.path))
    if check.damaged_log is not None:
        yield _(
            "**The database's log was damaged, and its last entries are lost:** files "
            "and changes of state from shortly before the stop. Freio compared the "
            "aborts with the receipt journal; what is missing is listed above. Load "
            "the last file again. A copy of the log is kept in {file}.",
            file=escape_markdown(str(check.damaged_log)),
        )
    if check.damaged_lines:
        yield i18n.plural(
            "**{n} line of the receipt journal {path} cannot be read.** It may contain "
            "an abort that Freio could not compare; the database itself opened without "
            "an error. Rename the journal with the button below.",
            "**{n} lines of the receipt journal {path} cannot be read.** They may "
            "contain aborts that Freio could not compare; the database itself opened "
            "without an error. Rename the journal with the button below.",
            check.damaged_lines,
            path=path,
        )
    if check.unreadable:
        yield _(
            "**The receipt journal {path} cannot be read ({reason}).** Aborts are kept in the "
            "database only, and Freio cannot check whether one is lost. Let Freio read the "
            "file and restart Freio, or rename the journal with the button below.",
            path=path,
            reason=escape_markdown(check.unreadable),
        )
    if check.was_absent:
        yield _(
            "**The receipt journal was missing** and has been written again from the database: "
            "{path}. An abort that the database had already lost cannot be found. Check in the "
            "platform what was stopped recently, and find out who removed the file.",
            path=path,
        )


def _acknowledge() -> None:
    current = view()
    dismiss_journal_check(current.app, current.actor)


def _renew() -> None:
    current = view()
    with reporting_errors(_NOTICE):
        text = _("Freio has started a new receipt journal.")
        if kept := renew_journal(current.app, current.actor):
            text = _(
                "Freio has started a new receipt journal. The old one is kept in {file}.",
                file=escape_markdown(str(kept)),
            )
        set_message(_NOTICE, "success", text)
