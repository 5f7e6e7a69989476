"""Sort sends by the time left."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from core.domain.list_query import OVERDUE_FOR, ListQuery, MayHaveBegun, Page, Sort, StateCount
from core.domain.model import Accounts, SendConfiguration
from core.domain.states import Outlook
from core.forecasting.forecast import Forecast, awaits_generation, stoppable_until
from core.services.forecasts import Forecasts

_NEVER: Final = datetime.max.replace(tzinfo=UTC)

MAX_READ: Final = 500

MAX_PAST: Final = 200


def closing_soonest(
    forecasts: Forecasts, limit: int, visible: Accounts, now: datetime
) -> Sequence[SendConfiguration]:
    """Return the `limit` sends with the least time left, soonest first.

    Leave out sends with a scheduled time more than OVERDUE_FOR ago.

    The store reads sends in the order of the scheduled time. A small send can begin before a large
    send with an earlier scheduled time. Therefore read more than `limit` sends, at most MAX_READ.
    No send begins before its scheduled time. Therefore stop if all unread sends are scheduled after
    the estimated start of send number `limit`.
    """
    size = 4 * limit
    while True:
        sends = forecasts.cache.get(forecasts.store.closing, now, size, visible)
        ordered = _ordered(forecasts, sends, now)
        if len(sends) < size or size >= MAX_READ:
            break
        _is_long_overdue, surely_until, *_ = ordered[limit - 1][0]
        if surely_until <= max(now, sends[-1].scheduled_at or surely_until):
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
    """Return the first `limit` rows of a list, sorted by the time left."""
    top = forecasts.cache.get(forecasts.store.top_rows, query, limit, counts)
    is_last_first = query.sort is Sort.CLOSING_LAST
    rows = soonest_first(forecasts, top.rows, now, is_reversed=is_last_first)
    return replace(top, rows=rows)


def past_their_time(forecasts: Forecasts, visible: Accounts, now: datetime) -> MayHaveBegun | None:
    """Return the stoppable sends that may have begun since the last report.

    Only the MAX_PAST sends with the latest scheduled times get a forecast. The result includes all
    sends with an earlier scheduled time.
    """
    get, store = forecasts.cache.get, forecasts.store
    due = ListQuery(visible=visible, outlooks=(Outlook.STOPPABLE,), until=now, sort=Sort.NEWEST)
    counts = tuple(get(store.state_counts, replace(due, outlooks=None)))
    sends = get(store.top_rows, due, MAX_PAST, counts).rows
    known = forecasts.forecasts(sends, now)
    times, surely_not = [], []
    for send in sends:
        assert send.scheduled_at is not None
        end = stoppable_until(send, known[send.id])
        if end is not None and end <= now:
            times.append(send.scheduled_at)
        else:
            surely_not.append((send.scheduled_at, send.id))
    if len(sends) == MAX_PAST and sends[-1].scheduled_at is not None:
        times.append(sends[-1].scheduled_at)
    if not times:
        return None
    # Do not set `until` to `now`: counts are cached for each `until`, and `now` changes every few
    # seconds.
    until = max(times) + timedelta.resolution
    kept = {id: at for at, id in surely_not if at < until}
    return MayHaveBegun(until, tuple(kept), min(kept.values(), default=None))


def soonest_first(
    forecasts: Forecasts,
    sends: Sequence[SendConfiguration],
    now: datetime,
    *,
    is_reversed: bool = False,
) -> list[SendConfiguration]:
    """Return the sends waiting for generation, soonest first. All other sends follow.

    With `is_reversed`, the waiting sends come latest first. In both orders, the last of the waiting
    sends are those without a scheduled time, and those scheduled more than OVERDUE_FOR ago.
    """
    ordered = _ordered(forecasts, [c for c in sends if awaits_generation(c)], now)
    if is_reversed:
        ordered.reverse()
        ordered.sort(key=lambda pair: pair[0][0])
    return [send for _, send in ordered] + [c for c in sends if not awaits_generation(c)]


_Key = tuple[bool, datetime, bool, datetime, str]


def _ordered(
    forecasts: Forecasts, sends: Sequence[SendConfiguration], now: datetime
) -> list[tuple[_Key, SendConfiguration]]:
    known = forecasts.forecasts(sends, now)
    keyed = [(_sort_key(send, known[send.id], now), send) for send in sends]
    return sorted(keyed, key=lambda pair: pair[0])


def _sort_key(send: SendConfiguration, forecast: Forecast, now: datetime) -> _Key:
    """Return the sort key of a send. The criteria, in this order:

    1. Sends without a scheduled time, or scheduled more than OVERDUE_FOR ago, come last.
    2. The careful estimate of the start of generation.
    3. Sends that have waited longer than all similar sends come last.
    4. The typical start of generation.
    """
    due = send.scheduled_at or _NEVER
    is_long_overdue = due <= now - OVERDUE_FOR or due is _NEVER
    surely_until = forecast.cautious_at or max(now, due)
    typically = forecast.typical_at or surely_until
    has_waited_longest = forecast.cautious_at is not None and forecast.typical_at is None
    return is_long_overdue, surely_until, has_waited_longest, typically, send.id
