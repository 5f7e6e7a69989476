"""Receipts as a table: who tried to stop what, when, why, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from core.domain.model import Receipt
from pages.text import i18n, sentences
from pages.text.i18n import _


def draw_receipts(receipts: Sequence[Receipt], now: datetime, *, named: bool = True) -> None:
    """Draw receipts, newest first; `named` tells whether to name the send in each."""
    if not receipts:
        st.caption(_("None yet."))
        return
    table = pd.DataFrame([_cells(receipt, now) for receipt in receipts])
    # In the log they wait behind the table's own menu; what a send's page leaves out makes room.
    hidden = dict.fromkeys([_("Role"), _("Was shown")]) if named else {}
    if not named:
        table = table.drop(columns=[_("Send"), _("Account")])
        table[_("Confirmation")] = [_confirmation(receipt, now) for receipt in receipts]
    st.dataframe(table, hide_index=True, column_config=hidden)


def _cells(receipt: Receipt, now: datetime) -> dict[str, str]:
    # What was to be spared then is not what was spared in the end.
    spared, gone = (receipt.spared, receipt.gone) if receipt.is_settled else (None, None)
    return {
        _("When"): i18n.moment(receipt.requested_at, now),
        _("Send"): receipt.configuration_name,
        _("Account"): receipt.account,
        _("Outcome"): _outcome(receipt, now),
        _("Confirmation"): sentences.confirmation_word(receipt.confirmation),
        _("Spared"): _count(spared),
        _("Gone anyway"): _count(gone),
        _("State before"): receipt.state_before.value,
        _("Who"): sentences.person(receipt.actor),
        _("Role"): sentences.role_name(receipt.role),
        _("From"): receipt.address,
        _("Was shown"): _shown(receipt),
        _("Reason"): sentences.reason_name(receipt.reason),
        _("Note"): receipt.note,
    }


def _outcome(receipt: Receipt, now: datetime) -> str:
    word = sentences.outcome_word(receipt)
    if receipt.restored_at is None:
        return word
    return _("{outcome}, put back {time}", outcome=word, time=i18n.moment(receipt.restored_at, now))


def _confirmation(receipt: Receipt, now: datetime) -> str:
    word = sentences.confirmation_word(receipt.confirmation)
    since = receipt.confirmed_at
    return word if since is None else f"{word} · {i18n.moment(since, now)}"


def _shown(receipt: Receipt) -> str:
    """Say what the dialog had shown: the state, the records, and how old that was."""
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
