"""Words for states, outlooks, people, reasons and recipients."""

from collections.abc import Callable, Iterable
from datetime import datetime

from core.domain.model import Confirmation, SendConfiguration, Source
from core.domain.states import STOPPED_HERE, Outlook, State, parse_state
from core.runtime.instance import platform, settings
from core.services.reason_presets import name_of, read_presets
from pages.text import i18n
from pages.text.i18n import _
from pages.viewer.language import reader_language

_MOST_AT_END = 16


def platform_path() -> str:
    """Return where to abort a send in the platform."""
    return _(platform().manual_path)


def generated(count: int) -> str:
    """Return a text like "90 generated". If the platform can interrupt sends: "90 sent"."""
    if platform().interrupts:
        return i18n.plural("{n} sent", "{n} sent", count)
    return i18n.plural("{n} generated", "{n} generated", count)


def point_of_no_return() -> str:
    """Return the platform's name for the start of generation."""
    return _("Sending begins") if platform().interrupts else _("Point of no return")


def state_word(state: State) -> str:
    """Return the platform's word for a state."""
    return platform().words.get(state, state.value)


def has_several_words(state: State) -> bool:
    """Return whether the platform has several words for a state: *cancelled* and *draft*."""
    return platform().sets_back and state in STOPPED_HERE


def group_word(state: State, outlook: Outlook = Outlook.STOPPED) -> str:
    """Return the platform's word for a state. For several words, return the outlook's name."""
    return outlook_name(outlook).lower() if has_several_words(state) else state_word(state)


def state_name(configuration: SendConfiguration) -> str:
    """Return the platform's word for the state. For an unknown state, return the source's word.

    Only a report proves a stop. If the last report of an aborted send shows no stop, return the
    word in this report.
    """
    is_unknown = configuration.state is State.UNKNOWN
    if configuration.raw_state and (is_unknown or _is_reported_otherwise(configuration)):
        return configuration.raw_state
    return state_word(configuration.state)


def _is_reported_otherwise(configuration: SendConfiguration) -> bool:
    confirmation = configuration.abort_confirmation
    if configuration.state not in STOPPED_HERE or confirmation is None:
        return False
    reported = parse_state(configuration.raw_state)
    if reported is State.UNKNOWN:  # only a mapping knows this word, so use the confirmation
        return confirmation is not Confirmation.CONFIRMED
    return reported not in STOPPED_HERE


def state_words(state: State) -> str:
    """Return the words for a state and the name in Freio: "Draft (DRAFT)"."""
    words = {
        State.DRAFT: _("Draft"),
        State.WAITING_CONFIRMATION: _("Waiting for confirmation"),
        State.PENDING: _("Ready to be sent"),
        State.SCHEDULED: _("Scheduled"),
        State.PROCESANDO: _("Processing"),
        State.IN_PROGRESS: _("In progress"),
        State.PAUSED: _("Paused"),
        State.SMTP_ERROR: _("Paused by SMTP errors"),
        State.DELIVERY_ENDING: _("Last batches going out"),
        State.SENT_DONE: _("Finished"),
        State.CANCELLING: _("Being stopped"),
        State.CANCELLED: _("Stopped by a person"),
        State.ABORTED: _("Stopped by the platform on an error"),
        State.UNKNOWN: _("unknown"),
    }[state]
    return f"{words} ({state.value})"


def processing_meaning(words: Iterable[str]) -> str:
    """Return the meaning of PROCESANDO if the state is in `words`, or else ""."""
    if all(parse_state(word) is not State.PROCESANDO for word in words):
        return ""
    return _(
        "PROCESANDO: the platform is preparing the data of the send. Nothing goes out in this "
        "state."
    )


def with_short_meaning(state: State, word: str) -> str:
    """Return `word`. For PROCESANDO, add a short meaning."""
    return _("{word} (preparing data)", word=word) if state is State.PROCESANDO else word


def outlook_name(outlook: Outlook) -> str:
    """Return the name of an outlook."""
    return {
        Outlook.STOPPABLE: _("Can be stopped"),
        Outlook.REST_STOPPABLE: _("The rest can be stopped"),
        Outlook.WAITING: _("Waiting for confirmation"),
        Outlook.STOPPED: _("Stopped"),
        Outlook.UNCERTAIN: _("Uncertain"),
        Outlook.TOO_LATE: _("Too late"),
        Outlook.FINISHED: _("Finished"),
        Outlook.NOT_RUNNING: _("Not running"),
    }[outlook]


