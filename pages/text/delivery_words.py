"""The words for the steps and the outcome of a delivery."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.domain.delivery import (
    SIMULATED,
    WEBHOOK,
    AnswerKind,
    Delivery,
    DeliveryOutcome,
    DeliveryStep,
)
from core.domain.model import Confirmation, SendConfiguration
from core.domain.rules import stopped_midway
from core.domain.states import ON_ITS_WAY, STOPPED_HERE, State, parse_state
from core.errors import ConnectorError
from core.ports.connector import ANSWERED, CORRECT_CREDENTIALS, NOT_ACCEPTED, TOO_MANY
from core.runtime.instance import current, platform
from core.services.delivery import NOT_FOUND, PAUSED_AGAIN, RETRY_AFTER, RUNS_AGAIN
from pages.text import i18n
from pages.text.i18n import _
from pages.text.markdown import escape_markdown
from pages.text.names import none_of, platform_path, recipients

#: Freio usually sends an abort within this time. Until then, pages say "is being asked".
_AT_ONCE: Final = timedelta(seconds=2)
#: States of a send whose messages can still go out.
_ALIVE: Final = (*ON_ITS_WAY, State.PAUSED)


def platform_name(delivery: Delivery) -> str:
    """Return the name of the platform of a delivery."""
    names = {SIMULATED: _("Simulator"), WEBHOOK: _("The webhook")}
    return names.get(delivery.platform, delivery.platform)


def short(delivery: Delivery, now: datetime) -> str:
    """Return the outcome in a few words. If the outcome is UNDER_WAY, return the last step."""
    match delivery.outcome:
        case DeliveryOutcome.STOPPED:
            return stopped_at(delivery)
        case DeliveryOutcome.TOO_LATE:
            return _("Too late: finished")
        case DeliveryOutcome.UNKNOWN:
            return _unknown(delivery)
        case DeliveryOutcome.ACCEPTED:
            return _("{platform} accepted it", platform=platform_name(delivery))
    if _waits_after_error(delivery, now):
        assert delivery.next_at is not None
        text, span = _why_it_waits(delivery), delivery.next_at - now
    elif delivery.answered_at is not None:
        text = _("{platform} answered {span} ago, not verified yet")
        span = now - delivery.answered_at
    else:
        span = now - (delivery.requested_at or delivery.queued_at)
        if span < _AT_ONCE:
            # Do not say "was asked" yet. The connector may first read the send.
            text = _("{platform} is being asked")
        elif delivery.requested_at is None:
            text = _("{platform} not asked yet; waiting for {span}")
        else:
            text = _("{platform} was asked {span} ago")
    return text.format(platform=platform_name(delivery), span=i18n.span(span))


def _why_it_waits(delivery: Delivery) -> str:
    if delivery.message == NOT_ACCEPTED:
        return _("{platform} does not accept Freio's credentials; next try in {span}")
    if delivery.message in (RUNS_AGAIN, PAUSED_AGAIN):
        return _("It goes on; {platform} is asked again in {span}")
    if delivery.message == TOO_MANY or RETRY_AFTER in json.loads(delivery.details or "{}"):
        return _("{platform} answered that Freio has to wait; next try in {span}")
    if delivery.message in ANSWERED:
        return _("{platform} answered with an error; next try in {span}")
    return _("{platform} does not answer; next try in {span}")


def _waits_after_error(delivery: Delivery, now: datetime) -> bool:
    if delivery.next_at is None:
        return False
    pauses = delivery.step is DeliveryStep.WAITING and delivery.next_at > now
    return pauses or delivery.step is DeliveryStep.FAILED


def steps(delivery: Delivery) -> list[tuple[datetime, str]]:
    """Return the times and the words of the steps until now."""
    answers: dict[str, str] = {
        AnswerKind.ACCEPTED: _("Abort accepted"),
        AnswerKind.ALREADY_STOPPED: _("It was stopped there already"),
        AnswerKind.TOO_LATE: _("Too late: finished"),
        AnswerKind.NOT_FOUND: _("Not in the platform"),
        AnswerKind.NOT_ALLOWED: _("Abort refused"),
    }
    tries = _("Last of {n} tries to abort it", n=delivery.tries)
    is_settled, stopped = delivery.step is DeliveryStep.SETTLED, stopped_at(delivery)
    verified = _("Stop verified: {state}", state=delivery.word)
    if _ran_on(delivery):
        verified = _("Stop verified")
    is_late = delivery.outcome is DeliveryOutcome.TOO_LATE
    is_answered_late = delivery.answered_at and delivery.answer == AnswerKind.TOO_LATE
    read_late = is_late and not is_answered_late
    is_answered_missing = delivery.answered_at and delivery.answer == AnswerKind.NOT_FOUND
    is_left = delivery.is_by_hand and not is_answered_missing
    taken = [
        (delivery.requested_at, tries if delivery.tries > 1 else _("Abort requested")),
        (delivery.answered_at, answers.get(delivery.answer or "", _("The platform answered"))),
        (delivery.verified_at, verified),
        (delivery.ended_at if is_settled else None, _("Final: {stopped}", stopped=stopped)),
        (delivery.ended_at if delivery.lacks_final_numbers else None, stopped),
        (delivery.ended_at if read_late else None, _("Too late: finished")),
        (delivery.ended_at if is_left else None, _unknown(delivery)),
    ]
    return [(at, what) for at, what in taken if at is not None]


def _ran_on(delivery: Delivery) -> bool:
    """Return whether a stopped send may go out again, according to the last reading."""
    return delivery.lacks_final_numbers and parse_state(delivery.word) in _ALIVE


def _unknown(delivery: Delivery) -> str:
    return _("Not in the platform") if _is_missing(delivery) else _("Unknown: check there")


def _is_missing(delivery: Delivery) -> bool:
    return delivery.step is DeliveryStep.MISSING or delivery.message == NOT_FOUND


def is_current(configuration: SendConfiguration, delivery: Delivery) -> bool:
    """Return whether the newest facts of the send still agree with the delivery's outcome.

    Example: after the outcome STOPPED, the abort must still be confirmed.
    """
    if configuration.state not in STOPPED_HERE:
        return False
    return configuration.abort_confirmation is {
        DeliveryOutcome.STOPPED: Confirmation.CONFIRMED,
        DeliveryOutcome.TOO_LATE: Confirmation.CONTRADICTED,
    }.get(delivery.outcome, Confirmation.OPEN)


def has_final_numbers(delivery: Delivery) -> bool:
    """Return whether the number of sent messages is final.

    The number can rise until two readings agree. If the send had not begun when the stop was read,
    the number 0 is final at once.
    """
    if delivery.ended_at is not None:
        return not delivery.lacks_final_numbers
    is_draft = parse_state(delivery.word) is State.DRAFT
    had_not_begun = is_draft if platform().interrupts else delivery.verified_at is not None
    return had_not_begun and delivery.sent == 0


def stopped_at(delivery: Delivery) -> str:
    """Return the words for a stop, such as "Stopped at 5 of 90"."""
    if _ran_on(delivery):
        return _("Stopped, then {state} there", state=delivery.word)
    if delivery.lacks_final_numbers:
        missing = _("Stopped, then deleted there; numbers unknown")
        return missing if _is_missing(delivery) else _("Stopped; numbers unknown: check there")
    if delivery.sent is None or delivery.total is None:
        return _("Stopped")
    if has_final_numbers(delivery):
        return _("Stopped at {x} of {n}", x=delivery.sent, n=delivery.total)
    if not delivery.sent:
        return _("Stopped; the count is not final yet")
    return _("Stopped; {x} of {n} so far", x=delivery.sent, n=delivery.total)


def sentence(
    delivery: Delivery, now: datetime, send: SendConfiguration | None = None
) -> tuple[str, str]:
    """Return a kind of Streamlit alert, such as "success", and a sentence about the delivery."""
    if delivery.total is None and send is not None:
        delivery = replace(delivery, total=send.total_records)
    facts = {"r": recipients(delivery.total), "path": platform_path()}
    read = _read(delivery, now)
    match delivery.outcome:
        case DeliveryOutcome.STOPPED if _ran_on(delivery):
            return "warning", _(
                "**It was stopped.** After that, the platform reported it as {state}. It may go "
                "out to its {r}. If it must not, abort it again.",
                state=escape_markdown(delivery.word),
                **facts,
            )
        case DeliveryOutcome.STOPPED:
            return "success", _joined(_result(delivery, send), read)
        case DeliveryOutcome.TOO_LATE:
            return "error", _joined(_gone(delivery), read)
        case DeliveryOutcome.UNKNOWN if _is_missing(delivery):
            return "warning", _missing(delivery, send)
        case DeliveryOutcome.UNKNOWN if send is not None and (on := goes_on(send, delivery, now)):
            there = _("Abort it in the platform: {path}.", **facts)
            return "warning", _joined(on, there)
        case DeliveryOutcome.UNKNOWN:
            check = _(
                "**Unknown: check there.** It may go out to its {r}. Abort it in the platform: "
                "{path}.",
                **facts,
            )
            return "warning", _joined(check, reason(delivery), read)
    if delivery.step is DeliveryStep.ACCEPTED and delivery.state_before is State.PROCESANDO:
        return "success", _(
            "Abort accepted. When processing ends, it is stopped automatically and reaches {none}.",
            none=none_of(delivery.total),
        )
    if delivery.answer == AnswerKind.TOO_LATE:
        open_until = _("It has finished there. Freio reads how many messages have gone out.")
    else:
        open_until = _may_go_out(delivery, send)
    kind = "warning" if delivery.step is DeliveryStep.FAILED else "info"
    said = f"{escape_markdown(short(delivery, now))}."
    return kind, _joined(said, reason(delivery), open_until)


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _may_go_out(delivery: Delivery, send: SendConfiguration | None) -> str:
    total = delivery.total
    sent = max(delivery.sent or 0, (send and send.generated_records) or 0)
    if not sent or total is None or sent > total:
        return _(
            "It may still go out to its {r} until Freio reads there that it stopped.",
            r=recipients(total),
        )
    return _(
        "At least {x} of {n} have gone out. The rest may still go out until Freio reads there that "
        "it stopped.",
        x=sent,
        n=total,
    )


def what_is_known(one: SendConfiguration | None, delivery: Delivery, now: datetime) -> str:
    """Return a sentence if the send goes on, or if it is not in the platform. Otherwise: ""."""
    if one is not None and (on := goes_on(one, delivery, now)):
        return on
    return _missing(delivery, one) if delivery.step is DeliveryStep.MISSING else ""


def goes_on(send: SendConfiguration, delivery: Delivery, now: datetime) -> str:
    """Return a sentence if the send goes on. Otherwise, return "".

    Only a report after the end of the delivery shows that the send goes on.
    """
    if not _is_alive(send, delivery):
        return ""
    at = _reported_at(send)
    assert at is not None
    said = _(
        "**Not stopped.** At {time} the platform reported it as {state}.",
        time=i18n.second(at, now),
        state=escape_markdown(send.raw_state),
    )
    if send.generated_records is None or send.total_records is None:
        return said
    had_gone = _("{x} of {n} had gone out.", x=send.generated_records, n=send.total_records)
    return f"{said} {had_gone}"


def _is_alive(send: SendConfiguration, delivery: Delivery) -> bool:
    # In the demo, no platform reports states. The states come from Freio's own store.
    is_reported = delivery.platform != SIMULATED and parse_state(send.raw_state) in _ALIVE
    if delivery.outcome is not DeliveryOutcome.UNKNOWN or not is_reported:
        return False
    at, ended = _reported_at(send), delivery.ended_at
    return at is not None and ended is not None and at > ended


def _reported_at(send: SendConfiguration) -> datetime | None:
    """Return the time of the last report of a send. A poll reports each send that it lists."""
    polling = current().polling
    is_listed = send.unreported_since is None
    polled_at = polling.polled_at() if polling is not None and is_listed else None
    return max((at for at in (send.updated_at, polled_at) if at is not None), default=None)


def reason(delivery: Delivery) -> str:
    """Return the platform's own words or the error. Return "" if there is no message."""
    if not delivery.message:
        return ""
    if not delivery.details:
        return f"“{escape_markdown(delivery.message)}”"
    values = json.loads(delivery.details)
    hidden = ConnectorError.hidden
    known = {name: _(value) if value == hidden else value for name, value in values.items()}
    said = _(delivery.message, **known)
    if delivery.message == NOT_ACCEPTED:
        said = _joined(said, _(CORRECT_CREDENTIALS, **known))
    return escape_markdown(said)


