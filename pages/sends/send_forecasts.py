"""The forecasts on the page of a send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from core.domain.freshness import Freshness
from core.domain.model import SendConfiguration
from core.domain.rules import CancelRest, Decision
from core.forecasting.baselines import HOURS_IN_BAND, Group
from core.forecasting.flags import Wait
from core.forecasting.forecast import Confidence, Forecast
from core.forecasting.generation_progress import GenerationProgress
from core.runtime.instance import platform
from pages.sends import time_left
from pages.text import i18n, live_text, names
from pages.text.i18n import _
from pages.text.markdown import escape_markdown


def draw_point_of_no_return(
    configuration: SendConfiguration, decision: Decision, forecast: Forecast, fresh: Freshness
) -> None:
    """Draw how long a send can still be stopped."""
    now, closes = fresh.now, time_left.closes_at(configuration, decision, forecast)
    left = live_text.time_left(time_left.time_left(decision, closes, fresh), closes, fresh)
    is_under_way = isinstance(decision, CancelRest)
    if is_under_way or forecast.cautious_at is None or forecast.group is None:
        _draw_facts({_("Time left"): left})
        st.caption(time_left.explain(configuration, decision, forecast, fresh))
        return
    typically = forecast.typical_at
    if forecast.cautious_at > now:
        begins = _("almost never before {time}", time=i18n.second(forecast.cautious_at, now))
    else:
        begins = _("any moment") if fresh.is_current else _("may have passed")
    facts = {_("Time left"): left, names.point_of_no_return(): begins}
    if typically is not None:
        facts[_("Typically")] = _("about {time}", time=i18n.moment(typically, now))
    _draw_facts(facts | {_("How sure"): _sure(forecast.confidence)})
    if platform().interrupts:
        text = _(
            "From this moment on it may begin, and then only the rest can be stopped. Based on "
            "{sends}."
        )
    else:
        text = _(
            "From this moment on, its generation may begin and then cannot be interrupted. "
            "Based on {sends}."
        )
    sentence = text.format(sends=_like(forecast.group, forecast.based_on, configuration))
    if typically is None:
        sentence += " " + _("It has already waited longer than all of them.")
    st.caption(escape_markdown(sentence))


def draw_wait(wait: Wait | None, fresh: Freshness) -> None:
    """Draw how long a send has been in its state, and whether this wait is normal."""
    # Before the scheduled time, a send does not wait. Old facts do not show a current wait.
    if wait is None or fresh.at is None or fresh.is_old or wait.since > fresh.now:
        return
    if fresh.now - wait.since <= wait.usual:
        icon = ":material/check:"
        text = _(
            "**Normal for similar sends.** It has been in this state since {time}. Of "
            "{like}, nearly all moved on within {span}."
        )
    else:
        icon = ":material/hourglass_top:"
        text = _(
            "**Slower than similar sends, but not stuck.** It has been in this state since "
            "{time}. Of {like}, nearly all moved on within {span}. From {limit} on it counts "
            "as stuck."
        )
    sentence = text.format(
        time=i18n.moment(wait.since, fresh.now),
        like=i18n.plural("{n} similar send", "{n} similar sends", wait.based_on),
        span=i18n.span(wait.usual),
        limit=i18n.moment(wait.stuck_at, fresh.now),
    )
    st.info(sentence, icon=icon)


def draw_pace(progress: GenerationProgress, now: datetime) -> None:
    """Draw the speed and the expected end of the generation."""
    if progress.per_minute is None or progress.done_at is None:
        st.caption(_("Its pace is not known yet."))
        return
    pace = progress.per_minute
    if platform().interrupts:
        ends = _("All sent")
        words = i18n.plural("{n} message per minute", "{n} messages per minute", pace)
    else:
        ends = _("All generated")
        words = i18n.plural("{n} record per minute", "{n} records per minute", pace)
    _draw_facts({_("Pace"): words, ends: _done(progress.done_at, now)})
    if not progress.measured:
        st.caption(_("The pace is that of similar sends; its own is not known yet."))
    elif progress.usual is None or progress.least_usual is None:
        st.caption(_("Measured on this send."))
    else:
        st.markdown(_compared(progress.per_minute, progress.usual, progress.least_usual))


def _compared(pace: int, usual: int, least: int) -> str:
    if pace >= least:
        return _(
            "**Normal for similar sends.** Half of them reach {usual} "
            "per minute, nearly all at least {least}.",
            usual=usual,
            least=least,
        )
    return _(
        "**Slower than nearly all similar sends.** Half of them reach {usual} "
        "per minute, nearly all at least {least}.",
        usual=usual,
        least=least,
    )


def _done(at: datetime, now: datetime) -> str:
    if at - now < timedelta(seconds=1):
        return _("any moment")
    return _("about {time}, in {span}", time=i18n.moment(at, now), span=live_text.until(at, now))


def _draw_facts(facts: dict[str, str]) -> None:
    with st.container(horizontal=True, gap="medium"):
        for label, value in facts.items():
            live_text.draw(f"<small>{label}</small><br>**{value}**", width="content")


def _sure(confidence: Confidence) -> str:
    return {
        Confidence.GOOD: _("quite sure"),
        Confidence.FAIR: _("fairly sure"),
        Confidence.POOR: _("not sure"),
        Confidence.UNKNOWN: _("unknown"),
    }[confidence]


def _like(group: Group, count: int, configuration: SendConfiguration) -> str:
    """Return the number of similar sends, and what they have in common, as text."""
    shared = [group.channel or "", group.account or "", _size(group), _hours(group, configuration)]
    sentence = i18n.plural("{n} earlier send", "{n} earlier sends", count)
    known = ", ".join(part for part in shared if part)
    return f"{sentence} ({known})" if known else _("{sends} of any kind", sends=sentence)


def _size(group: Group) -> str:
    if group.recipients is None:
        return ""
    low, high = group.recipients
    if high is None:
        return _("{low} recipients or more", low=low)
    if low == 0:
        return _("up to {high} recipients", high=high)
    return _("{low} to {high} recipients", low=low, high=high)


def _hours(group: Group, configuration: SendConfiguration) -> str:
    if group.hours is None or configuration.scheduled_at is None:
        return ""
    day = configuration.scheduled_at.astimezone(UTC)
    begin = day.replace(hour=group.hours * HOURS_IN_BAND, minute=0, second=0, microsecond=0)
    return _(
        "between {begin} and {end}",
        begin=i18n.hour(begin),
        end=i18n.hour(begin + timedelta(hours=HOURS_IN_BAND)),
    )
