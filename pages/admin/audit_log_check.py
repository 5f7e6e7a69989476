"""The check of the audit log, on the System page."""

import streamlit as st

from core.domain.audit_log_check import Flaw, Problem
from pages.shell.page_run import view
from pages.text import i18n
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

_MAX_PROBLEMS = 20


def draw_audit_log_check() -> None:
    """Draw the result of the check."""
    st.header(_("Audit log"))
    found = view().queries.check_audit_log()
    if found.is_sound:
        st.markdown(
            _(
                "**Complete.** {entries}, each chained to the one before; every receipt is "
                "as it was written.",
                entries=i18n.plural("{n} entry", "{n} entries", found.entries),
            )
        )
        if found.last_hash:
            st.caption(_("Hash of the last entry: {hash}", hash=f"`{found.last_hash}`"))
        return
    if found.flaws:
        st.error(
            i18n.plural(
                "**The audit log was changed from outside Freio: {n} problem.** Do not rely on "
                "what it says about stopped sends: check in the platform. Keep the database "
                "and the receipt journal as they are, and find out who can write to them.",
                "**The audit log was changed from outside Freio: {n} problems.** Do not rely "
                "on what it says about stopped sends: check in the platform. Keep the database "
                "and the receipt journal as they are, and find out who can write to them.",
                found.flaws,
            )
        )
    elif found.dropped:
        st.error(
            i18n.plural(
                "**{n} accepted abort was dropped when other data replaced its send.** "
                "Freio no longer shows it, and its send may go out: check in the platform "
                "whether it was stopped.",
                "**{n} accepted aborts were dropped when other data replaced their "
                "sends.** Freio no longer shows them, and their sends may go out: check in "
                "the platform whether they were stopped.",
                found.dropped,
            )
        )
    else:
        st.warning(
            i18n.plural(
                "**The database has lost {n} receipt that is in the receipt "
                "journal.** Its send may look as if it had never been stopped. "
                "Restore the receipt with the notice at the top.",
                "**The database has lost {n} receipts that are in the receipt "
                "journal.** Their sends may look as if they had never been "
                "stopped. Restore the receipts with the notice at the top.",
                found.lost,
            )
        )
        return  # the notice at the top lists the receipts
    for problem in found.problems[:_MAX_PROBLEMS]:
        st.markdown("- " + _sentence(problem))


def _sentence(problem: Problem) -> str:
    where = escape_markdown(problem.where)
    return {
        Flaw.CHANGED: _("Entry {where} was changed.", where=where),
        Flaw.MISSING: _("Entry {where} is missing.", where=where),
        Flaw.CUT: _(
            "Entries are missing at the beginning or the end of the audit log ({where}).",
            where=where,
        ),
        Flaw.RECEIPT_CHANGED: _("The receipt {where} differs from the audit log.", where=where),
        Flaw.RECEIPT_ADDED: _("The receipt {where} is not in the audit log.", where=where),
        Flaw.RECEIPT_LOST: _("The receipt {where} is missing from its table.", where=where),
        Flaw.OUTCOME_CHANGED: _(
            "The confirmation of {where} differs from the audit log.", where=where
        ),
        Flaw.NOTE_CHANGED: _("A note on {where} differs from the audit log.", where=where),
        Flaw.DROPPED: _("The abort of the send {where} was dropped.", where=where),
        Flaw.JOURNAL_DIFFERS: _("The receipt journal differs at {where}.", where=where),
    }[problem.flaw]
