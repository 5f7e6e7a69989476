"""Scans for the overview (`core.ports.overview.OverviewReads`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.domain.list_query import ListQuery, ListTotal, Sort
from core.domain.model import Accounts, ConfigurationId, SendConfiguration
from core.domain.states import Outlook, State
from core.forecasting.attention import NamedSend
from core.forecasting.flags import SizeLimit
from core.ports.overview import AccountLoad
from core.store.engine import Params, Row
from core.store.possible_duplicate import GOES_OUT_SQL, INTERVAL, WITHIN
from core.store.reads.list_filters import one_of, order_by, sends_filter, visible_filter
from core.store.rows import CONFIGURATION
from core.store.state_conditions import AWAITS_GENERATION, ON_SENDS, names_of
from core.store.store_part import StorePart


class OverviewScans(StorePart):
    def largest_of_hours(
        self,
        since: datetime,
        until: datetime,
        outlooks: Sequence[Outlook],
        visible: Accounts = None,
    ) -> dict[datetime, NamedSend]:
        rows = self._scan(
            "largest_of_hours",
            visible,
            {"since": since, "until": until},
            states=names_of(self._platform.states_with(outlooks)),
            outlook=self._conditions.outlook(outlooks, ON_SENDS),
        )
        return {hour: NamedSend(*send) for hour, *send in rows}

    def larger_than(
        self,
        limits: tuple[SizeLimit, ...],
        since: datetime,
        until: datetime,
        most: int,
        visible: Accounts = None,
    ) -> Sequence[tuple[NamedSend, SizeLimit]]:
        if not limits:
            return []
        params = {
            "since": since,
            "until": until,
            "limit": most,
            "least": min(each.most for each in limits),
            "channels": [each.channel for each in limits],
            "accounts": [each.account for each in limits],
            "limits": [each.most for each in limits],
        }
        known = {(each.channel, each.account): each for each in limits}
        return [
            (NamedSend(*send), known[channel, account])
            for *send, channel, account in self._scan("larger_than", visible, params)
        ]

    def alike(
        self, since: datetime, until: datetime, most: int, visible: Accounts = None
    ) -> Sequence[tuple[NamedSend, bool]]:
        params = {"since": since, "until": until, "before": since - WITHIN, "limit": most}
        found = self._scan("alike", visible, params, goes_out=GOES_OUT_SQL, within=INTERVAL)
        return [(NamedSend(*send), repeats) for *send, repeats in found]

    def largest_named(self, query: ListQuery, most: int) -> Sequence[NamedSend]:
        return [NamedSend(*row) for row in self._largest("id, name, total_records", query, most)]

    def largest(self, query: ListQuery, most: int) -> Sequence[SendConfiguration]:
        return [CONFIGURATION.read(row) for row in self._largest(CONFIGURATION.sql, query, most)]

    def _largest(self, columns: str, query: ListQuery, most: int) -> list[Row]:
        where, params = sends_filter(query, self._conditions)
        order = order_by(Sort.RECIPIENTS)
        page = {**params, "limit": most, "offset": 0}
        return self._read("read", "page", page, columns=columns, where=where, order=order)

    def states(
        self, ids: tuple[ConfigurationId, ...], since: datetime, until: datetime
    ) -> Mapping[ConfigurationId, State]:
        if not ids:
            return {}
        is_one, params = one_of("id", ids, "id")
        params = {**params, "since": since, "until": until}
        found = self._read("overview", "states", params, is_one=is_one)
        return {ConfigurationId(id): State(state) for id, state in found}

    def busiest_accounts(self, query: ListQuery, most: int) -> Sequence[AccountLoad]:
        where, params = sends_filter(query, self._conditions)
        found = self._read("overview", "busiest_accounts", {**params, "limit": most}, where=where)
        return [AccountLoad(*row) for row in found]

    def rests(self, query: ListQuery) -> ListTotal:
        where, params = sends_filter(query, self._conditions)
        return ListTotal(*self._read("overview", "rests", params, where=where)[0])

    def _scan(self, statement: str, visible: Accounts, params: Params, **words: str) -> list[Row]:
        condition, accounts = visible_filter(visible)
        words |= {"visible": condition, "awaits": AWAITS_GENERATION}
        return self._read("overview", statement, {**params, **accounts}, **words)
