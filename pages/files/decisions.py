"""What a person decides about a file: questions that it leaves open, and unknown state words.

Decisions are kept by the key of the file, so that they stay while the file is read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import streamlit as st

from core.domain.imports import Meaning, Question, Reading
from core.domain.states import State
from core.feed.mapping import FeedMapping
from pages.text import i18n
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

_DECIDED = "feed_decided"
_ORDERS = {"day": True, "month": False}


@dataclass(slots=True)
class _Decided:
    """The decisions about one file: answers by the kind of question, states by the word."""

    file: str
    answers: dict[str, str] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)


def _decided(file: str) -> _Decided:
    found: _Decided | None = st.session_state.get(_DECIDED)
    if found is None or found.file != file:
        found = st.session_state[_DECIDED] = _Decided(file)
    return found


def apply(mapping: FeedMapping, file: str) -> FeedMapping:
    """Return the mapping with what the person decided about this file."""
    decided = _decided(file)
    order = decided.answers.get("day_order", "")
    return replace(
        mapping,
        day_first=_ORDERS.get(order, mapping.day_first),
        decimal=decided.answers.get("decimal", mapping.decimal),
        list=decided.answers.get("list", mapping.list),
        sheet=decided.answers.get("sheet", mapping.sheet),
        states={**mapping.states, **decided.states},
    )


def draw_questions(questions: Sequence[Question], file: str) -> None:
    """Draw the questions that a file leaves open. No answer is chosen in advance."""
    for question in questions:
        key = f"feed_question_{question.kind}_{file[:12]}"
        texts = {reading.answer: _reading(reading) for reading in question.readings}
        st.radio(
            _question(question),
            list(texts),
            index=None,
            key=key,
            format_func=texts.__getitem__,
            on_change=_answer,
            args=(file, question.kind, key),
        )


def _question(question: Question) -> str:
    if question.kind == "day_order":
        return _("**The file does not show the order of day and month.** Which one is right?")
    if question.kind in ("list", "sheet"):
        return _("**The file has several lists or sheets.** Which one has the sends?")
    return _("**The file does not show what the sign in these numbers means.** Which one is right?")


def _reading(reading: Reading) -> str:
    if not reading.examples:
        return escape_markdown(reading.answer)
    return "; ".join(
        _("“{text}” is {value}", text=escape_markdown(text), value=_value(value))
        for text, value in reading.examples[:3]
    )


def _value(value: date | int) -> str:
    return i18n.number(value) if isinstance(value, int) else i18n.day(value)


def _answer(file: str, kind: str, key: str) -> None:
    _decided(file).answers[kind] = str(st.session_state[key])


def draw_unknown_states(meaning: Meaning, file: str) -> None:
    """Draw a choice for each state word that Freio does not know, or that the person decided."""
    decided = _decided(file).states
    words = [each for each in meaning.states if each.state is State.UNKNOWN or each.word in decided]
    if not words:
        return
    unknown = sum(each.rows for each in words if each.state is State.UNKNOWN)
    if unknown:
        st.warning(
            i18n.plural(
                "Freio does not know the state of {n} send. As long as it is unknown, the send "
                "cannot be stopped here. Choose below what the word means.",
                "Freio does not know the state of {n} sends. As long as it is unknown, the sends "
                "cannot be stopped here. Choose below what each word means.",
                unknown,
            )
        )
    with st.container(horizontal=True, gap="small", key="feed_states"):
        for n, each in enumerate(words):
            key = f"feed_state_{n}_{file[:12]}"
            st.session_state.setdefault(key, decided.get(each.word, State.UNKNOWN))
            st.selectbox(
                _("“{word}” means", word=escape_markdown(each.word)),
                [State.UNKNOWN, *(state for state in State if state is not State.UNKNOWN)],
                key=key,
                format_func=lambda state: (
                    _("– unknown –") if state is State.UNKNOWN else state.value
                ),
                on_change=_decide_state,
                args=(file, each.word, key),
                width=240,
            )


def _decide_state(file: str, word: str, key: str) -> None:
    states, state = _decided(file).states, State(st.session_state[key])
    if state is State.UNKNOWN:
        states.pop(word, None)
    else:
        states[word] = state
