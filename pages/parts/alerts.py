"""What a person should know of now, in a line each, on top of every page.

Contradicted and overdue aborts stand there too, with what to do about them, and the age of the data
is told by each page: those are alerts, but no lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.alerts.model import Alert, AlertKind
from pages.parts import say, words
from pages.parts.say import _
from pages.parts.session import freio

#: Lines of one kind; more of them become one line that counts.
FEW = 2


def draw_alerts() -> None:
    """Draw a line for each send that runs again, starts soon and is large, or is stuck."""
    standing, now = freio().standing_alerts(), freio().clock()
    large = [alert for alert in standing if alert.kind is AlertKind.LARGE and alert.at > now]
    stuck = [alert for alert in standing if alert.kind is AlertKind.STUCK]
    again = [alert for alert in standing if alert.kind is AlertKind.RUNS_AGAIN]
    if not large and not stuck and not again:
        return
    with st.container(border=True, key="alerts", gap="xxsmall"):
        if len(again) > FEW:
            _line(":material/replay:", _many_again(again, now), again[0])
        else:
            for alert in again:
                _line(":material/replay:", _again(alert, now), alert)
        if len(large) > FEW:
            _line(":material/schedule:", _many_large(large, now), large[0])
        else:
            for alert in large:
                _line(":material/schedule:", _large(alert, now), alert)
        if len(stuck) > FEW:
            _line(":material/hourglass_disabled:", _many_stuck(stuck, now), stuck[0])
        else:
            for alert in stuck:
                _line(":material/hourglass_disabled:", _stuck(alert, now), alert)


def _line(icon: str, text: str, alert: Alert) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{icon} {text}", width="content")
        st.page_link(
            "configuration.py",
            label=words.escape(alert.name),
            query_params={"id": str(alert.configuration_id)},
            width="content",
        )


def _again(alert: Alert, now: datetime) -> str:
    return _(
        "**Runs again** as of {time}, though the platform had ended it. It may reach {people}:",
        time=say.moment(alert.at, now),
        people=words.recipients(alert.recipients),
    )


def _many_again(alerts: Sequence[Alert], now: datetime) -> str:
    return _(
        "**{n} sends run again** that the platform had ended. They may reach {people} in all. The "
        "latest, as of {time}:",
        n=say.number(len(alerts)),
        people=words.recipients(sum(alert.recipients for alert in alerts)),
        time=say.moment(alerts[0].at, now),
    )


def _large(alert: Alert, now: datetime) -> str:
    return _(
        "**Large send in {span}**, to {people}, at {time}:",
        span=say.span(alert.at - now),
        people=words.recipients(alert.recipients),
        time=say.moment(alert.at, now),
    )


def _many_large(alerts: Sequence[Alert], now: datetime) -> str:
    return _(
        "**{n} large sends start within {span}**, to {people} in all. The first, at {time}:",
        n=say.number(len(alerts)),
        span=say.span(alerts[-1].at - now),
        people=words.recipients(sum(alert.recipients for alert in alerts)),
        time=say.moment(alerts[0].at, now),
    )


def _stuck(alert: Alert, now: datetime) -> str:
    return _("**Stuck**, has not moved for {span}:", span=say.span(now - alert.at))


def _many_stuck(alerts: Sequence[Alert], now: datetime) -> str:
    return _(
        "**{n} sends are stuck.** The longest, for {span}:",
        n=say.number(len(alerts)),
        span=say.span(now - alerts[0].at),
    )
