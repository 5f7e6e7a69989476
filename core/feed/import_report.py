"""The report of an import as JSON values, for the watched folder and the HTTP API."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Final

from core.domain.load_results import MOST_SHOWN, ImportSummary, Meaning, Reason, Reject
from core.domain.model import SendConfiguration
from core.errors import N_, Text

#: At most this many state words have a note of their own.
MOST_WORDS: Final = 20
_QUOTED: Final = 1_000
_WEEKDAYS: Final = (
    *(N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday")),
    *(N_("Friday"), N_("Saturday"), N_("Sunday")),
)
#: Notes on single sends. The keys are fields of `Meaning`.
_SENDS: Final[Mapping[str, str]] = {
    "first_send": N_("First row: {id}, “{name}”, {state}, recipients: {people}, {at}."),
    "largest_send": N_("Largest send: {id}, “{name}”, {state}, recipients: {people}, {at}."),
    "next_send": N_("Next to leave: {id}, “{name}”, {state}, recipients: {people}, {at}."),
}


def as_report(
    done: ImportSummary, rejects: Sequence[Reject], text: Callable[[Reason], str] = str
) -> dict[str, object]:
    """Return the facts, the notes and the first rejected rows of an import.

    `text` translates a reason or a note.
    """
    values = {each.name: getattr(done, each.name) for each in fields(done)}
    return {
        "id": done.id,
        "name": done.name,
        "loaded_at": done.loaded_at.isoformat(),
        "rows": done.rows,
        # Do not use isinstance(), because a bool is also an int.
        **{name: value for name, value in values.items() if type(value) is int},
        "notes": [text(each) for each in (*done.notes, *_about(done.meaning))],
        "rejects": rejects_report(rejects, text),
    }


def rejects_report(
    rejects: Sequence[Reject], text: Callable[[Reason], str] = str
) -> list[dict[str, object]]:
    """Return the first rejected rows. A long row is cut off."""
    return [
        {"line": each.line, "reasons": list(map(text, each.reasons)), "raw": each.raw[:_QUOTED]}
        for each in rejects[:MOST_SHOWN]
    ]


def _about(meaning: Meaning) -> Iterator[Reason]:
    for each in meaning.states[:MOST_WORDS]:
        values = {"word": each.word, "state": each.state.value, "rows": each.rows}
        yield Reason(N_("State “{word}” is read as {state} (rows: {rows})."), values, "state")
    others = meaning.other_words + sum(each.rows for each in meaning.states[MOST_WORDS:])
    if others:
        yield Reason(N_("Rows with other state words: {n}."), {"n": others}, "state")
    if meaning.earliest and meaning.latest:
        times = {
            **{"first_day": _weekday(meaning.earliest), "first": _time(meaning.earliest)},
            **{"last_day": _weekday(meaning.latest), "last": _time(meaning.latest)},
        }
        template = N_("Scheduled times: from {first_day} {first} to {last_day} {last}.")
        yield Reason(template, times, "scheduled_at")
    if meaning.smallest is not None:
        template = N_(
            "Recipients: the smallest number is {smallest}, the median {median}, the largest "
            "{largest}."
        )
        names = ("smallest", "median", "largest")
        yield Reason(template, {name: getattr(meaning, name) for name in names}, "total_records")
    for name, text in _SENDS.items():
        send: SendConfiguration | None = getattr(meaning, name)
        if send is not None:
            people, due = send.total_records, send.scheduled_at
            facts = {
                **{"id": send.id, "name": send.name, "state": send.state.value},
                "people": N_("not reported") if people is None else people,
                "at": N_("no scheduled time") if due is None else _time(due),
            }
            yield Reason(text, facts)


def _weekday(when: datetime) -> Text:
    return _WEEKDAYS[when.weekday()]


def _time(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
