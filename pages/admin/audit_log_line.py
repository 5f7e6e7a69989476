"""The line on the System page that says whether the record of receipts is whole."""

from __future__ import annotations

import streamlit as st

from core.domain.audit_log_check import AuditLogResult, Flaw, Problem
from pages.shell.session import freio
from pages.text import i18n, sentences
from pages.text.i18n import _

_FEW = 20


def draw_ledger() -> None:
    """Say that every receipt is as it was written, or what is not."""
    st.header(_("Record of receipts"))
    found = freio().queries.check_audit_log()
    if found.is_sound:
        st.markdown(
            _(
                "**Whole.** {entries}, each chained to the one before; every receipt is as it was "
                "written.",
                entries=i18n.plural("{n} entry", "{n} entries", found.entries),
            )
        )
        if found.last_hash:
            st.caption(_("Hash of the last entry: {hash}", hash=f"`{found.last_hash}`"))
        return
    if found.dropped and not found.flaws:
        st.error(
            i18n.plural(
                "**{n} accepted abort was dropped when other data replaced its send.** Freio does "
                "not show it any more, and its send may go out: look in the platform whether it "
                "was stopped.",
                "**{n} accepted aborts were dropped when other data replaced their sends.** Freio "
                "does not show them any more, and their sends may go out: look in the platform "
                "whether they were stopped.",
                found.dropped,
            )
        )
        _draw_problems(found)
        return
    if not found.flaws:
        st.warning(
            i18n.plural(
                "**The database has lost {n} receipt that its second record has.** Its send may "
                "look here as if it had never been stopped. Put it right with the notice on top.",
                "**The database has lost {n} receipts that its second record has.** Their sends "
                "may look here as if they had never been stopped. Put them right with the notice "
                "on top.",
                found.lost,
            )
        )
        return
    st.error(
        i18n.plural(
            "**The record has been changed past Freio: {n} flaw.** What it says of stopped sends "
            "is not to be relied on: look in the platform. Keep the database and its second "
            "record as they are, and find out who can write to them.",
            "**The record has been changed past Freio: {n} flaws.** What it says of stopped sends "
            "is not to be relied on: look in the platform. Keep the database and its second "
            "record as they are, and find out who can write to them.",
            found.flaws,
        )
    )
    _draw_problems(found)


def _draw_problems(found: AuditLogResult) -> None:
    for problem in found.problems[:_FEW]:
        st.markdown("- " + _said(problem))


def _said(problem: Problem) -> str:
    where = sentences.escape(problem.where)
    return {
        Flaw.CHANGED: _("Entry {where} is not what was written.", where=where),
        Flaw.MISSING: _("Entry {where} is missing.", where=where),
        Flaw.CUT: _("The record does not begin or end where it should ({where}).", where=where),
        Flaw.RECEIPT_CHANGED: _("The receipt {where} is not what the record says.", where=where),
        Flaw.RECEIPT_ADDED: _("The receipt {where} is not in the record.", where=where),
        Flaw.RECEIPT_LOST: _("The receipt {where} is missing from its table.", where=where),
        Flaw.OUTCOME_CHANGED: _("What came of {where} is not what the record says.", where=where),
        Flaw.NOTE_CHANGED: _("A note on {where} is not what the record says.", where=where),
        Flaw.DROPPED: _("The abort of the send {where} was dropped.", where=where),
        Flaw.JOURNAL_DIFFERS: _("The second record tells {where} differently.", where=where),
    }[problem.flaw]
