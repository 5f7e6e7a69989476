"""The alerts at the top of every page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from core.access.permissions import Right
from core.domain.alerts import Alert, AlertKind
from core.errors import N_, FreioError
from pages.shell.page_run import may, view
from pages.text import i18n, live_text, names
from pages.text.i18n import _
from pages.text.links import link_to_send
from pages.text.markdown import bold, escape_markdown

#: The maximum number of lines of a group. A group with more alerts gets a single line.
MAX_LINES = 2

#: The two groups of large sends that are due. The remaining groups have the names of AlertKind.
_DUE, _MAY_HAVE_BEGUN = "due", "may_have_begun"

#: The groups in the order of the lines. The first text is for a single alert, the second text for
#: several alerts.
_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    AlertKind.RUNS_AGAIN: (
        N_(
            "**Runs again** according to the report of {time}, although it was stopped or had "
            "finished. It may reach {people}:"
        ),
        N_(
            "**{n} sends run again** that were stopped or had finished. They may reach {people} in "
            "all. The latest, in the report of {time}:"
        ),
    ),
    AlertKind.SCHEDULED_AGAIN: (
        N_(
            "**Scheduled again** since the report of {time}, although it was stopped or had "
            "finished. It may reach {people}:"
        ),
        N_(
            "**{n} sends are scheduled again** that were stopped or had finished. They may reach "
            "{people} in all. The latest, in the report of {time}:"
        ),
    ),
    AlertKind.WENT_OUT: (
        N_(
            "**Went out after all**, although it was stopped or had finished: the report of {time} "
            "showed it again. It may have reached {people}:"
        ),
        N_(
            "**{n} sends went out after all** that were stopped or had finished. They may have "
            "reached {people} in all. The latest, in the report of {time}:"
        ),
    ),
    _DUE: (
        N_("**Large send, due since {time}, can still be stopped**, to {people}:"),
        N_(
            "**{n} large sends are due and can still be stopped**, to {people} in all. The first, "
            "due since {time}:"
        ),
    ),
    _MAY_HAVE_BEGUN: (
        N_("**Large send, due since {time}, may have begun**, to {people}:"),
        N_(
            "**{n} large sends are due and may have begun**, to {people} in all. The first, due "
            "since {time}:"
        ),
    ),
    AlertKind.LARGE: (
        N_("**Large send in {span}**, to {people}, at {time}:"),
        N_("**{n} large sends start within {span}**, to {people} in all. The first, at {time}:"),
    ),
    AlertKind.STUCK: (
        N_("**Stuck** in the same state for {span}:"),
        N_("**{n} sends are stuck.** The longest, for {span}:"),
    ),
}


def draw_alerts(*, with_stuck: bool) -> None:
    """Draw the lines of all groups.

    If `with_stuck` is False, leave out stuck sends. Administrators also see the problems of the
    installation.
    """
    for trouble in _troubles():
        st.error(escape_markdown(i18n.error(trouble)))
    now = view().now
    alerts = _alerts(with_stuck=with_stuck)
    if not alerts:
        return
    groups: dict[str, list[Alert]] = {group: [] for group in _TEXTS}
    for alert in alerts:
        groups[_group(alert, now)].append(alert)
    lines = [line for group, found in groups.items() for line in _lines(group, found, now)]
    # Draw a single element, because each element makes a refresh slower.
    st.html(f"<div class='alert-lines'><ul>{''.join(lines)}</ul></div>")


def count(*, with_stuck: bool) -> int:
    """Return the number of alerts and problems that `draw_alerts` draws."""
    return len(_troubles()) + len(_alerts(with_stuck=with_stuck))


def _troubles() -> list[FreioError]:
    return list(view().app.troubles().values()) if may(Right.ADMINISTER) else []


def _alerts(*, with_stuck: bool) -> list[Alert]:
    shown = _TEXTS.keys() - (set() if with_stuck else {AlertKind.STUCK})
    return [alert for alert in view().current_alerts() if alert.kind in shown]


def _group(alert: Alert, now: datetime) -> str:
    if alert.kind is not AlertKind.LARGE or alert.at > now:
        return alert.kind
    current, fresh = view(), view().freshness()
    begun, id = current.queries.may_have_begun(fresh), alert.configuration_id
    assert id is not None
    is_past = begun is not None and begun.includes(id, alert.at)
    return _MAY_HAVE_BEGUN if fresh.is_old or is_past else _DUE


def _lines(group: str, alerts: Sequence[Alert], now: datetime) -> Iterator[str]:
    one, many = _TEXTS[group]
    if len(alerts) > MAX_LINES:
        yield _line(many, alerts, _people(alerts), now)
    else:
        for alert in alerts:
            yield _line(one, [alert], names.recipients(alert.recipients), now)


def _line(template: str, alerts: Sequence[Alert], people: str, now: datetime) -> str:
    first, last = alerts[0], alerts[-1]
    is_stuck = first.kind is AlertKind.STUCK
    text = _(
        template,
        n=i18n.number(len(alerts)),
        time=i18n.moment(first.at, now),
        people=people,
        span=live_text.since(first.at, now) if is_stuck else live_text.until(last.at, now),
    )
    assert first.configuration_id is not None
    send = link_to_send(first.configuration_id, first.name)
    return f"<li data-kind='{first.kind}'>{bold(text)} {send}</li>"


def _people(alerts: Sequence[Alert]) -> str:
    known = [alert.recipients for alert in alerts if alert.recipients is not None]
    return names.recipients(sum(known), len(alerts) - len(known))
