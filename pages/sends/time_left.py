"""What is ahead of a send, in words: how long it can be stopped, and what to look at."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from core.domain.freshness import Freshness
from core.domain.model import SendConfiguration
from core.domain.rules import Refuse, decide_abort
from core.domain.states import Outlook, State
from core.forecasting.flags import (
    FinishedShort,
    Flag,
    InDoubt,
    PossibleDuplicate,
    RunsAgain,
    Stuck,
    UnusuallyLarge,
)
from core.forecasting.forecast import Confidence, Forecast
from pages.sends import rows
from pages.text import i18n, sentences
from pages.text.countdown import count_words, countdown
from pages.text.i18n import _


def closes_at(configuration: SendConfiguration, forecast: Forecast) -> datetime | None:
    """Return until when a send can surely be stopped; None where that is over or nobody knows.

    Nothing begins before the scheduled time, so that is counted to where nothing more is known.
    """
    if isinstance(decide_abort(configuration), Refuse):
        return None
    if forecast.cautious_at is None and configuration.state is State.SCHEDULED:
        return configuration.scheduled_at
    return forecast.cautious_at


def time_left(configuration: SendConfiguration, forecast: Forecast, fresh: Freshness) -> str:
    """Return how long a send can still be stopped, as of now. The browser counts on from it."""
    if isinstance(decide_abort(configuration), Refuse):
        return "–"
    closes = closes_at(configuration, forecast)
    if closes is None:
        return _("unknown")
    left = (closes - fresh.now).total_seconds()
    return count_words().soon if left < 1 and fresh.is_current else countdown(left)


def verdict(
    configuration: SendConfiguration, forecast: Forecast, fresh: Freshness
) -> tuple[str, Outlook]:
    """Return what can be done about a send, and its outlook.

    Past its careful moment it is uncertain, unless the facts are of this minute and know better.
    """
    word, outlook = sentences.verdict(configuration, fresh)
    closes = closes_at(configuration, forecast)
    is_over = closes is not None and closes <= fresh.now
    if outlook is Outlook.STOPPABLE and is_over and not fresh.is_current:
        return sentences.outlook_name(Outlook.UNCERTAIN), Outlook.UNCERTAIN
    return word, outlook


def explain(configuration: SendConfiguration, forecast: Forecast, now: datetime) -> str:
    """Say what the time left counts to and how sure it is, or why nobody knows."""
    if isinstance(decide_abort(configuration), Refuse):
        return ""
    if forecast.cautious_at is None:
        if configuration.state is State.SCHEDULED:
            return _(
                "Counts to the scheduled time. Too few sends like it are known to say how long "
                "after that its generation begins."
            )
        return _(
            "It can be stopped until its generation begins. Too few sends like it are known to "
            "say when that is."
        )
    parts = [_earliest(forecast, now), _sure(forecast)]
    return " ".join(part for part in parts if part)


def _earliest(forecast: Forecast, now: datetime) -> str:
    assert forecast.cautious_at is not None
    if forecast.typical_at is None:
        return _("It has waited longer than all sends like it: generation may begin any moment.")
    if forecast.cautious_at <= now:
        return _(
            "Generation may begin any moment; typically it begins at {time}.",
            time=i18n.moment(forecast.typical_at, now),
        )
    return _(
        "Generation hardly ever begins before {earliest}; typically it begins at {time}.",
        earliest=i18n.moment(forecast.cautious_at, now),
        time=i18n.moment(forecast.typical_at, now),
    )


def _sure(forecast: Forecast) -> str:
    like = i18n.plural("{n} send like it", "{n} sends like it", forecast.based_on)
    match forecast.confidence:
        case Confidence.GOOD:
            return _("Learnt from {like}; quite sure.", like=like)
        case Confidence.FAIR:
            return _("Learnt from {like}; fairly sure.", like=like)
        case Confidence.POOR:
            sends = i18n.plural("{n} send", "{n} sends", forecast.based_on)
            return _("Learnt from {sends}, few of them really like it: not sure.", sends=sends)
        case Confidence.UNKNOWN:
            return ""


def flag(found: Flag, now: datetime) -> rows.Flag:
    """Return the mark for something to look at, and the reason in a sentence."""
    match found:
        case Stuck():
            return rows.Flag(_("stuck"), _stuck(found, now))
        case UnusuallyLarge():
            return rows.Flag(
                _("large"),
                _(
                    "Its account usually sends to {median} recipients and hardly ever to more "
                    "than {usual}; this one goes to {n}.",
                    median=i18n.number(found.median),
                    usual=i18n.number(found.usual),
                    n=i18n.number(found.recipients),
                ),
            )
        case PossibleDuplicate():
            return rows.Flag(
                _("twice?"),
                _(
                    "Another send with the same name, account and audience is scheduled for "
                    "{time} (number {id}).",
                    time=i18n.moment(found.other_at, now),
                    id=found.other,
                ),
            )
        case RunsAgain():
            word = _("went out after all") if found.is_sent else _("runs again")
            return rows.Flag(word, _runs_again(found, now))
        case InDoubt():
            return rows.Flag(
                _("reports disagree"),
                _(
                    "Two reports disagree about it since {time}, and nothing tells which is newer. "
                    "The next one settles it.",
                    time=i18n.moment(found.since, now),
                ),
            )
        case FinishedShort():
            return rows.Flag(
                _("finished short"),
                _(
                    "It finished with {x} of {n} records generated.",
                    x=i18n.number(found.generated),
                    n=i18n.number(found.total),
                ),
            )
    assert_never(found)


def _runs_again(found: RunsAgain, now: datetime) -> str:
    facts = {"state": found.was.value, "time": i18n.moment(found.at, now)}
    if found.is_sent:
        said = _(
            "It was reported as {state}. A report as of {time} shows that it went out after all.",
            **facts,
        )
    else:
        said = _(
            "It was reported as {state}. A report as of {time} shows that it runs again.", **facts
        )
    if not found.is_unsure:
        return said
    return f"{said} " + _(
        "Only the time of the file says that this report is the newer one: it is uncertain until a "
        "second report agrees."
    )


def _stuck(found: Stuck, now: datetime) -> str:
    return _(
        "It has not moved since {time}. Of {like}, nearly all moved on within {span}.",
        time=i18n.moment(found.since, now),
        like=i18n.plural("{n} send like it", "{n} sends like it", found.based_on),
        span=i18n.span(found.usual),
    )
