"""Show the content of a file before the load: states, times, recipients, three rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import streamlit as st

from core.domain.load_results import Meaning, Reason
from core.domain.states import State
from core.feed import findings
from pages.files.chosen_file import Chosen
from pages.files.column_labels import column_label
from pages.files.open_questions import draw_unknown_states, words_to_decide
from pages.text import i18n, names, tables
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

#: Notes that other parts of the page show.
_SHOWN_ABOVE = (findings.READ_BY, findings.FIXED_VALUE, findings.ABOUT_STATES)
_ABOUT_TIMES = (
    *(findings.NAMED_ZONE, findings.ZONE_BESIDE, findings.ASSUMED_ZONE, findings.SAID_ZONE),
    *(findings.NOT_SAID_ZONE, findings.UNREAD_ZONES, findings.UNCLEAR_ZONE),
    *(findings.UNCLEAR_LINE, findings.AT_MIDNIGHT),
)
_WORDS = 12


def draw_meaning(meaning: Meaning, notes: Sequence[Reason], chosen: Chosen) -> None:
    """Draw the meaning of the rows, and the notes about how Freio reads the file."""
    shown = [note for note in notes if note.template not in _SHOWN_ABOVE]
    if not meaning.states:
        _draw_list([_note(note) for note in shown])
        return
    st.markdown(_("**What the file says**"))
    lines = _states(meaning)
    if words_to_decide(meaning, chosen):
        _draw_list(lines)
        draw_unknown_states(meaning, chosen)
        lines = []
    about_times = [_note(note) for note in shown if note.template in _ABOUT_TIMES]
    _draw_list([*lines, *_times(meaning), *about_times, *_recipients(meaning)])
    for note in shown:
        if note.template == findings.JOINED_ID:
            st.warning(_note(note))
    _draw_rows(meaning)
    drawn = (findings.JOINED_ID, *_ABOUT_TIMES)
    _draw_list([_note(note) for note in shown if note.template not in drawn])


def _draw_list(lines: Sequence[str]) -> None:
    if lines:
        st.markdown("\n".join(f"- {line}" for line in lines))


def _note(note: Reason) -> str:
    values = {name: i18n.value(each) for name, each in note.values.items()}
    if "column" in values:
        values["column"] = column_label(note.column)
    return escape_markdown(_(note.template, **values))


def _states(meaning: Meaning) -> list[str]:
    """Return a line for each state word. Unknown words come first."""
    ordered = sorted(meaning.states, key=lambda each: each.state is not State.UNKNOWN)
    lines = [
        _(
            "`{word}`: {sends} – {state}",
            word=each.word.replace("`", "'"),
            sends=i18n.plural("{n} send", "{n} sends", each.rows),
            state=_("**unknown**")
            if each.state is State.UNKNOWN
            else escape_markdown(names.state_words(each.state)),
        )
        for each in ordered[:_WORDS]
    ]
    others = meaning.other_words + sum(each.rows for each in ordered[_WORDS:])
    if others:
        lines.append(i18n.plural("{n} more send", "{n} more sends", others))
    return lines


def _times(meaning: Meaning) -> Iterator[str]:
    if meaning.earliest is not None and meaning.latest is not None:
        yield _(
            "Scheduled from {first} to {last} ({zone})",
            first=_time(meaning.earliest),
            last=_time(meaning.latest),
            zone=escape_markdown(i18n.zone_name()),
        )


def _recipients(meaning: Meaning) -> Iterator[str]:
    if None not in (meaning.smallest, meaning.median, meaning.largest):
        yield _(
            "Recipients: smallest {smallest}, median {median}, largest {largest}",
            smallest=names.amount(meaning.smallest),
            median=names.amount(meaning.median),
            largest=names.amount(meaning.largest),
        )


def _time(when: datetime) -> str:
    return f"{i18n.weekday(when)}, {i18n.hour(when)}"


def _draw_rows(meaning: Meaning) -> None:
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
        used = [head for head in rows[0] if any(row[head] for row in rows)]
        shown = [{head: row[head] for head in used} for row in rows]
        tables.draw_records(shown, numbers=(_("Recipients"),))