def row_word(configuration: SendConfiguration, delivery: Delivery, now: datetime) -> str:
    """Return the words about the delivery in the row of a send, or ""."""
    waits = delivery.outcome is DeliveryOutcome.UNDER_WAY
    will_stop = waits and delivery.step is DeliveryStep.ACCEPTED
    if will_stop and configuration.state is State.CANCELLING:
        return _("Will be stopped")
    is_stopped = delivery.outcome is DeliveryOutcome.STOPPED
    is_before_start = is_stopped and not stopped_midway(configuration)
    if is_before_start and not delivery.sent and has_final_numbers(delivery):
        return ""
    if _is_alive(configuration, delivery):
        return _("Not stopped: {state} there", state=configuration.raw_state)
    return short(delivery, now)


def _result(delivery: Delivery, send: SendConfiguration | None) -> str:
    if delivery.lacks_final_numbers:
        if _is_missing(delivery):
            unknown = _(
                "Stopped, and then deleted in the platform. How many messages went out is unknown."
            )
        else:
            unknown = _("Stopped. How many messages went out is unknown: check there.")
        return _joined(unknown, last_number(delivery, send))
    if not has_final_numbers(delivery):
        if not delivery.sent or delivery.total is None:
            return _("Stopped. How many messages have gone out is not known yet.")
        return _("{stopped}; the number may still rise.", stopped=stopped_at(delivery))
    if delivery.sent == 0:
        return _("Stopped. It reaches {none}.", none=none_of(delivery.total))
    return f"{stopped_at(delivery)}."


