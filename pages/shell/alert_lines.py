"""The alerts at the top of every page, one line each.

concern_lines.py draws the contradicted and overdue aborts. Old data gets no line here, because each
page shows the age of its data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum, auto
from functools import partial

import streamlit as st

from core.access.permissions import Right
from core.domain.alerts import Alert, AlertKind
from core.errors import FreioError
from pages.shell.page_run import may, view
from pages.text import i18n, live_text, names
from pages.text.i18n import _
from pages.text.links import link_to_send
from pages.text.markdown import bold, escape_markdown

#: The maximum number of lines of one group. A larger group becomes one line with its number.
MAX_LINES = 2


class _Due(Enum):
    """When a large send is due, and whether it may have begun since its last report."""

    NOT_BEGUN = auto()
    MAY_HAVE_BEGUN = auto()
    COMING = auto()


#: Alerts with the same texts. The alerts about large sends are in three groups, by `_Due`.
_Group = tuple[AlertKind, _Due | None]


def draw_alerts(*, with_stuck: bool) -> None:
    """Draw a line for each send that runs again, is large and starts soon, or is stuck.

    Without `with_stuck`, leave out stuck sends. Administrators also see problems of the
    installation, above these lines.
    """
    for trouble in _troubles():
        st.error(escape_markdown(i18n.error(trouble)))
    now = view().now
    alerts = _alerts(with_stuck=with_stuck)
    if not alerts:
        return
    groups: dict[_Group, list[Alert]] = {group: [] for group in _TEXTS}
    for alert in alerts:
        groups[_group(alert, now)].append(alert)
    lines: list[str] = []
    for group, found in groups.items():
        one, many = _TEXTS[group]
        if len(found) > MAX_LINES:
            lines.append(_line(many(found, now), found[0]))
        else:
            lines += [_line(one(alert, now), alert) for alert in found]
    # All lines are one element, because the time of a refresh grows with the number of elements.
    st.html(f"<div class='alert-lines'><ul>{''.join(lines)}</ul></div>")


def count(*, with_stuck: bool) -> int:
    """Return the number of alerts and problems that `draw_alerts` draws."""
    return len(_troubles()) + len(_alerts(with_stuck=with_stuck))


def _troubles() -> list[FreioError]:
    return list(view().app.troubles().values()) if may(Right.ADMINISTER) else []


def _alerts(*, with_stuck: bool) -> list[Alert]:
    shown = {kind for kind, _due in _TEXTS} - (set() if with_stuck else {AlertKind.STUCK})
    return [alert for alert in view().current_alerts() if alert.kind in shown]


def _group(alert: Alert, now: datetime) -> _Group:
    if alert.kind is not AlertKind.LARGE:
        return alert.kind, None
    if alert.at > now:
        return alert.kind, _Due.COMING
    current, fresh = view(), view().freshness()
    begun, id = current.queries.may_have_begun(fresh), alert.configuration_id
    assert id is not None
    is_past = begun is not None and begun.includes(id, alert.at)
    return alert.kind, _Due.MAY_HAVE_BEGUN if fresh.is_old or is_past else _Due.NOT_BEGUN


def _line(text: str, alert: Alert) -> str:
    assert alert.configuration_id is not None
    send = link_to_send(alert.configuration_id, alert.name)
    return f"<li data-kind='{alert.kind}'>{bold(text)} {send}</li>"


def _again(alert: Alert, now: datetime) -> str:
    text = {
        AlertKind.SCHEDULED_AGAIN: _(
            "**Scheduled again** since the report of {time}, although it was stopped or had "
            "finished. It may reach {people}:"
        ),
        AlertKind.RUNS_AGAIN: _(
            "**Runs again** according to the report of {time}, although it was stopped or had "
            "finished. It may reach {people}:"
        ),
        AlertKind.WENT_OUT: _(
            "**Went out after all**, although it was stopped or had finished: the report of {time} "
            "showed it again. It may have reached {people}:"
        ),
    }[alert.kind]
    people = names.recipients(alert.recipients)
    return text.format(time=i18n.moment(alert.at, now), people=people)


def _many_again(alerts: Sequence[Alert], now: datetime) -> str:
    text = {
        AlertKind.SCHEDULED_AGAIN: _(
            "**{n} sends are scheduled again** that were stopped or had finished. They may reach "
            "{people} in all. The latest, in the report of {time}:"
        ),
        AlertKind.RUNS_AGAIN: _(
            "**{n} sends run again** that were stopped or had finished. They may reach {people} in "
            "all. The latest, in the report of {time}:"
        ),
        AlertKind.WENT_OUT: _(
            "**{n} sends went out after all** that were stopped or had finished. They may have "
            "reached {people} in all. The latest, in the report of {time}:"
        ),
    }[alerts[0].kind]
    return text.format(
        n=i18n.number(len(alerts)),
        people=_people(alerts),
        time=i18n.moment(alerts[0].at, now),
    )


def _large_due(alert: Alert, now: datetime, *, may_have_begun: bool) -> str:
    if may_have_begun:
        text = _("**Large send, due since {time}, may have begun**, to {people}:")
    else:
        text = _("**Large send, due since {time}, can still be stopped**, to {people}:")
    people = names.recipients(alert.recipients)
    return text.format(time=i18n.moment(alert.at, now), people=people)


def _many_large_due(alerts: Sequence[Alert], now: datetime, *, may_have_begun: bool) -> str:
    if may_have_begun:
        text = _(
            "**{n} large sends are due and may have begun**, to {people} in all. The first, due "
            "since {time}:"
        )
    else:
        text = _(
            "**{n} large sends are due and can still be stopped**, to {people} in all. The first, "
            "due since {time}:"
        )
    return text.format(
        n=i18n.number(len(alerts)),
        people=_people(alerts),
        time=i18n.moment(alerts[0].at, now),
    )


def _large(alert: Alert, now: datetime) -> str:
    return _(
        "**Large send in {span}**, to {people}, at {time}:",
        span=live_text.until(alert.at, now),
        people=names.recipients(alert.recipients),
        time=i18n.moment(alert.at, now),
    )


def _many_large(alerts: Sequence[Alert], now: datetime) -> str:
    return _(
        "**{n} large sends start within {span}**, to {people} in all. The first, at {time}:",
        n=i18n.number(len(alerts)),
        span=live_text.until(alerts[-1].at, now),
        people=_people(alerts),
        time=i18n.moment(alerts[0].at, now),
    )


def _stuck(alert: Alert, now: datetime) -> str:
    return _("**Stuck** in the same state for {span}:", span=live_text.since(alert.at, now))


def _many_stuck(alerts: Sequence[Alert], now: datetime) -> str:
    return _(
        "**{n} sends are stuck.** The longest, for {span}:",
        n=i18n.number(len(alerts)),
        span=live_text.since(alerts[0].at, now),
    )


#: The groups in the order of the lines, each with the texts for one alert and for several.
_TEXTS: dict[
    _Group,
    tuple[Callable[[Alert, datetime], str], Callable[[Sequence[Alert], datetime], str]],
] = {
    (AlertKind.RUNS_AGAIN, None): (_again, _many_again),
    (AlertKind.SCHEDULED_AGAIN, None): (_again, _many_again),
    (AlertKind.WENT_OUT, None): (_again, _many_again),
    **{
        (AlertKind.LARGE, due): (
            partial(_large_due, may_have_begun=may_have_begun),
            partial(_many_large_due, may_have_begun=may_have_begun),
        )
        for due, may_have_begun in ((_Due.NOT_BEGUN, False), (_Due.MAY_HAVE_BEGUN, True))
    },
    (AlertKind.LARGE, _Due.COMING): (_large, _many_large),
    (AlertKind.STUCK, None): (_stuck, _many_stuck),
}


def _people(alerts: Sequence[Alert]) -> str:
    known = [alert.recipients for alert in alerts if alert.recipients is not None]
    return names.recipients(sum(known), len(alerts) - len(known))
