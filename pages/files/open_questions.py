"""A person's decisions about a file: open questions, and unknown state words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import streamlit as st

from core.domain.load_results import Meaning, Question, Reading, StateWord
from core.domain.states import State
from core.feed.interpreting.headings import FieldSource
from core.feed.interpreting.zones import zone_by_key, zone_words
from pages.files.chosen_file import Chosen
from pages.files.layout_choices import choose
from pages.shell.url_filters import bound
from pages.text import i18n, names
from pages.text.i18n import _
from pages.text.markdown import escape_markdown


def draw_questions(questions: Sequence[Question], chosen: Chosen) -> None:
    """Draw the open questions. No answer is preselected."""
    for question in questions:
        key = f"feed_question_{question.kind}_{chosen.key}"
        texts = {reading.answer: _reading(reading) for reading in question.readings}
        if question.kind == "zone":
            texts = {key: escape_markdown(zone_words(zone_by_key(key))) for key in texts}
        st.radio(
            _question(question),
            list(texts),
            index=None,
            key=key,
            format_func=texts.__getitem__,
            on_change=_answer,
            args=(chosen, question.kind, key),
        )


def _question(question: Question) -> str:
    if question.kind == "day_order" and any(each.answer == "year" for each in question.readings):
        return _("**The file does not show the order of day, month and year.** Which one is right?")
    lists = _("**The file has several lists or sheets.** Which one has the sends?")
    return {
        "day_order": _(
            "**The file does not show the order of day and month.** Which one is right?"
        ),
        "list": lists,
        "sheet": lists,
        "recipients": _(
            "**Two columns may have the recipients, and they differ.** Which one is right?"
        ),
        "scheduled_at": _(
            "**Two columns may have the scheduled time, and they differ.** Which one is right?"
        ),
        "zone": _("**The file says that its times are in another zone.** Which one is right?"),
        "decimal": _(
            "**The file does not show what the sign in these numbers means.** Which one is right?"
        ),
    }[question.kind]


def _reading(reading: Reading) -> str:
    if not reading.examples:
        return escape_markdown(reading.answer)
    return "; ".join(
        _("“{text}” is {value}", text=escape_markdown(text), value=_value(value))
        for text, value in reading.examples[:3]
    )


def _value(value: date | int) -> str:
    return i18n.number(value) if isinstance(value, int) else i18n.day(value)


def _answer(chosen: Chosen, kind: str, key: str) -> None:
    fields = {"recipients": "total_records", "scheduled_at": "scheduled_at"}
    if kind in fields:
        chosen.set_source(fields[kind], FieldSource((str(st.session_state[key]),)))
    else:
        choose(chosen, kind, key)


def words_to_decide(meaning: Meaning, chosen: Chosen) -> Sequence[StateWord]:
    """Return the unknown state words, and the state words whose meaning the person has chosen."""
    return [
        each for each in meaning.states if each.state is State.UNKNOWN or each.word in chosen.words
    ]


def draw_unknown_states(meaning: Meaning, chosen: Chosen) -> None:
    """Draw a choice for each state word of `words_to_decide`."""
    words = words_to_decide(meaning, chosen)
    unknown = sum(each.rows for each in words if each.state is State.UNKNOWN)
    # Keep this container even if empty: the choices below then keep the focus.
    with st.container():
        if unknown:
            st.warning(
                i18n.plural(
                    "Freio does not know the state of {n} send. As long as it is unknown, the send "
                    "cannot be stopped here. Choose below what the word means.",
                    "Freio does not know the state of {n} sends. As long as it is unknown, the "
                    "sends cannot be stopped here. Choose below what each word means.",
                    unknown,
                )
            )
    with st.container(horizontal=True, gap="small", key="feed_states"):
        for n, each in enumerate(words):
            key = f"feed_state_{n}_{chosen.key}"
            st.selectbox(
                _("“{word}” means", word=escape_markdown(each.word)),
                [State.UNKNOWN, *(state for state in State if state is not State.UNKNOWN)],
                key=bound(key, each.state),
                format_func=lambda state: (
                    _("– unknown –") if state is State.UNKNOWN else names.state_words(state)
                ),
                on_change=_decide_state,
                args=(chosen, each.word, key),
                width=340,
            )


def _decide_state(chosen: Chosen, word: str, key: str) -> None:
    state = State(st.session_state[key])
    states = {known: each for known, each in chosen.mapping.states.items() if known != word}
    chosen.mapping = replace(chosen.mapping, states=states | {word: state})
    chosen.words.add(word)
