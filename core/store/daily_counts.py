"""The summary by day: the table `daily_counts`. Pages read the counts instead of all sends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from core.domain.list_query import ListQuery
from core.domain.states import Generation

COLUMNS: Final = (
    *("day", "account", "channel", "state", "generation", "abort_confirmation"),
    "went_on_as",
    *("configurations", "recipients", "unsized"),
)
#: SQL for the table `configurations` with the alias `c`. A *cell* is a group of sends for which all
#: values of CELL are equal. The summary has the counts of each cell.
DAY: Final = "CAST(floor(extract(epoch FROM c.scheduled_at) / 86400) AS BIGINT)"
GENERATION: Final = (
    f"CASE WHEN c.generated_records > 0 OR c.generation_started_at IS NOT NULL "
    f"THEN '{Generation.STARTED}' WHEN c.generated_records IS NULL "
    f"THEN '{Generation.UNKNOWN}' ELSE '{Generation.NOT_STARTED}' END"
)
CELL: Final = (
    f"{DAY}, c.account, c.channel, c.state, {GENERATION}, c.abort_confirmation, c.went_on_as"
)

#: If the next day with sends is more than this number of days away, a new `DayRun` begins.
_NEAR: Final = 3


def day_of(moment: datetime) -> int:
    """Return the number of the UTC day of a moment. Day 0 is 1970-01-01."""
    return int(moment.timestamp() // 86_400)


def begin_of(day: int) -> datetime:
    """Return the start of a day."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)


@dataclass(frozen=True, slots=True)
class DayRange:
    """A time range, split into whole days and the rest.

    The whole days are from `first` (included) to `end` (excluded). None means no bound. `edges` are
    queries for the rest: incomplete days, and the late sends that `looks_ahead` adds.
    """

    first: int | None
    end: int | None
    edges: tuple[ListQuery, ...]

    @property
    def has_days(self) -> bool:
        return self.first is None or self.end is None or self.first < self.end

    def has_day(self, day: int) -> bool:
        return (self.first is None or self.first <= day) and (self.end is None or day < self.end)


def split_days(query: ListQuery) -> DayRange:
    """Split the time range of a query into whole days and the rest."""
    if query.looks_ahead and query.since is not None:
        parts = split_days(replace(query, looks_ahead=False))
        overdue = replace(query, until=query.since)
        return replace(parts, edges=(overdue, *parts.edges))
    first = None if query.since is None else int(-(-query.since.timestamp() // 86_400))
    end = None if query.until is None else day_of(query.until)
    if first is not None and end is not None and first >= end:
        return DayRange(0, 0, (query,))
    edges = []
    if first is not None:
        edges.append(replace(query, until=begin_of(first)))
    if end is not None:
        edges.append(replace(query, since=begin_of(end)))
    return DayRange(first, end, tuple(edge for edge in edges if edge.since != edge.until))


@dataclass(frozen=True, slots=True)
class DayRun:
    """The days that one SQL query reads. `offset` is the number of rows to skip on these days.

    For sends without a time, `since` and `until` are None.
    """

    since: datetime | None
    until: datetime | None
    offset: int


def day_runs(
    days: Sequence[tuple[int | None, int]], offset: int, limit: int, *, newest_first: bool
) -> Iterator[DayRun]:
    """Return the days that contain the `limit` rows after the first `offset` rows.

    `days` are pairs: a day, and the number of sends on this day. Sends without a time have the day
    None, and are always last.
    """
    passed, skip = 0, 0
    run: list[int] = []
    timed = [(day, count) for day, count in days if day is not None]
    for day, count in sorted(timed, reverse=newest_first):
        if passed + count <= offset:
            passed += count
            continue
        if run and abs(day - run[-1]) > _NEAR:
            yield _day_run(run, skip)
            run = []
        if not run:
            skip = max(0, offset - passed)
        run.append(day)
        passed += count
        if passed >= offset + limit:
            break
    if run:
        yield _day_run(run, skip)
    if passed < offset + limit and len(timed) < len(days):
        yield DayRun(None, None, max(0, offset - passed))


def _day_run(days: Sequence[int], offset: int) -> DayRun:
    return DayRun(begin_of(min(days)), begin_of(max(days) + 1), offset)
