"""The data of the overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil

from core.domain.freshness import at_age
from core.domain.list_query import StateCount
from core.domain.states import Outlook, State
from core.forecasting.attention import Attention
from core.forecasting.usual_volume import UsualHour, usual_day
from core.services.attention import needs_attention
from core.services.queries import Overview
from pages.sends import list_filters
from pages.shell.page_run import shared, view
from pages.text import i18n

_HOUR = timedelta(hours=1)


def hours_around(now: datetime) -> list[datetime]:
    """Return the starts of 49 hours: the past 24, the current hour, and the next 24."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return [hour + n * _HOUR for n in range(-24, 25)]


def hours_of_day(midnight: datetime) -> list[datetime]:
    """Return the starts of the 23, 24 or 25 hours of a day, in UTC.

    In a zone such as UTC+5:30, the first hour begins half an hour before midnight.
    """
    start = midnight.astimezone(UTC).replace(minute=0)
    length = (midnight + timedelta(days=1)).astimezone(UTC) - start
    return [start + n * _HOUR for n in range(ceil(length / _HOUR))]


@dataclass(frozen=True, slots=True, eq=False)
class OverviewData:
    """All data of the overview. `states` counts the sends by state and current outlook.

    Two instances are never equal. The key of a chart in the shared cache contains an instance, so
    new data gets new charts.
    """

    seen: Overview
    usual: Sequence[UsualHour]
    usual_day: Sequence[UsualHour]
    attention: Attention
    states: Sequence[StateCount]


def read() -> OverviewData:
    """Return the data for the current user, from the shared cache."""
    return shared(_read, i18n.midnight(view().now))


def _read(midnight: datetime) -> OverviewData:
    current = view()
    queries = current.queries
    seen = queries.overview(midnight)
    hours, day = hours_around(seen.now), hours_of_day(midnight)
    usual = queries.usual_volume(hours[0], hours[-1] + _HOUR)
    of_day = queries.usual_volume(day[0], day[-1] + _HOUR, usual_day)
    alerts = current.current_alerts()
    attention = needs_attention(queries, current.concerns, alerts, seen, usual)
    return OverviewData(seen, usual, of_day, attention, _states())


def _states() -> list[StateCount]:
    current = view()
    counts = current.queries.state_counts(list_filters.read_query(current, {}))
    is_old = current.freshness().is_old
    found: dict[tuple[State, Outlook], StateCount] = {}
    for count in counts:
        cell = (count.state, at_age(count.outlook, is_old=is_old))
        before = found.get(cell, StateCount(*cell, 0, 0))
        found[cell] = replace(
            before,
            configurations=before.configurations + count.configurations,
            recipients=before.recipients + count.recipients,
            unsized=before.unsized + count.unsized,
        )
    return [count for count in found.values() if count.configurations]
