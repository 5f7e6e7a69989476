"""The table of receipts: who tried to stop which send, when, why, and the result."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from core.domain.model import Confirmation, Receipt, Role
from core.domain.states import Refusal, Verdict
from pages.text import i18n, names
from pages.text.i18n import _


def draw_receipts(receipts: Sequence[Receipt], now: datetime, *, named: bool = True) -> None:
    """Draw receipts, newest first; `named` adds the send to each."""
    if not receipts:
        st.caption(_("None yet."))
        return
    table = pd.DataFrame([_cells(receipt, now) for receipt in receipts])
    # Hidden in the log; the table's own menu shows them. A send's page has room for them.
    hidden = dict.fromkeys([_("Role"), _("Was shown")]) if named else {}
    if not named:
        table = table.drop(columns=[_("Send"), _("Account")])
        table[_("Confirmation")] = [_confirmation(receipt, now) for receipt in receipts]
    st.dataframe(table, hide_index=True, column_config=hidden)


def _cells(receipt: Receipt, now: datetime) -> dict[str, str]:
    # Until the abort is settled, the number of spared recipients is not known.
    spared, gone = (receipt.spared, receipt.gone) if receipt.is_settled else (None, None)
    return {
        _("When"): i18n.moment(receipt.requested_at, now),
        _("Send"): receipt.configuration_name,
        _("Account"): receipt.account,
        _("Outcome"): _outcome(receipt, now),
        _("Confirmation"): names.confirmation_name(receipt.confirmation),
        _("Spared"): _count(spared),
        _("Reached anyway"): _count(gone),
        _("State before"): receipt.state_before.value,
        _("Who"): names.person(receipt.actor),
        _("Role"): _role_name(receipt.role),
        _("From"): receipt.address,
        _("Was shown"): _shown(receipt),
        _("Reason"): names.reason_name(receipt.reason),
        _("Note"): receipt.note,
    }


def _outcome(receipt: Receipt, now: datetime) -> str:
    word = _outcome_word(receipt)
    if receipt.restored_at is None:
        return word
    return _("{outcome}, restored {time}", outcome=word, time=i18n.moment(receipt.restored_at, now))


def _confirmation(receipt: Receipt, now: datetime) -> str:
    word = names.confirmation_name(receipt.confirmation)
    since = receipt.confirmed_at
    return word if since is None else f"{word} · {i18n.moment(since, now)}"


def _shown(receipt: Receipt) -> str:
    """Return what the dialog showed: the state, the records, and the age of these facts."""
    if receipt.shown_state is None:
        return "–"
    records = _count(receipt.shown_total)
    if receipt.shown_generated:
        records = f"{i18n.number(receipt.shown_generated)} / {records}"
    since = receipt.shown_facts_at
    span = "?" if since is None else i18n.span(receipt.requested_at - since)
    age = _("{age} old", age=span)
    return f"{receipt.shown_state} · {records} · {age}"


def _count(value: int | None) -> str:
    return _("unknown") if value is None else i18n.number(value)


def _outcome_word(receipt: Receipt) -> str:
    if receipt.refusal is not None:
        return {
            Refusal.TOO_LATE: _("Refused: too late"),
            Refusal.FINISHED: _("Refused: finished"),
            Refusal.ALREADY: _("Already stopped"),
            Refusal.PLATFORM_STOPPED: _("Refused: stopped by the platform"),
            Refusal.NOT_ABORTABLE_STATE: _("Refused: not from this state"),
            Refusal.NOT_ALLOWED: _("Refused: not allowed"),
        }[receipt.refusal]
    if receipt.confirmation is Confirmation.CONTRADICTED:
        return _("Went on anyway")
    if receipt.confirmation is Confirmation.OPEN:
        unsure = receipt.verdict is Verdict.CANCEL_UNCONFIRMED
        return _("Recorded, uncertain") if unsure else _("Recorded, not confirmed")
    later = receipt.verdict is Verdict.CANCEL_AFTER_PROCESSING
    return _("Cancelled after processing") if later else _("Cancelled")


def _role_name(role: str) -> str:
    return {
        Role.VIEWER.value: _("viewer"),
        Role.OPERATOR.value: _("operator"),
        Role.ADMINISTRATOR.value: _("administrator"),
    }.get(role, "–")
