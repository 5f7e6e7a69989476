"""Aborts that somebody must look at: on top of every page until somebody has seen to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.access.permissions import Right
from core.domain.model import Concern, ConfigurationId, Confirmation, Receipt, ReceiptId
from core.domain.rules import awaits_confirmation, was_contradicted
from core.errors import FreioError
from core.services.concerns import MAX_NOTE, AcknowledgedConcern, OpenConcern
from pages.shell.session import actor, freio, may
from pages.text import i18n, sentences
from pages.text.i18n import _

#: How many are shown in full on every page, and on the page of aborts.
FEW = 3
MANY = 50
_TOLD = "concern_told"
_NOTE = "concern_note_"


def draw_concerns(shown: int = FEW) -> None:
    """Draw the concerns, with a note and a button for each."""
    _draw_told()
    app = freio()
    try:
        found = app.concerns.open(shown)
        more = app.concerns.count() - shown if len(found) == shown else 0
    except FreioError:
        # The page below says what is wrong, and comes back by itself.
        return
    if not found:
        return
    with st.container(border=True, key="concerns"):
        for one in found:
            _draw(one, app.clock())
        if more > 0:
            st.page_link("aborts.py", label=i18n.plural("and {n} more", "and {n} more", more))


def _draw(one: OpenConcern, now: datetime) -> None:
    key = f"{one.receipt.id}_{one.concern}"
    show = st.error if one.concern is Concern.CONTRADICTED else st.warning
    show(sentence(one, now))
    with st.container(horizontal=True, vertical_alignment="center", key=f"concern_{key}"):
        if may(Right.ACKNOWLEDGE):
            _ask_note(one, key)
        st.page_link(
            "configuration.py",
            label=_("Show the send"),
            query_params={"id": one.receipt.configuration_id},
        )


def _ask_note(one: OpenConcern, key: str) -> None:
    with st.popover(_("I have seen to it"), key=f"concern_ask_{key}"):
        name = sentences.escape(one.receipt.configuration_name)
        st.text_input(
            _("What did you find or do about {name}?", name=name),
            key=_NOTE + key,
            max_chars=MAX_NOTE,
        )
        st.button(
            _("Keep this note and take it off the top"),
            key=f"concern_seen_{key}",
            type="primary",
            on_click=_seen,
            args=(one.receipt.id, one.concern, _NOTE + key),
        )


def sentence(one: OpenConcern, now: datetime) -> str:
    """Say what happened, what it means and what to do."""
    r = one.receipt
    who, name = sentences.escape(sentences.person(r.actor)), sentences.escape(r.configuration_name)
    when = i18n.moment(r.requested_at, now)
    if one.concern is Concern.OVERDUE:
        return _(
            "**Not confirmed yet.** {who} stopped {name} at {when}, and its source has not said so "
            "since. It may go out to {people}. Make sure in the platform: {path}.",
            who=who,
            name=name,
            when=when,
            people=sentences.recipients(r.total_records),
            path=sentences.PLATFORM_PATH,
        )
    found = one.configuration
    if found is not None and awaits_confirmation(found) and not was_contradicted(found):
        return _runs_again(one, who, name, when, now)
    return _(
        "**Went on anyway.** {who} stopped {name} at {when}; at {then} the platform reports "
        "{news}. Generation cannot be interrupted: it may reach its {people}. Look in the platform "
        "how far it got, and prepare a correction.",
        who=who,
        name=name,
        when=when,
        then=i18n.moment(r.confirmed_at, now) if r.confirmed_at else "?",
        news=_news(one),
        people=sentences.recipients(r.total_records),
    )


def _runs_again(one: OpenConcern, who: str, name: str, when: str, now: datetime) -> str:
    r = one.receipt
    return _(
        "**Runs again.** {who} stopped {name} at {when}, and the platform had confirmed it; at "
        "{then} it reports {news}. It may reach its {people}. Abort it in the platform now: "
        "{path}.",
        who=who,
        name=name,
        when=when,
        then=i18n.moment(r.confirmed_at, now) if r.confirmed_at else "?",
        news=_news(one),
        people=sentences.recipients(r.total_records),
        path=sentences.PLATFORM_PATH,
    )


def _news(one: OpenConcern) -> str:
    found = one.configuration
    if found is None:
        return _("that it went on")
    if found.generated_records:
        return i18n.plural("{n} generated", "{n} generated", found.generated_records)
    if found.generation_started_at is not None:
        return _("that generation has started")
    return _("the state {state}", state=sentences.escape(found.raw_state))


def _seen(id: ReceiptId, concern: Concern, note_key: str) -> None:
    note, app, person = str(st.session_state.get(note_key) or ""), freio(), actor()
    try:
        is_new = app.concerns.acknowledge(id, concern, person, note)
        told = ("success", _("Noted.") if is_new else _("Somebody has seen to it already."))
    except FreioError as trouble:
        told = ("error", sentences.escape(i18n.error(trouble)))
    st.session_state[_TOLD] = told


def _draw_told() -> None:
    told = st.session_state.pop(_TOLD, None)
    if told is not None:
        (st.success if told[0] == "success" else st.error)(told[1])


def draw_concerns_of(id: ConfigurationId, receipts: Sequence[Receipt], now: datetime) -> None:
    """Draw what is to be seen to about one send, and what somebody has seen to."""
    # The first few stand on top of this page already.
    for one in freio().concerns.open(MANY)[FEW:]:
        if one.receipt.configuration_id == id:
            show = st.error if one.concern is Concern.CONTRADICTED else st.warning
            show(sentence(one, now))
    for done in freio().concerns.acknowledged(receipts):
        _draw_seen(done, now)


def draw_seen(receipts: Sequence[Receipt], now: datetime) -> None:
    """Draw what somebody has seen to among these aborts, out of the way."""
    found = freio().concerns.acknowledged(receipts)
    if not found:
        return
    with st.expander(i18n.plural("{n} seen to", "{n} seen to", len(found)), key="concerns_seen"):
        for done in found:
            _draw_seen(done, now)


def _draw_seen(done: AcknowledgedConcern, now: datetime) -> None:
    name = sentences.escape(done.receipt.configuration_name)
    if done.about is not None:
        st.markdown(sentence(done.about, now))
    elif done.receipt.confirmation is Confirmation.CONFIRMED:
        st.markdown(_("{name} was not confirmed for a while; its abort held.", name=name))
    else:
        st.markdown(_("{name} was not confirmed for a while.", name=name))
    st.caption(
        _(
            "{who} saw to it at {when}: {note}",
            who=sentences.escape(sentences.person(done.acknowledgement.actor)),
            when=i18n.moment(done.acknowledgement.acknowledged_at, now),
            note=sentences.escape(done.acknowledgement.note),
        )
    )
