"""The verdict on a send: what can still be done."""

from __future__ import annotations

from datetime import datetime

from core.domain.delivery import Delivery, DeliveryOutcome
from core.domain.freshness import Freshness, outlook_now
from core.domain.model import Confirmation, SendConfiguration
from core.domain.rules import (
    Decision,
    Refuse,
    awaits_confirmation,
    finished_short,
    is_paused_again,
    outlook_of,
    stopped_midway,
    was_contradicted,
)
from core.domain.states import CAN_BE_STOPPED, Outlook, Refusal, State
from core.runtime.instance import platform
from pages.text import delivery_words, i18n
from pages.text.i18n import _
from pages.text.names import outlook_name


def verdict(
    configuration: SendConfiguration,
    closes: datetime | None,
    fresh: Freshness,
    delivery: Delivery | None = None,
) -> tuple[str, Outlook]:
    """Return the verdict on a send, and the outlook.

    `closes` is the result of `closes_at`. If this time has passed and the facts are not current, a
    stoppable send is uncertain. `delivery` is the last delivery of an abort.
    """
    if delivery is not None and (found := _delivered(configuration, delivery, fresh.now)):
        return found
    word, outlook = _reported(configuration, fresh)
    is_over = closes is not None and closes <= fresh.now
    if outlook in CAN_BE_STOPPED and is_over and not fresh.is_current:
        return outlook_name(Outlook.UNCERTAIN), Outlook.UNCERTAIN
    return word, outlook


def _delivered(
    configuration: SendConfiguration, delivery: Delivery, now: datetime
) -> tuple[str, Outlook] | None:
    if not delivery_words.is_current(configuration, delivery):
        return None
    word = delivery_words.row_word(configuration, delivery, now)
    outlook = {
        DeliveryOutcome.TOO_LATE: Outlook.TOO_LATE,
        DeliveryOutcome.STOPPED: Outlook.STOPPED,
        DeliveryOutcome.UNKNOWN: Outlook.UNCERTAIN,
    }.get(delivery.outcome, Outlook.WAITING)
    return (word, outlook) if word else None


def _reported(configuration: SendConfiguration, fresh: Freshness) -> tuple[str, Outlook]:
    if is_paused_again(configuration, platform()):
        return _("Paused there, not stopped"), Outlook.UNCERTAIN
    if was_contradicted(configuration, platform()):
        return _("Went on anyway"), Outlook.TOO_LATE
    outlook = outlook_now(configuration, fresh, platform())
    if awaits_confirmation(configuration):
        if configuration.abort_confirmation is Confirmation.CONTRADICTED:
            return _("Runs again"), Outlook.UNCERTAIN
        return outlook_name(Outlook.WAITING), Outlook.WAITING
    if configuration.doubted_since is not None and outlook is Outlook.UNCERTAIN:
        return _("Uncertain – reports disagree"), outlook
    if stopped_midway(configuration):
        return _("Stopped midway"), outlook
    if outlook is not outlook_of(configuration, platform()):
        if configuration.unreported_since is not None:
            return _("No longer reported"), outlook
        return _("Uncertain – data is {age} old", age=i18n.span(fresh.age)), outlook
    if configuration.state is State.CANCELLING:
        return _("Will be stopped"), outlook
    return outlook_name(outlook), outlook


def may_have_begun(configuration: SendConfiguration, outlook: Outlook) -> bool:
    """Return whether a send was stoppable at the last report, but `outlook` is uncertain now."""
    return outlook is Outlook.UNCERTAIN and outlook_of(configuration, platform()) in CAN_BE_STOPPED


def tells_age(configuration: SendConfiguration, fresh: Freshness) -> bool:
    """Return whether the verdict contains the age of the data."""
    is_reported = configuration.unreported_since is None
    can_be_stopped = outlook_of(configuration, platform()) in CAN_BE_STOPPED
    return fresh.is_old and is_reported and can_be_stopped


def reason_word(configuration: SendConfiguration, decision: Decision) -> str:
    """Return in a few words why a send cannot be stopped, or ""."""
    if not isinstance(decision, Refuse):
        return ""
    if is_paused_again(configuration, platform()):
        return _("paused there")
    if was_contradicted(configuration, platform()):
        return _("went on anyway")
    if awaits_confirmation(configuration):
        return _("waiting for confirmation")
    if configuration.doubted_since is not None:
        return _("reports disagree")
    if finished_short(configuration):
        return _("finished incomplete")
    if decision.reason is Refusal.FINISHED and decision.consequences.gone is None:
        return _("going out") if configuration.state is State.DELIVERY_ENDING else _("finished")
    if decision.reason is Refusal.ALREADY:
        return _("stopping") if configuration.state is State.CANCELLING else _("stopped")
    return {
        Refusal.TOO_LATE: _("already generating"),
        Refusal.FINISHED: _("gone out"),
        Refusal.PLATFORM_STOPPED: _("stopped by the platform"),
        Refusal.NOT_ABORTABLE_STATE: _("not from this state"),
        Refusal.NOT_ALLOWED: _("not with your role"),
    }[decision.reason]
