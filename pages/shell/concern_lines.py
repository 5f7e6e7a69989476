"""The concerns at the top of every page.

The order is: contradicted aborts, aborts to be done in the platform, overdue aborts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.access.permissions import Right
from core.domain.delivery import DeliveryOutcome
from core.domain.model import Concern, ConfigurationId, Confirmation, Receipt, ReceiptId
from core.domain.rules import (
    awaits_confirmation,
    is_paused_again,
    reaches_all,
    stopped_midway,
    was_contradicted,
)
from core.errors import FreioError
from core.runtime.instance import platform
from core.services.aborts import MAX_NOTE
from core.services.concerns import AcknowledgedConcern, OpenConcern
from pages.shell import auto_refresh
from pages.shell.messages import draw_alert, or_default, reporting_errors, set_message
from pages.shell.page_run import may, view
from pages.text import delivery_words, i18n, names
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

#: The maximum number of concerns: at the top of a page, and on the page Aborts.
MAX_ON_TOP = 3
MAX_ON_ABORTS = 50
_NOTICE = "concern_notice"
_NOTE = "concern_note_"


def draw_concerns(shown: int = MAX_ON_TOP) -> None:
    """Draw the first concerns, and a link to all concerns."""
    if notice := st.session_state.pop(_NOTICE, None):
        draw_alert(*notice)
    current = view()
    try:
        found = current.concerns.open(shown)
        total = current.concerns.count() if len(found) == shown else len(found)
        to_abort = current.concerns.count_to_abort()
    except FreioError:
        return  # the page below reports the error
    if not found:
        return
    with st.container(border=True, key="concerns", gap="xsmall"):
        for one in found:
            if one.concern is Concern.CONTRADICTED:
                _draw(one, current.now)
        if to_abort:
            _draw_checklist(to_abort, [o for o in found if o.concern is Concern.TO_ABORT], "top")
        for one in found:
            if one.concern is Concern.OVERDUE:
                _draw(one, current.now)
        if total > len(found):
            label = i18n.plural("and {n} more", "and {n} more", total - len(found))
            st.page_link("aborts.py", label=label)


def count() -> int:
    """Return the number of open concerns, or 0 if the store cannot be read."""
    return or_default(lambda: view().concerns.count(), 0)


def _draw_checklist(count: int, shown: Sequence[OpenConcern], place: str) -> None:
    text = i18n.plural(
        "**{n} send still to be aborted in the platform:**",
        "**{n} sends still to be aborted in the platform:**",
        count,
    )
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"checklist_head_{place}"
    ):
        st.markdown(text, width="content")
        st.markdown(f"{names.platform_path()}.", width="content")
        st.page_link(
            "aborts.py", label=_("Show all"), query_params={"outcome": "open"}, width="content"
        )
    for one in shown:
        _draw_to_abort(one)


def _draw_to_abort(one: OpenConcern) -> None:
    r = one.receipt
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"to_abort_{r.id}"
    ):
        label, id = escape_markdown(r.configuration_name), r.configuration_id
        st.page_link("configuration.py", label=label, query_params={"id": id}, width="content")
        st.markdown(names.recipients(r.total_records), width="content")
        st.code(r.configuration_id, language=None, width="content")
        if why := _why(one):
            st.markdown(f":small[{why}]", width="content")
        if may(Right.STOP, r.account):
            label, key = _("I have aborted it there"), f"aborted_there_{r.id}"
            st.button(label, key=key, on_click=_aborted_there, args=(r.id,))


def _why(one: OpenConcern) -> str:
    if one.delivery is None:
        return ""
    return _known(one, view().now) or delivery_words.reason(one.delivery)


def _known(one: OpenConcern, now: datetime) -> str:
    if one.delivery is None:
        return ""
    return delivery_words.what_is_known(one.configuration, one.delivery, now)


def _aborted_there(id: ReceiptId) -> None:
    current = view()
    with reporting_errors(_NOTICE):
        current.concerns.aborted_there(id, current.actor)
        text = _("Recorded. It stays open until its source confirms it.")
        set_message(_NOTICE, "success", text)
    # The refresh removes the notice at the top that asks for this abort.
    auto_refresh.refresh_others()


def _draw(one: OpenConcern, now: datetime) -> None:
    key = f"{one.receipt.id}_{one.concern}"
    show = st.error if one.concern is Concern.CONTRADICTED else st.warning
    with st.container(gap="xsmall", key=f"concern_entry_{key}"):
        show(sentence(one, now))
        with st.container(horizontal=True, vertical_alignment="center"):
            if may(Right.ACKNOWLEDGE):
                _note_form(one, key)
            id = one.receipt.configuration_id
            st.page_link("configuration.py", label=_("Show the send"), query_params={"id": id})


def _note_form(one: OpenConcern, key: str) -> None:
    with st.popover(_("Acknowledge"), key=f"concern_popover_{key}"):
        name = escape_markdown(one.receipt.configuration_name)
        label = _("What did you find or do about {name}?", name=name)
        st.text_input(label, key=_NOTE + key, max_chars=MAX_NOTE)
        st.button(
            _("Save note and dismiss"),
            key=f"concern_acknowledge_{key}",
            type="primary",
            on_click=_acknowledge,
            args=(one.receipt.id, one.concern, _NOTE + key),
        )


def sentence(one: OpenConcern, now: datetime) -> str:
    """Return what happened to an aborted send, what this means, and what to do."""
    r = one.receipt
    who, name = escape_markdown(names.person(r.actor)), escape_markdown(r.configuration_name)
    when = i18n.moment(r.requested_at, now)
    is_open, delivery = one.concern is not Concern.CONTRADICTED, one.delivery
    is_late = delivery is not None and delivery.outcome is DeliveryOutcome.TOO_LATE
    if delivery is not None and ((is_open and _known(one, now)) or is_late):
        aborted = _("{who} aborted {name} at {when}.", who=who, name=name, when=when)
        known = delivery_words.sentence(delivery, now, one.configuration)[1]
        return " ".join([aborted, known, *([_("Prepare a correction.")] if is_late else [])])
    found = one.configuration
    if one.done is not None:
        who = escape_markdown(names.person(one.done.actor))
        when = i18n.moment(one.done.acknowledged_at, now)
        text = _(
            "**Not confirmed yet.** {who} aborted {name} in the platform at {when}, and its source "
            "has not confirmed it since then. It may go out to {people}. Make sure in the "
            "platform: {path}."
        )
    elif is_open:
        text = _(
            "**Not confirmed yet.** {who} aborted {name} at {when}, and its source has not "
            "confirmed it since then. It may go out to {people}. Make sure in the platform: {path}."
        )
    elif found is not None and is_paused_again(found, platform()):
        text = _(
            "**Paused, not stopped.** {who} aborted {name} at {when}, and the platform confirmed "
            "it; at {then} it reported it as paused. A person can resume it there, and it may "
            "reach its {people}. Abort it in the platform now: {path}."
        )
    elif (
        found is not None and awaits_confirmation(found) and not was_contradicted(found, platform())
    ):
        text = _(
            "**Runs again.** {who} aborted {name} at {when}, and the platform confirmed it; at "
            "{then} it reported {news}. It may reach its {people}. Abort it in the platform "
            "now: {path}."
        )
    elif (
        found is not None
        and stopped_midway(found)
        and found.generated_records is None
        and not platform().interrupts
    ):
        text = _(
            "**Stopped later.** {who} aborted {name} at {when}, but generation had begun. Now "
            "the platform reports it as stopped, and not how many records were generated. It "
            "may have reached its {people}: check in the platform, and prepare a correction."
        )
    elif found is not None and stopped_midway(found) and platform().interrupts:
        text = _(
            "**Stopped later.** {who} aborted {name} at {when}, but it went on; now the platform "
            "reports it as stopped, with {x} messages sent. Prepare a correction for those who got "
            "it."
        )
    elif found is not None and stopped_midway(found):
        text = _(
            "**Stopped later.** {who} aborted {name} at {when}, but generation had begun or went "
            "on; now the platform reports it as stopped, with {x} records generated. Those may "
            "have reached their recipients: prepare a correction."
        )
    elif found is not None and reaches_all(found):
        text = _(
            "**Went on anyway.** {who} aborted {name} at {when}; at {then} the platform "
            "reported {news}. It reaches {all}: prepare a correction."
        )
    elif platform().interrupts:
        text = _(
            "**Went on anyway.** {who} aborted {name} at {when}; at {then} the platform "
            "reported {news}. It may reach its {people}. Check in the platform how many it "
            "reached, and prepare a correction."
        )
    else:
        text = _(
            "**Went on anyway.** {who} aborted {name} at {when}; at {then} the platform "
            "reported {news}. Generation cannot be interrupted: it may reach its {people}. "
            "Check in the platform how many it reached, and prepare a correction."
        )
    return text.format(
        who=who,
        name=name,
        when=when,
        then=i18n.moment(r.confirmed_at, now) if r.confirmed_at else "?",
        news=_news(one),
        people=names.recipients(r.total_records),
        all=names.all_of(r.total_records),
        x=names.amount(found.generated_records) if found else "",
        path=names.platform_path(),
    )


def _news(one: OpenConcern) -> str:
    found = one.configuration
    if found is None:
        return _("that it went on")
    if found.generated_records:
        return names.generated(found.generated_records)
    if found.generation_started_at is not None:
        if platform().interrupts:
            return _("that sending has started")
        return _("that generation has started")
    return _("the state {state}", state=escape_markdown(found.raw_state))


def _acknowledge(id: ReceiptId, concern: Concern, note_key: str) -> None:
    note, current = str(st.session_state.get(note_key) or ""), view()
    with reporting_errors(_NOTICE):
        is_new = current.concerns.acknowledge(id, concern, current.actor, note)
        text = _("Acknowledged.") if is_new else _("Another person has already acknowledged it.")
        set_message(_NOTICE, "success", text)


def draw_concerns_of(id: ConfigurationId, receipts: Sequence[Receipt], now: datetime) -> None:
    """Draw the concerns of a send. Leave out the open concerns that `draw_concerns` draws."""
    concerns = view().concerns
    on_top = {one.receipt.id for one in concerns.open(MAX_ON_TOP)}
    for one in concerns.open(MAX_ON_ABORTS, id):
        if one.receipt.id in on_top:
            continue
        if one.concern is Concern.TO_ABORT:
            _draw_checklist(1, [one], one.receipt.id)
        else:
            show = st.error if one.concern is Concern.CONTRADICTED else st.warning
            show(sentence(one, now))
    for done in concerns.acknowledged(receipts):
        _draw_acknowledged(done, now)


def draw_acknowledged(receipts: Sequence[Receipt], now: datetime) -> None:
    """Draw the acknowledged concerns about the aborts in `receipts`."""
    found = view().concerns.acknowledged(receipts)
    if not found:
        return
    with st.expander(
        i18n.plural("{n} acknowledged", "{n} acknowledged", len(found)), key="concerns_acknowledged"
    ):
        for done in found:
            _draw_acknowledged(done, now)


def _draw_acknowledged(done: AcknowledgedConcern, now: datetime) -> None:
    name = escape_markdown(done.receipt.configuration_name)
    who = escape_markdown(names.person(done.acknowledgement.actor))
    when = i18n.moment(done.acknowledgement.acknowledged_at, now)
    if done.acknowledgement.concern is Concern.TO_ABORT:
        text = _("{who} aborted {name} in the platform at {when}.", who=who, name=name, when=when)
        st.markdown(text)
        return
    if done.about is not None:
        text = sentence(done.about, now)
    elif done.receipt.confirmation is Confirmation.CONFIRMED:
        text = _("{name} was not confirmed for a while; then its abort was confirmed.", name=name)
    else:
        text = _("{name} was not confirmed for a while.", name=name)
    st.markdown(text)
    note = escape_markdown(done.acknowledgement.note)
    st.caption(_("Acknowledged by {who} at {when}: {note}", who=who, when=when, note=note))
