"""Lists and counts of sends (`core.ports.send_reads.SendLists`).

A list in order of time is fast: the summary has the number of sends on each day, and Freio reads
only the days of the page. A search, or an order by name or recipients, scans many rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import combinations
from operator import add
from typing import Final

from core.domain.list_query import (
    BY_TIME_LEFT,
    MOST_SEARCHED,
    OVERDUE_FOR,
    Choices,
    HourVolume,
    ListQuery,
    MayHaveBegun,
    Page,
    Sort,
    StateCount,
    StoppedCounts,
)
from core.domain.model import Accounts, ConfigurationId, Confirmation, SendConfiguration
from core.domain.rules import outlook
from core.domain.search_text import search_words
from core.domain.states import (
    CAN_BE_STOPPED,
    MAY_BE_STOPPED,
    ON_ITS_WAY,
    Generation,
    Outlook,
    State,
)
from core.store.daily_counts import DAY, GENERATION, begin_of, day_of, day_runs, split_days
from core.store.engine import Row
from core.store.named_sql import named_sql
from core.store.reads.list_filters import (
    COULD_BE_STOPPED,
    Filter,
    all_of,
    near,
    order_by,
    sends_filter,
    soonest_first,
    summary_filter,
    visible_filter,
    word_filter,
)
from core.store.rows import CONFIGURATION
from core.store.state_conditions import ON_SENDS, ON_SUMMARY, names_of
from core.store.store_part import Shared, StorePart

#: If a search of at most MAX_WORDS words finds nothing, Freio offers at most _MAX_PARTS searches
#: with fewer words.
MAX_WORDS: Final = 6
_MAX_PARTS: Final = 3

_Cells = dict[tuple[State, Outlook], StateCount]

#: The earliest and the latest time of some sends, perhaps also others. If a send has no time, one
#: of the times is None. If the times are unknown, the tuple is empty.
_Times = tuple[datetime | None, ...]

#: The maximum number of results in each cache.
_MOST_KNOWN: Final = 16

#: Two forms of a condition: for rows of `configurations`, and for the summary by day.
_BothFilters = tuple[Filter, Filter]
#: A list in order of time: number of sends, query, condition, times, whether newest first.
_Part = tuple[int, ListQuery, _BothFilters, _Times, bool]
_ANY: Final[_BothFilters] = (("true", {}), ("true", {}))


class Lists(StorePart):
    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        # The revision is an argument: after a write, the revision is new, and no old result fits.
        self._known_accounts = lru_cache(_MOST_KNOWN)(self._accounts)
        self._known_times = lru_cache(_MOST_KNOWN)(self._times)

    def page(self, query: ListQuery, counts: Sequence[StateCount] | None = None) -> Page:
        return self._part(query, query.offset, query.page_size, counts)

    def top_rows(self, query: ListQuery, limit: int, counts: Sequence[StateCount]) -> Page:
        return self._part(query, 0, limit, counts)

    def _part(
        self, query: ListQuery, offset: int, limit: int, counts: Sequence[StateCount] | None
    ) -> Page:
        bounded, since = self._bound_search(query)
        counts = self._state_counts(bounded) if counts is None else counts
        counts = [count for count in counts if query.includes(count)]
        total = _total(counts)
        # If fewer rows than the limit exist, the database scans all rows.
        limit = min(limit, total - offset)
        rows = self._page_rows(bounded, counts, offset, limit) if limit > 0 else []
        return Page(rows, total, query, since)

    def _page_rows(
        self, query: ListQuery, counts: Sequence[StateCount], offset: int, limit: int
    ) -> list[SendConfiguration]:
        if query.sort in BY_TIME_LEFT:
            ahead = [count for count in counts if count.may_be_stopped]
            rest = [count for count in counts if not count.may_be_stopped]
            newest = query.sort is Sort.CLOSING_LAST
            parts: list[_Part] = [
                (_total(ahead), query, self._ahead(), _times(ahead), newest),
                (_total(rest), query, self._not_ahead(), _times(rest), True),
            ]
            return self._joined(parts, offset, limit)
        if query.sort in (Sort.STATE, Sort.STATE_DOWN):
            backwards = query.sort is Sort.STATE_DOWN
            states = {count.state for count in counts}
            parts = []
            for state in sorted(states, key=list(State).index, reverse=backwards):
                some = [count for count in counts if count.state is state]
                part, newest = replace(query, state=state), state not in ON_ITS_WAY
                parts.append((_total(some), part, _ANY, _times(some), newest))
            return self._joined(parts, offset, limit)
        # In a search, `since` alone is no range: `_bound_search` can have set `since`.
        has_range = query.until is not None or not (query.since is None or query.text)
        if query.sort is Sort.SOONEST and query.now is not None and not has_range:
            return self._soonest(query, query.now, offset, limit)
        times = _times(counts)
        if query.sort in (Sort.NEWEST, Sort.OLDEST, Sort.SOONEST):
            newest = query.sort is Sort.NEWEST
            return self._by_time(query, _ANY, times, offset, limit, newest_first=newest)
        return self._rows(self._filter(query, times), order_by(query.sort), offset, limit)

    def _joined(self, parts: Iterable[_Part], offset: int, limit: int) -> list[SendConfiguration]:
        """Join several lists, and return `limit` rows from `offset`."""
        found: list[SendConfiguration] = []
        for total, query, also, times, newest_first in parts:
            most = min(limit - len(found), total - offset)
            if most > 0:
                found += self._by_time(query, also, times, offset, most, newest_first=newest_first)
            offset = max(0, offset - total)
        return found

    def _soonest(
        self, query: ListQuery, now: datetime, offset: int, limit: int
    ) -> list[SendConfiguration]:
        """Return future sends (soonest first), and then past sends (latest first).

        A stoppable send with a delay of less than OVERDUE_FOR also counts as future.
        """
        if query.is_of_rows:
            order, params = soonest_first(now, self._conditions)
            return self._rows(all_of(self._filter(query), ("true", params)), order, offset, limit)
        # The first part already contains some late sends. `begun` leaves these sends out of the
        # second part. `begun` has no condition for the summary: the second part spans less than a
        # day, so it reads only rows.
        middle = now - OVERDUE_FOR + timedelta(microseconds=1)
        begun: _BothFilters = (f"({self._conditions.still_ahead}) IS NOT TRUE", {}), _ANY[1]
        untimed: _BothFilters = ("scheduled_at IS NULL", {}), ("day IS NULL", {})
        parts = (
            (replace(query, since=now, looks_ahead=True), _ANY, False),
            (replace(query, since=middle, until=now), begun, True),
            (replace(query, until=middle), _ANY, True),
            (query, untimed, True),
        )
        counted = (
            (sum(n for _day, n in self._days(part, also)), part, also, (), newest_first)
            for part, also, newest_first in parts
        )
        return self._joined(counted, offset, limit)

    def _by_time(
        self,
        query: ListQuery,
        also: _BothFilters,
        times: _Times,
        offset: int,
        limit: int,
        *,
        newest_first: bool,
    ) -> list[SendConfiguration]:
        sort = Sort.NEWEST if newest_first else Sort.OLDEST
        where = all_of(self._filter(query, times), also[0])
        if query.is_of_rows:
            return self._rows(where, order_by(sort), offset, limit)
        found: list[SendConfiguration] = []
        days = self._days(query, also)
        # With NULLS LAST, the database could not use an index.
        order = order_by(sort, nulls_last=False)
        for run in day_runs(days, offset, limit, newest_first=newest_first):
            within: Filter = ("scheduled_at IS NULL", {})
            if run.since is not None:
                within = (
                    "scheduled_at >= $from_day AND scheduled_at < $to_day",
                    {"from_day": run.since, "to_day": run.until},
                )
            missing = limit - len(found)
            found += self._rows(all_of(where, within), order, run.offset, missing)
        return found

    def _rows(self, where: Filter, order: str, offset: int, limit: int) -> list[SendConfiguration]:
        params = {**where[1], "limit": limit, "offset": offset}
        return self._find(CONFIGURATION, "read", "page", params, where=where[0], order=order)

    def _filter(self, query: ListQuery, times: _Times = ()) -> Filter:
        """Return the filter on `configurations` for a query, with the search words.

        `times` contains the earliest and the latest time of the sends, or nothing.
        """
        # DuckDB uses the index only for a single id. For several ids, the times limit the scan.
        if query.ids and not times:
            times = self._known_times(self._revision.current(), query.ids)
        bounds = [near(times)] if times else []
        return all_of(sends_filter(query, self._conditions), *self._word_filters(query), *bounds)

    def _times(self, _revision: int, ids: Sequence[ConfigurationId]) -> _Times:
        # Each part of the UNION uses the index. A statement for each id takes four times as long.
        one = named_sql("read")["scheduled_at"]
        sql = " UNION ALL ".join(one.format(id=f"$id{n}") for n in range(len(ids)))
        rows = self._engine.rows(sql, {f"id{n}": id for n, id in enumerate(ids)})
        return tuple(at for (at,) in rows)

    def _accounts(self, _revision: int, visible: Accounts) -> tuple[str, ...]:
        return self.choices(visible).accounts

    def _word_filters(self, query: ListQuery) -> list[Filter]:
        words = search_words(query.text)
        accounts = self._known_accounts(self._revision.current(), query.visible) if words else ()
        return [word_filter(word, accounts, f"word{n}") for n, word in enumerate(words)]

    def _days(self, query: ListQuery, also: _BothFilters) -> list[tuple[int | None, int]]:
        """Return the number of sends on each day. Sends without a time have the day None."""
        parts = split_days(query)
        found: Counter[int | None] = Counter()
        if parts.has_days:
            counted = summary_filter(query, parts.first, parts.end, self._conditions)
            where, params = all_of(counted, also[1])
            found.update(dict(self._read("read", "days", params, where=where)))
            for day, count in self._begun_days(query, also):
                if parts.has_day(day):
                    found[day] += count
        for edge in parts.edges:
            found.update(dict(self._days_in_rows(edge, also)))
        return list(found.items())

    def _days_in_rows(self, query: ListQuery, also: _BothFilters, times: _Times = ()) -> list[Row]:
        where, params = all_of(self._filter(query, times), also[0])
        return self._read("read", "days_in_rows", params, day=DAY, where=where)

    def _begun_days(self, query: ListQuery, also: _BothFilters) -> list[tuple[int, int]]:
        """Return pairs: a day, and the number to add to the sends that the summary counts.

        The summary does not know `query.begun`.
        """
        begun = query.begun
        if query.outlooks is None or begun is None:
            return []
        is_added = Outlook.UNCERTAIN in query.outlooks
        if is_added is (Outlook.STOPPABLE in query.outlooks):
            return []
        # `_days` reads late sends as rows, so their numbers need no correction.
        due = _due(replace(query, looks_ahead=False), begun)
        found = Counter(dict(self._days(due, also)))
        if begun.surely_not:
            among = replace(due, ids=begun.surely_not)
            found.subtract(dict(self._days_in_rows(among, also, _times_of(begun))))
        sign = 1 if is_added else -1
        return [(day, sign * count) for day, count in found.items() if day is not None]

    def _bound_search(self, query: ListQuery) -> tuple[ListQuery, datetime | None]:
        """Limit a search to the newest days that together have at most MOST_SEARCHED sends.

        Return the query, and the start of the earliest of these days (None: all days).
        """
        if not query.text or query.everything:
            return query, None
        scanned = 0
        days = self._days(replace(query, text=""), _ANY)
        for day, count in sorted(((d, n) for d, n in days if d is not None), reverse=True):
            if scanned and scanned + count > MOST_SEARCHED:
                since = begin_of(day + 1)
                if query.since is not None and query.since > since:
                    return query, since
                return replace(query, since=since, looks_ahead=False), since
            scanned += count
        return query, None

    def state_counts(self, query: ListQuery) -> Sequence[StateCount]:
        return self._state_counts(self._bound_search(replace(query, state=None, outlooks=None))[0])

    def _state_counts(self, query: ListQuery) -> list[StateCount]:
        plain = replace(query, state=None, outlooks=None, begun=None)
        found = self._reported_cells(plain)
        if query.begun is not None:
            for count in self._begun_cells(plain, query.begun).values():
                # Counts from the summary have no times, so the moved counts must have none.
                _move_begun(found, count if plain.is_of_rows else replace(count, times=()))
        return list(found.values())

    def _begun_cells(self, plain: ListQuery, begun: MayHaveBegun) -> _Cells:
        due = _due(plain, begun)
        # A list that looks ahead begins now, and `begun.until` is not later. So `due` has only the
        # late sends of the last day. Read their rows.
        found = self._cells_in_rows([due]) if due.looks_ahead else self._reported_cells(due)
        if begun.surely_not:
            known = begun.surely_not if due.ids is None else {*begun.surely_not} & {*due.ids}
            among = replace(due, ids=tuple(known))
            for key, count in self._cells_in_rows([among], _times_of(begun)).items():
                if key in found:
                    found[key] = _sum(found[key], count, -1)
        return found

    def _reported_cells(self, plain: ListQuery) -> _Cells:
        if plain.is_of_rows:
            return self._cells_in_rows([plain])
        parts = split_days(plain)
        found = self._cells_in_rows(parts.edges)
        if parts.has_days:
            where, params = summary_filter(plain, parts.first, parts.end, self._conditions)
            self._add_cells(found, self._read("read", "cells", params, where=where))
        # The summary has no times. The times of the edges alone would be incomplete.
        return {key: replace(count, times=()) for key, count in found.items()}

    def _cells_in_rows(self, queries: Sequence[ListQuery], times: _Times = ()) -> _Cells:
        found: _Cells = {}
        for query in queries:
            where, params = self._filter(query, times)
            words = {"generation": GENERATION, "where": where}
            self._add_cells(found, self._read("read", "cells_in_rows", params, **words))
        return found

    def fewer_words(self, query: ListQuery) -> Sequence[tuple[str, int]]:
        words = search_words(query.text)
        if not 1 < len(words) <= MAX_WORDS:
            return []
        bounded, _ = self._bound_search(query)
        conditions = self._word_filters(bounded)
        mask = " + ".join(
            f"CASE WHEN {text} THEN {1 << n} ELSE 0 END" for n, (text, _) in enumerate(conditions)
        )
        where = sends_filter(bounded, self._conditions)
        _, params = all_of(where, *conditions)
        found = self._read("read", "words_found", params, mask=mask, where=where[0])
        return _best_parts(words, dict(found))

    def choices(self, visible: Accounts = None) -> Choices:
        condition, params = visible_filter(visible)
        found = self._read("read", "choices", params, visible=condition)
        accounts = tuple(value for kind, value in found if kind == "account")
        return Choices(accounts, tuple(value for kind, value in found if kind == "channel"))

    def stopped_since(self, midnight: datetime, visible: Accounts = None) -> StoppedCounts:
        condition, params = visible_filter(visible)
        log = named_sql("log")
        found = self._read(
            "read",
            "stopped_since",
            {"midnight": midnight, **params},
            visible=condition,
            is_confirmed=log["is_confirmed"],
            with_news=log["with_news"].format(receipt="r.id"),
            spared=log["spared"].format(row="r"),
        )
        return StoppedCounts(*found[0])

    def volume(
        self, since: datetime, until: datetime, visible: Accounts = None
    ) -> Sequence[HourVolume]:
        condition, params = visible_filter(visible)
        params = {"since": since, "until": until, **params}
        words = {"generation": GENERATION, "visible": condition}
        sums: dict[tuple[datetime, Outlook], tuple[int, ...]] = {}
        for hour, state, generation, confirmation, *counts in self._read(
            "read", "volume", params, **words
        ):
            key = (hour, self._outlook(state, generation, confirmation))
            sums[key] = tuple(map(add, sums.get(key, (0, 0, 0, 0)), counts))
        return [HourVolume(*key, *sums[key]) for key in sorted(sums)]

    def closing(
        self, since: datetime, limit: int, visible: Accounts = None
    ) -> Sequence[SendConfiguration]:
        query = ListQuery(visible=visible, since=since, looks_ahead=True)
        return self._by_time(query, self._ahead(), (), 0, limit, newest_first=False)

    def due_to_move(self, due: datetime, limit: int) -> Sequence[SendConfiguration]:
        under_way = "state IN ('PROCESANDO', 'IN-PROGRESS', 'DELIVERY-ENDING', 'CANCELLING')"
        rows = f"{under_way} OR (state = 'SCHEDULED' AND scheduled_at <= $due)"
        counts = f"{under_way} OR (state = 'SCHEDULED' AND day <= $due_day)"
        also = ((rows, {"due": due}), (counts, {"due_day": day_of(due)}))
        return self._by_time(ListQuery(), also, (), 0, limit, newest_first=False)

    def _ahead(self) -> _BothFilters:
        """Return the condition that a send can surely or perhaps be stopped."""
        # Compare the states too: a cancelled send can also have the outlook UNCERTAIN.
        states = names_of(self._platform.states_with(CAN_BE_STOPPED) | set(ON_ITS_WAY))

        def of(on: Mapping[Generation, str]) -> Filter:
            return f"state IN ({states}) AND {self._conditions.outlook(MAY_BE_STOPPED, on)}", {}

        return of(ON_SENDS), of(ON_SUMMARY)

    def _not_ahead(self) -> _BothFilters:
        rows, counts = self._ahead()
        return (f"({rows[0]}) IS NOT TRUE", {}), (f"({counts[0]}) IS NOT TRUE", {})

    def _add_cells(self, found: _Cells, rows: Sequence[Row]) -> None:
        for row in rows:
            state, generation, confirmation, went_on_as, sends, recipients, unsized, *bounds = row
            # A send that went on after an abort counts in the reported state.
            key = (State(went_on_as or state), self._outlook(state, generation, confirmation))
            count = StateCount(*key, sends, recipients, unsized, _bounds(*bounds))
            if before := found.get(key):
                count = replace(_sum(before, count, 1), times=before.times + count.times)
            found[key] = count

    def _outlook(self, state: str, generation: str, abort_confirmation: str | None) -> Outlook:
        confirmation = None if abort_confirmation is None else Confirmation(abort_confirmation)
        return outlook(State(state), Generation(generation), confirmation, self._platform)


def _move_begun(found: _Cells, begun: StateCount) -> None:
    """Move the numbers in `begun` to the outlook UNCERTAIN."""
    key, unsure = (begun.state, begun.outlook), (begun.state, Outlook.UNCERTAIN)
    if not begun.configurations or key not in found:
        return
    before = found.get(unsure, StateCount(*unsure, 0, 0))
    found[unsure] = replace(_sum(before, begun, 1), times=before.times + begun.times)
    found[key] = _sum(found[key], begun, -1)


def _due(query: ListQuery, begun: MayHaveBegun) -> ListQuery:
    """Limit a query to stoppable sends before `begun.until`."""
    until = begun.until if query.until is None else min(query.until, begun.until)
    return replace(query, outlooks=COULD_BE_STOPPED, begun=None, until=until)


def _times_of(begun: MayHaveBegun) -> _Times:
    """Return bounds for the scheduled times of the sends in `begun.surely_not`."""
    return begun.earliest, begun.until


def _sum(count: StateCount, other: StateCount, sign: int) -> StateCount:
    return replace(
        count,
        configurations=count.configurations + sign * other.configurations,
        recipients=count.recipients + sign * other.recipients,
        unsized=count.unsized + sign * other.unsized,
    )


def _best_parts(words: Sequence[str], found: Mapping[int, int]) -> list[tuple[str, int]]:
    """Leave out as few words as possible to find sends. Return pairs: kept words, number of sends.

    `found[0b101]` is the number of sends with exactly the first and the third word.
    """
    every = range(len(words))
    for size in range(len(words) - 1, 0, -1):
        hits = []
        for part in combinations(every, size):
            mask = sum(1 << n for n in part)
            if total := sum(count for bits, count in found.items() if bits & mask == mask):
                hits.append((" ".join(words[n] for n in part), total))
        if hits:
            return sorted(hits, key=lambda hit: hit[1])[:_MAX_PARTS]
    return []


def _bounds(
    first: datetime | None = None, last: datetime | None = None, has_none: bool = False
) -> _Times:
    known = () if first is None else (first, last)
    return (*known, None) if has_none else known


def _total(counts: Sequence[StateCount]) -> int:
    return sum(count.configurations for count in counts)


def _times(counts: Sequence[StateCount]) -> _Times:
    return tuple(at for count in counts for at in count.times)