def beginning_and_end(name: str) -> tuple[str, str]:
    """Return a name in two parts. In a small space, a page cuts off only the first part.

    Names often differ only at the end.
    """
    if len(name) <= _MOST_AT_END:
        return name, ""
    at = name.find(" ", len(name) - _MOST_AT_END)
    if at in (-1, len(name) - 1):
        at = len(name) - _MOST_AT_END
    return name[:at], name[at:]


def recipients(count: int | None, unsized: int = 0) -> str:
    """Return a text like "90 recipients and 3 sends of unknown size" (None: not reported)."""
    if count is None:
        return _("recipients (number not reported)")
    people = i18n.plural("{n} recipient", "{n} recipients", count)
    return _and_unsized(count, people, unsized)


def none_of(count: int | None) -> str:
    """Return a text like "none of its 90 recipients"."""
    if count is None:
        return _("none of its recipients (number not reported)")
    return i18n.plural("no one ({n} recipient)", "none of its {n} recipients", count)


def all_of(count: int | None) -> str:
    """Return a text like "all of its 90 recipients"."""
    if count is None:
        return _("all of its recipients (number not reported)")
    return i18n.plural("its {n} recipient", "all of its {n} recipients", count)


def amount(count: int | None, unsized: int = 0) -> str:
    """Return a text like "90 and 3 sends of unknown size" (None: not reported)."""
    if count is None:
        return _("not reported")
    return _and_unsized(count, i18n.number(count), unsized)


def reached_anyway(count: int | None) -> str:
    """Return a text like "90 reached anyway", or ""."""
    return i18n.plural("{n} reached anyway", "{n} reached anyway", count) if count else ""


def unsized(count: int) -> str:
    """Return a text like "3 sends of unknown size"."""
    return i18n.plural("{n} send of unknown size", "{n} sends of unknown size", count)


def uncounted(count: int) -> str:
    """Return a text like "3 sends without final numbers yet"."""
    return i18n.plural(
        "{n} send without a final number yet", "{n} sends without final numbers yet", count
    )


def _and_unsized(count: int, people: str, left_out: int) -> str:
    if not left_out:
        return people
    if not count:
        return unsized(left_out)
    return _("{people} and {unknown}", people=people, unknown=unsized(left_out))


def left_out(count: int) -> str:
    """Return a sentence about `count` sends of unknown size, or ""."""
    if not count:
        return ""
    return i18n.plural(
        "{n} send of unknown size is not in these numbers.",
        "{n} sends of unknown size are not in these numbers.",
        count,
    )


def scheduled(at: datetime | None, write: Callable[[datetime], str]) -> str:
    """Return a scheduled time in the format of `write`, or "no time"."""
    return _("no time") if at is None else write(at)


def person(name: str) -> str:
    """Return the name of a person. Translate names that come from Freio."""
    known = {"local operator": _("local operator"), "demo visitor": _("demo visitor")}
    return known.get(name, name)


def confirmation_name(confirmation: Confirmation) -> str:
    """Return the name of a confirmation of an abort."""
    return {
        Confirmation.CONFIRMED: _("confirmed"),
        Confirmation.OPEN: _("open"),
        Confirmation.CONTRADICTED: _("contradicted"),
        Confirmation.RAN_AGAIN: _("scheduled again"),
        Confirmation.NOT_APPLICABLE: "–",
    }[confirmation]


def source_name(source: Source) -> str:
    """Return the name of the source of a change."""
    return {
        Source.FEED: _("file"),
        Source.ABORT: _("abort"),
        Source.PLATFORM: _("platform"),
        Source.SIMULATOR: _("simulated platform"),
    }[source]


def reason_name(code: str) -> str:
    """Return the name of a preset reason. The settings can define more presets."""
    own = name_of(read_presets(settings().reasons), code, reader_language().code)
    return own or {
        "wrong_content": _("Wrong content"),
        "wrong_audience": _("Wrong audience"),
        "wrong_time": _("Wrong time"),
        "duplicate": _("Duplicate"),
        "legal": _("Legal"),
        "other": _("Other"),
        "": "–",
    }.get(code, code)
