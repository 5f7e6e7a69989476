"""The rows of receipts in the log of aborts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from types import MappingProxyType

import streamlit as st

from core.domain.delivery import Delivery
from core.domain.model import Confirmation, Receipt, ReceiptId, Role
from core.domain.states import Outlook, Refusal, Verdict
from pages.log import log_table
from pages.log.bulk_row import ListedBatch, bulk_row
from pages.text import delivery_words, i18n, names
from pages.text.i18n import _


def draw_receipts(
    receipts: Sequence[Receipt],
    now: datetime,
    *,
    named: bool = True,
    batches: Mapping[str, ListedBatch] = MappingProxyType({}),
    deliveries: Mapping[ReceiptId, Delivery] = MappingProxyType({}),
) -> None:
    """Draw a row for each receipt.

    - `named`: each row has the name of the send.
    - `batches`: bulk aborts by id. `receipts` has only one receipt of each of these bulk aborts:
      its row shows the bulk abort.
    """
    if not receipts:
        st.caption(_("None.") if named else _("None yet."))
        return
    heads = {"verdict": _("Outcome"), "name": _("Send"), "spared": _("Not reached")}
    heads |= {"who": _("Who"), "why": _("Why")}
    if not named:
        del heads["name"]
    rows = (
        bulk_row(batches[receipt.bulk_id], now)
        if receipt.bulk_id in batches
        else _row(receipt, now, deliveries.get(receipt.id), named=named)
        for receipt in receipts
    )
    st.html(log_table.table(heads, rows))
    words = (names.state_word(receipt.state_before) for receipt in receipts if named)
    if meaning := names.processing_meaning(words):
        st.caption(meaning)


def _row(receipt: Receipt, now: datetime, delivery: Delivery | None, *, named: bool) -> str:
    # Before the receipt is settled, the numbers are only a forecast.
    is_final = receipt.is_settled
    if delivery is not None:
        is_final = is_final and delivery_words.has_final_numbers(delivery)
    spared, gone = (receipt.spared, receipt.gone) if is_final else (None, None)
    if delivery is not None and delivery.has_gone_out:
        # The abort was too late. If a file or a poll contradicted the abort first, only the
        # delivery has the final numbers.
        spared, gone = delivery.spared, delivery.sent
    outlook = _outlook(receipt)
    is_unknown = receipt.is_settled and gone is None
    reached = _("how many were reached is not known") if is_unknown else names.reached_anyway(gone)
    when = i18n.moment(receipt.requested_at, now)
    who = " · ".join(part for part in (_role_name(receipt.role), receipt.address) if part)
    facts, shown = (receipt.account, names.state_word(receipt.state_before)), _shown(receipt)
    step = "" if delivery is None else delivery_words.short(delivery, now)
    since = " · ".join(part for part in (when, _confirmation(receipt, now), step) if part)
    return log_table.row(
        outlook,
        log_table.verdict(outlook, _outcome(receipt, now), since),
        log_table.name(receipt.configuration_id, receipt.configuration_name, *filter(None, facts))
        if named
        else "",
        log_table.cell(
            "spared", log_table.number(_("Not reached"), _count(spared)), escape(reached)
        ),
        log_table.cell("who", escape(names.person(receipt.actor)), escape(who)),
        log_table.why(
            receipt.reason,
            receipt.note,
            _("Was shown: {facts}", facts=shown) if shown else "",
        ),
    )


def _outlook(receipt: Receipt) -> Outlook:
    if receipt.refusal is not None:
        return Outlook.STOPPED if receipt.refusal is Refusal.ALREADY else Outlook.NOT_RUNNING
    return {
        Confirmation.CONTRADICTED: Outlook.TOO_LATE,
        Confirmation.RAN_AGAIN: Outlook.UNCERTAIN,
        Confirmation.OPEN: Outlook.WAITING,
    }.get(receipt.confirmation, Outlook.STOPPED)


def _outcome(receipt: Receipt, now: datetime) -> str:
    word = _outcome_word(receipt)
    if receipt.restored_at is None:
        return word
    return _("{outcome}, restored {time}", outcome=word, time=i18n.moment(receipt.restored_at, now))


def _confirmation(receipt: Receipt, now: datetime) -> str:
    if receipt.confirmation is Confirmation.NOT_APPLICABLE:
        return ""
    word = names.confirmation_name(receipt.confirmation)
    since = receipt.confirmed_at
    return word if since is None else f"{word} · {i18n.moment(since, now)}"


def _shown(receipt: Receipt) -> str:
    if receipt.shown_state is None:
        return ""
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
    if receipt.confirmation is Confirmation.RAN_AGAIN:
        return _("Stopped, then scheduled again")
    if receipt.confirmation is Confirmation.OPEN:
        unsure = receipt.verdict is Verdict.CANCEL_UNCONFIRMED
        return _("Recorded, uncertain") if unsure else _("Recorded, not confirmed")
    if receipt.verdict is Verdict.CANCEL_REST:
        return _("The rest was stopped")
    later = receipt.verdict is Verdict.CANCEL_AFTER_PROCESSING
    return _("Stopped after processing") if later else _("Stopped")


def _role_name(role: str) -> str:
    return {
        Role.VIEWER.value: _("viewer"),
        Role.OPERATOR.value: _("operator"),
        Role.ADMINISTRATOR.value: _("administrator"),
    }.get(role, "")
