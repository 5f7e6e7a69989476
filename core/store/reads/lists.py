"""Lists and counts of configurations: what they cost does not grow with how many there are.

Counts come from the summary by day (`daily_counts`); rows are looked for on the days on which
the summary says that they are. Only a search for a text, and the orders by name and by recipients,
look through rows, and a search only through the newest ones unless somebody asks for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.domain.list_query import Choices, HourVolume, ListQuery, Page, Sort, StateCount, Tiles
from core.domain.model import Accounts, SendConfiguration
from core.domain.states import MAY_BE_STOPPED, Generation, Outlook, State, abort_rule
from core.store import daily_counts
from core.store import rows as r
from core.store.engine import Engine, Row, named_sql
from core.store.reads import conditions as v

_CONFIGURATION = r.columns(r.CONFIGURATION_COLUMNS)

#: Rows that a search looks through, the newest first.
SEARCHED: Final = 500_000

_TROUBLED: Final = (State.WAITING_CONFIRMATION, State.SMTP_ERROR, State.UNKNOWN)

#: Sends and recipients by state and generation.
_Cells = Mapping[tuple[State, Generation], tuple[int, int]]

#: A condition twice: on rows of configurations, and on the summary.
_Twice = tuple[v.Filter, v.Filter]
_ANY: Final[_Twice] = (("true", {}), ("true", {}))


class SqlLists:
    """The part of the store port that answers with many configurations."""

    _engine: Engine

    def page(self, query: ListQuery, counts: Sequence[StateCount] | None = None) -> Page:
        """Return one page of configurations and the number on all pages.

        `counts` is what `state_counts` answers to the same query, where that is known already.
        """
        return self._part(query, query.offset, query.page_size, counts)

    def head(self, query: ListQuery, limit: int, counts: Sequence[StateCount]) -> Page:
        """Return the first rows of a list as one page, whatever page of it is asked for."""
        return self._part(query, 0, limit, counts)

    def _part(
        self, query: ListQuery, offset: int, limit: int, counts: Sequence[StateCount] | None
    ) -> Page:
        asked, since = self._searched(query)
        known = [
            c
            for c in (self._state_counts(asked) if counts is None else counts)
            if _matches(c, query)
        ]
        total = sum(c.configurations for c in known)
        # Never more than there are: a search for what is not there looks through all rows.
        limit = min(limit, total - offset)
        found = self._page_rows(asked, known, offset, limit) if limit > 0 else []
        return Page([r.to_configuration(row) for row in found], total, query, since)

    def _page_rows(
        self, query: ListQuery, counts: Sequence[StateCount], offset: int, limit: int
    ) -> list[Row]:
        if query.sort is Sort.CLOSING:
            ahead = sum(c.configurations for c in counts if _is_ahead(c))
            found = []
            if offset < ahead:
                found = self._by_time(
                    query, _ahead(MAY_BE_STOPPED), offset, limit, newest_first=False
                )
            if missing := limit - len(found):
                rest = max(0, offset - ahead)
                found += self._by_time(query, _not_ahead(), rest, missing, newest_first=True)
            return found
        if query.sort in (Sort.NEWEST, Sort.OLDEST):
            newest = query.sort is Sort.NEWEST
            return self._by_time(query, _ANY, offset, limit, newest_first=newest)
        return self._rows(v.where(query), v.order(query.sort), offset, limit)

    def _by_time(
        self, query: ListQuery, also: _Twice, offset: int, limit: int, *, newest_first: bool
    ) -> list[Row]:
        """Return rows in order of time, looked for only on days on which there are any."""
        order = v.order(Sort.NEWEST if newest_first else Sort.OLDEST)
        where = v.both(v.where(query), also[0])
        if query.text:
            return self._rows(where, order, offset, limit)
        found: list[Row] = []
        days = self._days(query, also)
        for stretch in daily_counts.stretches(days, offset, limit, newest_first=newest_first):
            within = (
                "scheduled_at >= $from_day AND scheduled_at < $to_day",
                {"from_day": stretch.since, "to_day": stretch.until},
            )
            missing = limit - len(found)
            found += self._rows(v.both(where, within), order, stretch.offset, missing)
        return found

    def _rows(self, where: v.Filter, order: str, offset: int, limit: int) -> list[Row]:
        text, params = where
        sql = named_sql("read")["page"].format(columns=_CONFIGURATION, where=text, order=order)
        return self._engine.rows(sql, {**params, "limit": limit, "offset": offset})

    def _days(self, query: ListQuery, also: _Twice) -> list[tuple[int, int]]:
        """Return how many there are on each day on which there are any."""
        sql, parts = named_sql("read"), daily_counts.in_days(query)
        found: Counter[int] = Counter()
        if parts.has_days:
            counted = v.both(v.where_counted(query, parts.first, parts.end), also[1])
            found.update(dict(self._engine.rows(sql["days"].format(where=counted[0]), counted[1])))
        for edge in parts.edges:
            where = v.both(v.where(edge), also[0])
            text = sql["days_in_rows"].format(day=daily_counts.DAY, where=where[0])
            found.update(dict(self._engine.rows(text, where[1])))
        return list(found.items())

    def _searched(self, query: ListQuery) -> tuple[ListQuery, datetime | None]:
        """Return the query with the time from which its text is looked for, and that time."""
        if not query.text or query.everything:
            return query, None
        passed = 0
        for day, count in sorted(self._days(replace(query, text=""), _ANY), reverse=True):
            if passed and passed + count > SEARCHED:
                since = daily_counts.begin_of(day + 1)
                return replace(query, since=max(since, query.since or since)), since
            passed += count
        return query, None

    def state_counts(self, query: ListQuery) -> Sequence[StateCount]:
        """Count by state and outlook under all filters but those on state and outlook."""
        return self._state_counts(self._searched(replace(query, state=None, outlooks=()))[0])

    def _state_counts(self, query: ListQuery) -> list[StateCount]:
        sums: dict[tuple[State, Outlook], tuple[int, int]] = {}
        for (state, generation), (count, people) in self._cells(query).items():
            key = (state, abort_rule(state, generation).outlook)
            before = sums.get(key, (0, 0))
            sums[key] = (before[0] + count, before[1] + people)
        return [StateCount(*key, *counts) for key, counts in sums.items()]

    def _cells(self, query: ListQuery) -> _Cells:
        plain = replace(query, state=None, outlooks=())
        if plain.text:
            return self._cells_in_rows([plain])
        parts = daily_counts.in_days(plain)
        found = dict(self._cells_in_rows(parts.edges))
        if parts.has_days:
            where, params = v.where_counted(plain, parts.first, parts.end)
            rows = self._engine.rows(named_sql("read")["cells"].format(where=where), params)
            _add_cells(found, rows)
        return found

    def _cells_in_rows(self, queries: Sequence[ListQuery]) -> _Cells:
        found: dict[tuple[State, Generation], tuple[int, int]] = {}
        for query in queries:
            where, params = v.where(query)
            sql = named_sql("read")["cells_in_rows"]
            text = sql.format(generation=daily_counts.GENERATION, where=where)
            _add_cells(found, self._engine.rows(text, params))
        return found

    def choices(self, visible: Accounts = None) -> Choices:
        """Return the accounts and channels there are."""
        condition, params = v.visible(visible)
        found = self._engine.rows(named_sql("read")["choices"].format(visible=condition), params)
        accounts = tuple(value for kind, value in found if kind == "account")
        return Choices(accounts, tuple(value for kind, value in found if kind == "channel"))

    def _ahead_tiles(self, now: datetime, visible: Accounts) -> Tiles:
        """Return those of the overview's figures that count configurations."""
        day = timedelta(days=1)
        everything = self._cells(ListQuery(visible=visible))
        soon = self._cells(ListQuery(visible=visible, until=now + day))
        around = self._cells(ListQuery(visible=visible, since=now - day, until=now + day))
        begun = (State.IN_PROGRESS, Generation.STARTED)
        return Tiles(
            scheduled_next_day=_sum(soon, State.SCHEDULED),
            processing=_sum(everything, State.PROCESANDO),
            in_progress_stoppable=_sum(
                {cell: n for cell, n in everything.items() if cell != begun}, State.IN_PROGRESS
            ),
            generating=everything.get(begun, (0, 0)),
            needs_attention=_sum(around, *_TROUBLED)[0],
        )

    def volume(
        self, since: datetime, until: datetime, visible: Accounts = None
    ) -> Sequence[HourVolume]:
        """Return recipients by hour of `scheduled_at` and outlook, in order of time.

        A send that finished short counts with those whom it reached.
        """
        condition, params = v.visible(visible)
        sql = named_sql("read")["volume"].format(
            generation=daily_counts.GENERATION,
            visible=condition,
            is_confirmed=named_sql("log")["is_confirmed"],
        )
        sums: dict[tuple[datetime, Outlook], tuple[int, int]] = {}
        for hour, state, generation, is_unsure, count, people in self._engine.rows(
            sql, {"since": since, "until": until, **params}
        ):
            outlook = abort_rule(State(state), Generation(generation)).outlook
            key = (hour, Outlook.UNCERTAIN if is_unsure else outlook)
            before = sums.get(key, (0, 0))
            sums[key] = (before[0] + count, before[1] + people)
        return [HourVolume(*key, *sums[key]) for key in sorted(sums)]

    def closing(
        self, outlooks: Sequence[Outlook], limit: int, visible: Accounts = None
    ) -> Sequence[SendConfiguration]:
        """Return the sends of these outlooks with the earliest `scheduled_at`."""
        asked = ListQuery(visible=visible)
        found = self._by_time(asked, _ahead(outlooks), 0, limit, newest_first=False)
        return [r.to_configuration(row) for row in found]

    def moving(self, due: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that the platform may take further by `due`, the earliest first."""
        under_way = "state IN ('PROCESANDO', 'IN-PROGRESS', 'DELIVERY-ENDING', 'CANCELLING')"
        rows = f"{under_way} OR (state = 'SCHEDULED' AND scheduled_at <= $due)"
        counts = f"{under_way} OR (state = 'SCHEDULED' AND day <= $due_day)"
        also = ((rows, {"due": due}), (counts, {"due_day": daily_counts.day_of(due)}))
        found = self._by_time(ListQuery(), also, 0, limit, newest_first=False)
        return [r.to_configuration(row) for row in found]


def _matches(count: StateCount, query: ListQuery) -> bool:
    return query.state in (None, count.state) and (
        not query.outlooks or count.outlook in query.outlooks
    )


def _is_ahead(count: StateCount) -> bool:
    return count.outlook in MAY_BE_STOPPED and count.state in v.STILL_AHEAD


def _ahead(outlooks: Sequence[Outlook]) -> _Twice:
    """Return the condition that a send still goes out and has one of these outlooks."""
    states = ", ".join(f"'{state}'" for state in v.STILL_AHEAD)

    def of(written: Mapping[Generation, str]) -> v.Filter:
        return f"state IN ({states}) AND {v.outlook_condition(outlooks, written)}", {}

    return of(v.IN_ROWS), of(v.IN_COUNTS)


def _not_ahead() -> _Twice:
    rows, counts = _ahead(MAY_BE_STOPPED)
    return (f"({rows[0]}) IS NOT TRUE", {}), (f"({counts[0]}) IS NOT TRUE", {})


def _add_cells(found: dict[tuple[State, Generation], tuple[int, int]], rows: Sequence[Row]) -> None:
    for state, generation, count, people in rows:
        key = (State(state), Generation(generation))
        before = found.get(key, (0, 0))
        found[key] = (before[0] + count, before[1] + people)


def _sum(cells: _Cells, *states: State) -> tuple[int, int]:
    chosen = [n for (state, _), n in cells.items() if state in states]
    return sum(n[0] for n in chosen), sum(n[1] for n in chosen)
