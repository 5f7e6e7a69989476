"""Aggregated history for forecasts and flags (`core.ports.forecast_history.HistoryReads`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import GOES_OUT
from core.forecasting.baselines import (
    ENOUGH,
    HOURS_IN_BAND,
    LEVELS,
    SIZE_EDGES,
    Group,
    Measures,
    Span,
    Spread,
)
from core.store.possible_duplicate import GOES_OUT_SQL, INTERVAL, WITHIN
from core.store.state_conditions import STARTED, names_of
from core.store.store_part import StorePart

#: The start and the end of each span: columns in the statement `measures`.
_MOMENTS = {
    Span.LAG: ("scheduled_at", "begun"),
    Span.PROCESSING: ("begun", "processed"),
    Span.WAIT: ("processed", "batch"),
    Span.DUE_TO_BATCH: ("scheduled_at", "batch"),
    Span.BEGUN_TO_BATCH: ("begun", "batch"),
    Span.GENERATING: ("batch", "finished_at"),
}


class History(StorePart):
    def measures(self, since: datetime, until: datetime, limit: int) -> Measures:
        found = self._read(
            "history",
            "measures",
            {"since": since, "until": until, "limit": limit, "enough": ENOUGH},
            started=STARTED,
            size=_size_case(),
            hours=str(HOURS_IN_BAND),
            spans=", ".join(f"{_seconds(*ends)} AS {span}" for span, ends in _MOMENTS.items()),
            quantiles=", ".join(f"count({_of(s)}), {_quantiles(_of(s))}" for s in Span),
        )
        return {
            (span, Group(channel, account, size, hours)): Spread(count, tuple(quantiles))
            for channel, account, size, hours, *spans in found
            for span, count, quantiles in zip(Span, spans[::2], spans[1::2], strict=True)
            if count >= ENOUGH
        }

    def hourly_totals(self, windows: Sequence[tuple[datetime, datetime]]) -> dict[datetime, int]:
        params: dict[str, object] = {
            "first": min(since for since, _ in windows),
            "last": max(until for _, until in windows),
        }
        for n, (since, until) in enumerate(windows):
            params |= {f"since_{n}": since, f"until_{n}": until}
        found = self._read(
            "history",
            "hourly_totals",
            params,
            windows=" OR ".join(
                f"(scheduled_at >= $since_{n} AND scheduled_at < $until_{n})"
                for n in range(len(windows))
            ),
            # If stopped sends were counted, the usual volume would be too high.
            states=names_of(self._platform.states_with(GOES_OUT)),
        )
        return {hour: int(total) for hour, total in found}

    def possible_duplicates(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Sequence[tuple[ConfigurationId, datetime]]]:
        times = [c.scheduled_at for c in configurations if c.scheduled_at is not None]
        if not times:
            return {}
        params: dict[str, object] = {"first": min(times) - WITHIN, "last": max(times) + WITHIN}
        for n, c in enumerate(configurations):
            params |= {f"id_{n}": c.id, f"name_{n}": c.name, f"account_{n}": c.account}
            params |= {f"audience_{n}": c.audience, f"at_{n}": c.scheduled_at}
        given = ", ".join(
            f"($id_{n}, $name_{n}, $account_{n}, $audience_{n}, CAST($at_{n} AS TIMESTAMPTZ))"
            for n in range(len(configurations))
        )
        found: dict[ConfigurationId, list[tuple[ConfigurationId, datetime]]] = {}
        words = {"given": given, "within": INTERVAL, "goes_out": GOES_OUT_SQL}
        for id, other, at in self._read("history", "possible_duplicates", params, **words):
            found.setdefault(ConfigurationId(id), []).append((ConfigurationId(other), at))
        return found


def _of(span: Span) -> str:
    return "total_records" if span is Span.RECIPIENTS else span.value


def _seconds(begin: str, end: str) -> str:
    # If the source has the times in the wrong order, there is no duration.
    apart = f"extract(epoch FROM {end}) - extract(epoch FROM {begin})"
    return f"CASE WHEN {end} >= {begin} THEN CAST({apart} AS DOUBLE PRECISION) END"


def _quantiles(column: str) -> str:
    levels = ", ".join(str(level) for level in LEVELS)
    return f"percentile_cont(ARRAY[{levels}]) WITHIN GROUP (ORDER BY {column})"


def _size_case() -> str:
    branches = " ".join(
        f"WHEN total_records <= {edge} THEN {n}" for n, edge in enumerate(SIZE_EDGES)
    )
    return f"CASE {branches} ELSE {len(SIZE_EDGES)} END"
