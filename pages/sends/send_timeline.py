"""The timeline of a send: future and past events, the latest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import streamlit as st

from core.domain.delivery import Delivery
from core.domain.model import Confirmation, SendConfiguration, Source, StateChange
from core.domain.states import STOPPED_HERE, State
from core.forecasting.generation_progress import LEAST_SECONDS
from core.runtime.instance import platform
from core.services.queries import SendDetails
from pages.text import delivery_words, i18n, names, tables
from pages.text.i18n import _


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the timeline.

    - `until`: if the line stands for several reports, the time of the last report.
    - `is_plan`: the event can be in the future.
    """

    at: datetime
    what: str
    reported_by: str
    until: datetime | None = None
    is_plan: bool = False


def draw_timeline(found: SendDetails, now: datetime) -> None:
    """Draw the future events above the past events."""
    events = sorted(
        [
            *_milestones(found.configuration),
            *_changes(found.history),
            *_deliveries(found.deliveries.values()),
        ],
        key=lambda event: event.at,
        reverse=True,
    )
    coming = [event for event in events if event.is_plan and event.at > now]
    if coming:
        st.markdown(_("**Still to come**"))
        _draw(coming)
        st.markdown(_("**So far**"))
    _draw([event for event in events if event not in coming])


def _draw(events: Sequence[Event]) -> None:
    tables.draw_cells(
        (_("Time"), _("What"), _("From")),
        [(_time(event), event.what, event.reported_by) for event in events],
    )


def _time(event: Event) -> str:
    if event.until is None or event.until == event.at:
        return i18n.exact(event.at)
    return f"{i18n.exact(event.at)} – {i18n.second(event.until, event.at)}"


def _changes(history: Sequence[StateChange]) -> list[Event]:
    # Leave out polls that verified an abort. The steps of the delivery already show these polls.
    events = []
    shown = [each for each in history if not (_is_progress(each) and each.receipt_id)]
    for is_progress, changes in groupby(shown, key=_is_progress):
        if is_progress:
            events.append(_generation(list(changes)))
        else:
            for change in changes:
                # Do not say "stopped" for an abort. Only a report of the platform proves the stop.
                is_abort = change.source is Source.ABORT
                what = _("Aborted here") if is_abort else names.state_word(change.to_state)
                events.append(_event(change, what))
    return events


def _deliveries(deliveries: Iterable[Delivery]) -> list[Event]:
    return [
        Event(at, what, delivery_words.platform_name(delivery))
        for delivery in deliveries
        for at, what in delivery_words.steps(delivery)
    ]


def _is_progress(change: StateChange) -> bool:
    return change.from_state is change.to_state


def _event(change: StateChange, what: str, until: datetime | None = None) -> Event:
    # A poll is stored as a feed with the platform as the actor.
    is_poll = change.source is Source.FEED and change.actor == platform().name
    source, who = names.source_name(change.source), names.person(change.actor)
    return Event(change.changed_at, what, who if is_poll else f"{source} · {who}", until)


def _generation(reports: Sequence[StateChange]) -> Event:
    first, last = reports[0], reports[-1]
    counts = [each.generated_records for each in reports if each.generated_records is not None]
    if not counts:
        return _event(first, _("Other facts changed"), last.changed_at)
    begun, done = counts[0], counts[-1]
    seconds = (last.changed_at - first.changed_at).total_seconds()
    generated = _(platform().generated)
    if seconds < LEAST_SECONDS or done <= begun:
        return _event(last, f"{generated}: {i18n.number(done)}")
    what = _(
        "{generated}: {first} to {last}, {pace} per minute, in {n} reports",
        generated=generated,
        first=begun,
        last=done,
        pace=round((done - begun) / seconds * 60),
        n=len(reports),
    )
    return _event(first, what, last.changed_at)


def _milestones(c: SendConfiguration) -> list[Event]:
    # An abort sets `finished_at`. Until the platform confirms the stop, leave out this time.
    is_recorded_only = c.abort_confirmation in (Confirmation.OPEN, Confirmation.CONTRADICTED)
    is_stopped = c.state is State.ABORTED or (c.state in STOPPED_HERE and not is_recorded_only)
    scheduled = _("Scheduled time (stopped)") if is_stopped else _("Scheduled time")
    by = _("reported by the platform")
    reported = [
        (c.processing_started_at, _("Processing started")),
        (c.in_progress_at, _("In progress")),
        (c.generation_started_at, _(platform().generation_started)),
        (None if is_recorded_only else c.finished_at, _end(c.state)),
    ]
    events = [Event(at, what, by) for at, what in reported if at is not None]
    if c.scheduled_at is not None:
        events.append(Event(c.scheduled_at, scheduled, by, is_plan=True))
    if c.unreported_since is not None:
        missing = _("No longer in its source")
        events.append(Event(c.unreported_since, missing, _("a list of all sends")))
    return events


def _end(state: State) -> str:
    return {
        State.SENT_DONE: _("Finished"),
        State.CANCELLED: _("Stopped"),
        State.CANCELLING: _("Stopped"),
        State.ABORTED: _("Stopped by the platform"),
    }.get(state, _("Ended"))
