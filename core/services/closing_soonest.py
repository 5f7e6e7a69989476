"""Sends that can be stopped, in the order in which their generation may begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from core.domain.list_query import ListQuery, Page, StateCount
from core.domain.model import Accounts, SendConfiguration
from core.domain.states import Outlook
from core.forecasting.forecast import Forecast, awaits_generation
from core.services.forecasts import Forecasts

#: The most sends that are read to find the sends that close soonest.
MAX_READ: Final = 500


def closing_soonest(
    forecasts: Forecasts,
    outlooks: tuple[Outlook, ...],
    limit: int,
    visible: Accounts,
    now: datetime,
) -> Sequence[SendConfiguration]:
    """Return the sends of these outlooks whose generation may begin soonest, in that order.

    The store returns sends by their scheduled time. But a small send can begin before a large send
    that was due earlier. So this function reads more than `limit` sends. It reads more until the
    last send of the result may begin before the scheduled time of every unread send: generation
    never begins before the scheduled time. After MAX_READ sends it stops: if so many sends are due,
    forecasts cannot distinguish them.
    """
    size = 4 * limit
    while True:
        sends = forecasts.cache.get(forecasts.store.closing, outlooks, size, visible)
        ordered = _ordered(forecasts, sends, now)
        if len(sends) < size or size >= MAX_READ:
            break
        surely_until, *_ = ordered[limit - 1][0]
        if surely_until <= max(now, sends[-1].scheduled_at):
            break
        size = min(4 * size, MAX_READ)
    return [send for _, send in ordered[:limit]]


def top_of_list(
    forecasts: Forecasts,
    query: ListQuery,
    limit: int,
    counts: tuple[StateCount, ...],
    now: datetime,
) -> Page:
    """Return the first `limit` rows of a list: sends that close soonest, then all others.

    `counts` as for `Store.top_rows`.
    """
    top = forecasts.cache.get(forecasts.store.top_rows, query, limit, counts)
    return replace(top, rows=soonest_first(forecasts, top.rows, now))


def soonest_first(
    forecasts: Forecasts, sends: Sequence[SendConfiguration], now: datetime
) -> list[SendConfiguration]:
    """Return sends in the order in which their generation may begin, then all others."""
    ordered = _ordered(forecasts, [c for c in sends if awaits_generation(c)], now)
    return [send for _, send in ordered] + [c for c in sends if not awaits_generation(c)]


_Key = tuple[datetime, bool, datetime, str]


def _ordered(
    forecasts: Forecasts, sends: Sequence[SendConfiguration], now: datetime
) -> list[tuple[_Key, SendConfiguration]]:
    known = forecasts.forecasts(sends, now)
    keyed = [(_sort_key(send, known[send.id], now), send) for send in sends]
    return sorted(keyed, key=lambda pair: pair[0])


def _sort_key(send: SendConfiguration, forecast: Forecast, now: datetime) -> _Key:
    """Return the moment until which a send can surely be stopped, and the order of equal moments.

    Several sends may begin at any moment. Of these, sends that typically begin now come first.
    Sends that have waited longer than all similar ones come last.
    """
    surely_until = forecast.cautious_at or max(now, send.scheduled_at)
    typically = forecast.typical_at or surely_until
    waits_for_ever = forecast.cautious_at is not None and forecast.typical_at is None
    return surely_until, waits_for_ever, typically, send.id
