"""What a person should know of now, in a line each, on top of every page.

Contradicted and overdue aborts stand there too, with what to do about them, and the age of the data
is told by each page: those are alerts, but no lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.access.permissions import Right
from core.domain.alerts import Alert, AlertKind
from pages.shell.session import freio, may
from pages.text import ages, i18n, sentences
from pages.text.i18n import _

#: Lines of one kind; more of them become one line that counts.
FEW = 2


def draw_alerts() -> None:
    """Draw a line for each send that runs again, starts soon and is large, or is stuck.

    People who keep Freio running see what is wrong with the installation above that.
    """
    if may(Right.ADMINISTER):
        for trouble in freio().troubles().values():
            st.error(sentences.escape(i18n.error(trouble)))
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
        st.markdown(icon, width="content")
        ages.draw(text, width="content")
        st.page_link(
            "configuration.py",
            label=sentences.escape(alert.name),
            query_params={"id": str(alert.configuration_id)},
            width="content",
        )


def _again(alert: Alert, now: datetime) -> str:
    return _(
        "**Runs again** as of {time}, though the platform had ended it. It may reach {people}:",
        time=i18n.moment(alert.at, now),
        people=sentences.recipients(alert.recipients),
    )


def _many_again(alerts: Sequence[Alert], now: datetime) -> str:
    return _(
        "**{n} sends run again** that the platform had ended. They may reach {people} in all. The "
        "latest, as of {time}:",
        n=i18n.number(len(alerts)),
        people=sentences.recipients(sum(alert.recipients for alert in alerts)),
        time=i18n.moment(alerts[0].at, now),
    )


def _large(alert: Alert, now: datetime) -> str:
    return _(
        "**Large send in {span}**, to {people}, at {time}:",
        span=ages.until(alert.at, now),
        people=sentences.recipients(alert.recipients),
        time=i18n.moment(alert.at, now),
    )


def _many_large(alerts: Sequence[Alert], now: datetime) -> str:
    return _(
        "**{n} large sends start within {span}**, to {people} in all. The first, at {time}:",
        n=i18n.number(len(alerts)),
        span=ages.until(alerts[-1].at, now),
        people=sentences.recipients(sum(alert.recipients for alert in alerts)),
        time=i18n.moment(alerts[0].at, now),
    )


def _stuck(alert: Alert, now: datetime) -> str:
    return _("**Stuck**, has not moved for {span}:", span=ages.since(alert.at, now))


def _many_stuck(alerts: Sequence[Alert], now: datetime) -> str:
    return _(
        "**{n} sends are stuck.** The longest, for {span}:",
        n=i18n.number(len(alerts)),
        span=ages.since(alerts[0].at, now),
    )
