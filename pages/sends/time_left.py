"""The time left to stop a send, and the reliability of this time."""

from __future__ import annotations

from datetime import datetime

from core.domain.delivery import Delivery, DeliveryStep
from core.domain.freshness import Freshness
from core.domain.model import Confirmation, SendConfiguration
from core.domain.rules import CancelRest, Decision, Refuse
from core.domain.states import STOPPED_HERE, State, parse_state
from core.forecasting.forecast import Confidence, Forecast, stoppable_until
from core.runtime.instance import platform
from pages.text import i18n
from pages.text.countdown import count_words, countdown
from pages.text.i18n import _


def closes_at(
    configuration: SendConfiguration,
    decision: Decision,
    forecast: Forecast,
    delivery: Delivery | None = None,
) -> datetime | None:
    """Return the end of the time left to stop a send, or None if unknown.

    - If `is_still_scheduled` is True, return the scheduled time.
    - If the send cannot be stopped, return None.
    - If only the rest can be stopped, return None, except in the state SCHEDULED.

    `delivery` is the last delivery of an abort.
    """
    if is_still_scheduled(configuration, delivery):
        return configuration.scheduled_at
    if isinstance(decision, Refuse) or (
        isinstance(decision, CancelRest) and configuration.state is not State.SCHEDULED
    ):
        return None
    return stoppable_until(configuration, forecast)


def is_still_scheduled(configuration: SendConfiguration, delivery: Delivery | None = None) -> bool:
    """Return whether a send was aborted here, but is scheduled in the last report.

    Return False if the stop is confirmed, or if the platform no longer has the send.
    """
    if delivery is not None and delivery.step is DeliveryStep.MISSING:
        return False
    is_open = configuration.abort_confirmation in (Confirmation.OPEN, Confirmation.CONTRADICTED)
    is_scheduled = parse_state(configuration.raw_state) is State.SCHEDULED
    return configuration.state in STOPPED_HERE and is_open and is_scheduled


def time_left(decision: Decision, closes: datetime | None, fresh: Freshness) -> str:
    """Return the time left as text. `closes` is the result of `closes_at`."""
    if closes is None:
        if isinstance(decision, Refuse):
            return "–"
        if isinstance(decision, CancelRest):
            is_paused = decision.rule.state is State.PAUSED
            return _("paused") if is_paused else _("going out")
        return _("unknown")
    left = (closes - fresh.now).total_seconds()
    return count_words()["soon"] if left < 1 and fresh.is_current else countdown(left)


def explain(
    configuration: SendConfiguration,
    decision: Decision,
    forecast: Forecast,
    fresh: Freshness,
    delivery: Delivery | None = None,
) -> str:
    """Return an explanation of the time left."""
    if is_still_scheduled(configuration, delivery):
        return _(
            "Its stop is not confirmed. This is the time until the scheduled time: until then it "
            "can be stopped in the platform."
        )
    if isinstance(decision, Refuse):
        return ""
    if isinstance(decision, CancelRest):
        if configuration.state is State.PAUSED:
            return _(
                "It is paused. The rest can be stopped until a person resumes it and it finishes."
            )
        return _("The sooner it is aborted, the fewer recipients get it.")
    if forecast.cautious_at is None:
        if platform().interrupts:
            return _(
                "This is the time until the scheduled time. From then on it may go out, and only "
                "the rest can be stopped."
            )
        if configuration.state is State.SCHEDULED:
            return _(
                "This is the time until the scheduled time. Too few similar sends are "
                "known to say how long after that its generation begins."
            )
        return _(
            "It can be stopped until its generation begins. Too few similar sends are "
            "known to say when that is."
        )
    parts = [_earliest(forecast, forecast.cautious_at, fresh), _sure(forecast)]
    return " ".join(filter(None, parts))


def _earliest(forecast: Forecast, cautious_at: datetime, fresh: Freshness) -> str:
    now, interrupts, is_over = fresh.now, platform().interrupts, cautious_at <= fresh.now
    if is_over and not fresh.is_current:
        if interrupts:
            return _("Sending may have begun since the last report.")
        return _("Generation may have begun since the last report.")
    if forecast.typical_at is None:
        if interrupts:
            return _(
                "It has waited longer than all similar sends: sending may begin at any moment."
            )
        return _("It has waited longer than all similar sends: generation may begin at any moment.")
    if interrupts and is_over:
        text = _("Sending may begin at any moment; typically it begins at {time}.")
    elif interrupts:
        text = _("Sending almost never begins before {earliest}; typically it begins at {time}.")
    elif is_over:
        text = _("Generation may begin at any moment; typically it begins at {time}.")
    else:
        text = _("Generation almost never begins before {earliest}; typically it begins at {time}.")
    return text.format(
        earliest=i18n.moment(cautious_at, now), time=i18n.moment(forecast.typical_at, now)
    )


def _sure(forecast: Forecast) -> str:
    like = i18n.plural("{n} similar send", "{n} similar sends", forecast.based_on)
    match forecast.confidence:
        case Confidence.GOOD:
            return _("Based on {like}; quite sure.", like=like)
        case Confidence.FAIR:
            return _("Based on {like}; fairly sure.", like=like)
        case Confidence.POOR:
            sends = i18n.plural("{n} send", "{n} sends", forecast.based_on)
            return _("Based on {sends}, of which few are really similar: not sure.", sends=sends)
        case Confidence.UNKNOWN:
            return ""
