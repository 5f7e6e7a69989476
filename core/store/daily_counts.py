"""The summary by day: how many sends there are, without counting them.

`daily_counts` holds, for each day, account, channel, state and generation, rows that add up. A
write adds what it took from one cell and gave to another, in its own transaction; nothing is ever
updated, so writers do not meet. Now and then the rows of a cell are made one again.

A question about whole days is answered from it; the parts of days at both ends of a time range are
counted in the table itself, where they are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from core.domain.list_query import ListQuery
from core.domain.model import Guard, SendConfiguration
from core.domain.states import Generation
from core.store.engine import Params, Transaction

TABLE: Final = "daily_counts"
COLUMNS: Final = (
    *("day", "account", "channel", "state", "generation"),
    *("configurations", "recipients"),
)
#: The cell of a row of `configurations c`, as SQL.
DAY: Final = "CAST(floor(extract(epoch FROM c.scheduled_at) / 86400) AS BIGINT)"
GENERATION: Final = (
    f"CASE WHEN c.generated_records > 0 OR c.generation_started_at IS NOT NULL "
    f"THEN '{Generation.STARTED}' WHEN c.generated_records IS NULL "
    f"THEN '{Generation.UNKNOWN}' ELSE '{Generation.NOT_STARTED}' END"
)
CELL: Final = f"{DAY}, c.account, c.channel, c.state, {GENERATION}"

#: Days between two sends up to which one look in the table serves both.
_NEAR: Final = 3

_Cell = tuple[int, str, str, str, str]


def day_of(moment: datetime) -> int:
    """Return the day of a moment: whole days since 1970, in UTC."""
    return int(moment.timestamp() // 86_400)


def begin_of(day: int) -> datetime:
    """Return the moment at which a day begins."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)


class Moves:
    """What a transaction takes from one cell and gives to another."""

    def __init__(self) -> None:
        self._moved: Counter[_Cell] = Counter()
        self._recipients: Counter[_Cell] = Counter()

    def add(self, guard: Guard, after: SendConfiguration) -> None:
        """Note that a send is now what `after` says, and was what the guard saw."""
        now = (after.state, after.generation)
        was = (guard.state, guard.generation)
        if now == was:
            return
        place = (day_of(after.scheduled_at), after.account, after.channel)
        for (state, generation), sign in ((was, -1), (now, 1)):
            cell = (*place, state.value, generation.value)
            self._moved[cell] += sign
            self._recipients[cell] += sign * after.total_records

    def write(self, tx: Transaction) -> None:
        """Add it to the summary."""
        rows = [
            (*cell, count, self._recipients[cell])
            for cell, count in self._moved.items()
            if count or self._recipients[cell]
        ]
        if rows:
            tx.change(*_adding(rows))


def _adding(rows: Sequence[tuple[object, ...]]) -> tuple[str, Params]:
    values = {
        f"{name}_{n}": value
        for n, row in enumerate(rows)
        for name, value in zip(COLUMNS, row, strict=True)
    }
    places = ", ".join(
        "(" + ", ".join(f"${name}_{n}" for name in COLUMNS) + ")" for n in range(len(rows))
    )
    # Names from the code only.
    return f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES {places}", values  # noqa: S608


@dataclass(frozen=True, slots=True)
class Range:
    """A time range in two parts: whole days (first and the one after the last), and the rest.

    None stands for no bound. `edges` are to be counted in the table.
    """

    first: int | None
    end: int | None
    edges: tuple[ListQuery, ...]

    @property
    def has_days(self) -> bool:
        """Whether there is any whole day."""
        return self.first is None or self.end is None or self.first < self.end


def in_days(query: ListQuery) -> Range:
    """Part a query's time range into whole days and edges."""
    first = None if query.since is None else -(-query.since.timestamp() // 86_400)
    end = None if query.until is None else day_of(query.until)
    if first is not None and end is not None and first >= end:
        return Range(0, 0, (query,))
    edges = []
    if first is not None:
        edges.append(replace(query, until=begin_of(int(first))))
    if end is not None:
        edges.append(replace(query, since=begin_of(end)))
    used = tuple(edge for edge in edges if edge.since != edge.until)
    return Range(None if first is None else int(first), end, used)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring days in which rows of a page are, and how many to pass over there."""

    since: datetime
    until: datetime
    offset: int


def stretches(
    days: Sequence[tuple[int, int]], offset: int, limit: int, *, newest_first: bool
) -> Iterator[Stretch]:
    """Return where the rows of a page are, in order, given how many there are on each day.

    Days before the page are passed over without a look, so that the last page costs what the first
    one does; and a send that was forgotten half a year ago does not make anybody look through all
    the days between.
    """
    wanted = offset + limit
    passed, start = 0, None
    first = last = 0
    for day, count in sorted(days, reverse=newest_first):
        if passed + count <= offset:
            passed += count
            continue
        if start is not None and abs(day - last) > _NEAR:
            yield _stretch(first, last, start)
            start = None
        if start is None:
            first, start = day, max(0, offset - passed)
        last = day
        passed += count
        if passed >= wanted:
            break
    if start is not None:
        yield _stretch(first, last, start)


def _stretch(one: int, other: int, offset: int) -> Stretch:
    return Stretch(begin_of(min(one, other)), begin_of(max(one, other) + 1), offset)
