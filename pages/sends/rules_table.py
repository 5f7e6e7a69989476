"""The abort rules as tables for the page Help."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final

import streamlit as st

from core.domain.generation_batches import BATCH_RECORDS, batches_for
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.platform import AbortRule
from core.domain.rules import decide_abort
from core.domain.states import Generation, Outlook, Refusal, State, Verdict
from core.runtime.instance import current, platform
from pages import scripts
from pages.sends import abort_sentences
from pages.text import i18n, names, palette
from pages.text.i18n import _
from pages.text.markdown import bold

#: The example send has several batches, because a single batch is a special case.
EXAMPLE_RECORDS: Final = 12_000
_AROUND_ONE_BATCH: Final = (BATCH_RECORDS - 1, BATCH_RECORDS, BATCH_RECORDS + 1)


def draw_in_short() -> None:
    """Draw the rules in three lines: what can be stopped, what cannot, and what is unknown."""
    lines = _short_with_rest() if platform().interrupts else _short()
    drawn = "".join(
        f"<p class='short'><span class='tone' style='--tone: var(--{palette.name_of(outlook)})' "
        f"aria-hidden='true'>{palette.SIGNS[outlook]}</span> {bold(escape(text))}</p>"
        for outlook, text in lines.items()
    )
    st.html(scripts.style("sends/rules_table.css") + drawn)


def _short() -> dict[Outlook, str]:
    return {
        Outlook.STOPPABLE: _(
            "**A send can be stopped** until its generation begins: in SCHEDULED, in "
            "PROCESANDO (the platform prepares the data; nothing goes out in this state), and in "
            "IN-PROGRESS before the first batch."
        ),
        Outlook.TOO_LATE: _(
            "**It cannot be stopped** once its generation has begun. Then it reaches all of "
            "its recipients, whatever a person does."
        ),
        Outlook.UNCERTAIN: _(
            "**It is unknown** whether a send can be stopped if the data is "
            "old, or does not say whether generation has begun. Freio then "
            "records the abort; check in the platform too."
        ),
    }


def _short_with_rest() -> dict[Outlook, str]:
    return {
        Outlook.STOPPABLE: _(
            "**A send can be stopped** until it begins. If it "
            "is aborted before that, it reaches no one."
        ),
        Outlook.REST_STOPPABLE: _(
            "**The rest can be stopped** once it has begun, also while it is paused. What has "
            "gone out cannot be stopped, and messages on their way may still arrive."
        ),
        Outlook.FINISHED: _("**It cannot be stopped** once it has finished."),
        Outlook.UNCERTAIN: _(
            "**It is unknown** whether a send can be stopped if the data is "
            "old. Freio then records the abort; check in the platform too."
        ),
    }


def draw_rules() -> None:
    """Draw a line for each rule of the abort table. Rules that allow an abort come first."""
    known = {*platform().words, State.UNKNOWN}
    rules = [rule for rule in platform().table if rule.state in known]
    rows = sorted(rules, key=lambda rule: rule.refusal is not None)
    generation = _("Sending") if platform().interrupts else _("Generation")
    _draw(
        (_("State"), generation, _("Verdict"), _("What an abort does")),
        [
            [
                escape(names.state_word(rule.state)),
                escape(_generation(rule)),
                _tone(rule.outlook),
                _consequence(_example(rule)),
            ]
            for rule in rows
        ],
    )


def _consequence(send: SendConfiguration) -> str:
    decision = decide_abort(send, platform())
    return escape(abort_sentences.prospect(decision, send, stops_sends=True))


def _generation(rule: AbortRule) -> str:
    if len(rule.generations) == len(Generation):
        return _("any")
    names = {
        Generation.NOT_STARTED: _("not begun"),
        Generation.STARTED: _("begun"),
        Generation.UNKNOWN: _("not reported"),
    }
    return ", ".join(name for each, name in names.items() if each in rule.generations)


def _example(rule: AbortRule) -> SendConfiguration:
    if rule.refusal is Refusal.FINISHED:
        return _send(rule.state, EXAMPLE_RECORDS, EXAMPLE_RECORDS)
    generated = {
        Generation.NOT_STARTED: 0,
        Generation.STARTED: BATCH_RECORDS,
        Generation.UNKNOWN: None,
    }
    can_be_midway = rule.refusal is Refusal.ALREADY and platform().interrupts
    if rule.verdict is Verdict.CANCEL_REST or can_be_midway:
        del generated[Generation.NOT_STARTED]
    generation = next(each for each in generated if each in rule.generations)
    return _send(rule.state, EXAMPLE_RECORDS, generated[generation])


def _send(state: State, records: int, generated: int | None) -> SendConfiguration:
    return SendConfiguration(
        id=ConfigurationId("example"),
        name="example",
        state=state,
        raw_state=state.value if state is not State.UNKNOWN else "…",
        total_records=records,
        generated_records=generated,
        scheduled_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def draw_batches() -> None:
    """Draw what an abort does to sends with about as many recipients as one batch."""
    _draw(
        (
            _("Recipients"),
            _("Batches"),
            _("IN-PROGRESS, generation not begun"),
            _("IN-PROGRESS, first batch begun"),
        ),
        [_batches(records) for records in _AROUND_ONE_BATCH],
    )


def _batches(records: int) -> list[str]:
    before = _send(State.IN_PROGRESS, records, 0)
    begun = _send(State.IN_PROGRESS, records, min(BATCH_RECORDS, records))
    return [
        i18n.number(records),
        i18n.plural("{n} batch", "{n} batches", batches_for(records)),
        *(_consequence(each) for each in (before, begun)),
    ]


def draw_signs() -> None:
    """Draw the meaning of the colours and signs."""
    meanings = {
        Outlook.STOPPABLE: _("An abort stops it, and it reaches no one."),
        Outlook.REST_STOPPABLE: _(
            "A part of it may have gone out. An abort stops the rest; messages on their way may "
            "still arrive."
        ),
        Outlook.WAITING: _waiting(),
        Outlook.STOPPED: _stopped(),
        Outlook.UNCERTAIN: _(
            "The data here does not show whether it has begun. Check in the platform too."
        ),
        Outlook.TOO_LATE: _too_late(),
        Outlook.FINISHED: _("It has finished. Its page says how many it reached."),
        Outlook.NOT_RUNNING: _("It does not go out unless a person acts in the platform."),
    }
    _draw(
        (_("Verdict"), _("Meaning")),
        [[_tone(outlook), escape(meanings[outlook])] for outlook in platform().outlooks],
    )


def _waiting() -> str:
    if current().polling is not None:
        return _(
            "Its abort is recorded here, and Freio asks the platform to abort it. The platform has "
            "not confirmed the stop."
        )
    return _(
        "Its abort is recorded here, and the platform has not confirmed it. Abort it there too."
    )


def _stopped() -> str:
    if any(rule.verdict is Verdict.CANCEL_AFTER_PROCESSING for rule in platform().table):
        return _("It is stopped, or will be stopped automatically when processing ends.")
    return _("It is stopped. Its page says how many it reached before.")


def _too_late() -> str:
    if platform().interrupts:
        return _("Its abort came too late, or the platform reports that it went on anyway.")
    return _("It is going out and cannot be interrupted.")


def _tone(outlook: Outlook) -> str:
    return (
        f"<span class='tone' style='--tone: var(--{palette.name_of(outlook)})'>"
        f"<span aria-hidden='true'>{palette.SIGNS[outlook]}</span> "
        f"{escape(names.outlook_name(outlook))}</span>"
    )


def _draw(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    # `rows` is HTML, and `headings` is plain text.
    head = "".join(f"<th scope='col'>{escape(heading)}</th>" for heading in headings)
    body = "".join(
        f"<tr><th scope='row'>{first}</th>{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>"
        for first, *rest in rows
    )
    st.html(
        scripts.style("sends/rules_table.css")
        + f"<table class='rules'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
