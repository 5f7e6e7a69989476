"""Show what the rows of a file say, before it is loaded: states, times, recipients, three rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.domain.imports import Meaning, Reason
from core.domain.states import State
from pages.text import i18n, names, tables
from pages.text.i18n import _
from pages.text.markdown import escape_markdown


def draw_meaning(meaning: Meaning, notes: Sequence[Reason]) -> None:
    """Draw the meaning of the rows, and what people should know about how the file was read."""
    if meaning.states:
        st.markdown(_("**What the file says**"))
        st.markdown("\n".join(f"- {line}" for line in _lines(meaning, notes)))
        _draw_rows(meaning)


def _lines(meaning: Meaning, notes: Sequence[Reason]) -> list[str]:
    lines = [_states(meaning)]
    if meaning.earliest is not None and meaning.latest is not None:
        first, last = _time(meaning.earliest), _time(meaning.latest)
        zone = escape_markdown(i18n.zone_name())
        lines.append(
            _("Scheduled from {first} to {last} ({zone})", first=first, last=last, zone=zone)
        )
    if meaning.smallest is not None:
        assert meaning.median is not None
        assert meaning.largest is not None
        lines.append(
            _(
                "Recipients: smallest {smallest}, median {median}, largest {largest}",
                smallest=i18n.number(meaning.smallest),
                median=i18n.number(meaning.median),
                largest=i18n.number(meaning.largest),
            )
        )
    return lines + [escape_markdown(i18n.value(note)) for note in notes]


def _states(meaning: Meaning) -> str:
    """Return each state word with its sends and how Freio reads it, unknown words first."""
    ordered = sorted(meaning.states, key=lambda each: each.state is not State.UNKNOWN)
    parts = [
        _(
            "`{word}`: {sends} – {state}",
            word=each.word.replace("`", "'"),
            sends=i18n.plural("{n} send", "{n} sends", each.rows),
            state=_("**unknown**") if each.state is State.UNKNOWN else each.state.value,
        )
        for each in ordered
    ]
    if meaning.other_words:
        parts.append(i18n.plural("{n} send more", "{n} sends more", meaning.other_words))
    return _("States: {list}", list="; ".join(parts))


def _time(when: datetime) -> str:
    return f"{i18n.weekday(when)}, {i18n.hour(when)}"


def _draw_rows(meaning: Meaning) -> None:
    """Draw three rows as they would be stored."""
    rows = [
        {
            _("Row"): label,
            _("Send"): send.name,
            _("ID"): send.id,
            _("State"): names.state_name(send),
            _("Recipients"): names.amount(send.total_records),
            _("Scheduled"): names.scheduled(send.scheduled_at, _time),
            _("Account"): send.account,
        }
        for label, send in (
            (_("First"), meaning.first_send),
            (_("Largest"), meaning.largest_send),
            (_("Next to leave"), meaning.next_send),
        )
        if send is not None
    ]
    if rows:
        tables.draw_records(rows, numbers=(_("Recipients"),))