def _missing(delivery: Delivery, send: SendConfiguration | None) -> str:
    said = _(
        "**Not in the platform.** The platform does not have this send; it may have been deleted "
        "there. Freio cannot say how many of its {r} got it.",
        r=recipients(delivery.total),
    )
    words = "" if delivery.message == NOT_FOUND else reason(delivery)
    return _joined(said, last_number(delivery, send), words)


def lacks_count(send: SendConfiguration, delivery: Delivery) -> bool:
    """Return whether the number of sent messages is unknown after the delivery.

    The last reported number can be too low.
    """
    is_lost = delivery.step is DeliveryStep.MISSING or delivery.lacks_final_numbers
    return is_lost and is_current(send, delivery)


def last_number(delivery: Delivery, send: SendConfiguration | None) -> str:
    """Return a sentence with the last known number of sent messages, or ""."""
    known = [delivery.sent, None if send is None else send.generated_records]
    read = [number for number in known if number is not None]
    if not read or delivery.total is None:
        return ""
    return _("The last number read was {x} of {n}.", x=max(read), n=delivery.total)


def _gone(delivery: Delivery) -> str:
    if delivery.sent is None or delivery.total is None:
        return _("Too late: it has gone out.")
    return _("Too late: {x} of {n} have gone out.", x=delivery.sent, n=delivery.total)


def _read(delivery: Delivery, now: datetime) -> str:
    if delivery.read_at is None:
        return ""
    name, time = platform_name(delivery), i18n.second(delivery.read_at, now)
    return _("Last read at {time} ({platform}).", platform=escape_markdown(name), time=time)
