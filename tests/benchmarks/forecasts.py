"""Compare forecasts with what happened: learn from the past, then forecast later sends.

Run with `python -m tests.benchmarks.forecasts`, as `make bench` does. The benchmark goes through the
shipped sample week by week. The store learns baselines from the sends before the week. Each send of
the week gets forecasts for three moments: an hour before its scheduled time, at the start of its
processing, and at the end of its processing. The sample and the results never change.
"""

import csv
import io
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import State
from core.feed.sample_times import shift_sample
from core.forecasting.baselines import Baselines
from core.forecasting.forecast import Forecast, forecast
from core.settings import ROOT
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore
from tests.sends import load

NOW = datetime(2026, 3, 11, 18, tzinfo=UTC)
WEEKS = 8
HISTORY = timedelta(days=60)
#: Sends of this time before the week are left out, because they may have ended after it began.
APART = timedelta(hours=3)
LIMIT = 50_000

_WEEK = timedelta(days=7)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Asked:
    """One forecast, and what happened. `plain` is when a countdown to the scheduled time ends."""

    moment: str
    forecast_made: Forecast
    plain: datetime
    began: datetime


@dataclass(frozen=True)
class Score:
    """The quality of the forecasts of one moment. Seconds are medians of how early they were."""

    moment: str
    asked: int
    known: int
    in_time: float
    plain_in_time: float
    earlier: float
    plain_earlier: float
    typical_off: float


def finished_sends(file: Path = ROOT / "data" / "sample.csv") -> list[SendConfiguration]:
    """Return the sends of a relative sample that have gone out, in order of time."""
    text = file.read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(shift_sample(text, NOW, ZoneInfo("UTC"))))
    return [_send(row) for row in rows if row["state"] == "SENT-DONE"]


def _send(row: dict[str, str]) -> SendConfiguration:
    times = {
        name: datetime.fromisoformat(value)
        for name, value in row.items()
        if name.endswith("_at") and value
    }
    words = {name: row[name] for name in ("name", "campaign", "channel", "account", "audience")}
    return SendConfiguration(
        id=ConfigurationId(row["id"]),
        state=State(row["state"]),
        total_records=int(row["total_records"]),
        generated_records=int(row["generated_records"]),
        **words,
        **times,  # type: ignore[arg-type]
    )


def asked_about(sends: Sequence[SendConfiguration], weeks: int = WEEKS) -> Iterator[Asked]:
    """For each of the last weeks, learn from the sends before the week, and forecast its sends."""
    store = SqlStore(DuckDBEngine(MEMORY))
    load(store, *sends)
    for n in range(weeks, 0, -1):
        begin = NOW - n * _WEEK
        baselines = Baselines(store.measures(begin - HISTORY, begin - APART, LIMIT))
        for send in sends:
            if begin <= send.scheduled_at < begin + _WEEK:
                yield from _ask(send, baselines)
    store.close()


def _ask(send: SendConfiguration, baselines: Baselines) -> Iterator[Asked]:
    began, processed = send.generation_started_at, send.in_progress_at
    processing, due = send.processing_started_at, send.scheduled_at
    assert began is not None
    assert processed is not None
    assert processing is not None
    before = replace(
        send,
        state=State.SCHEDULED,
        generated_records=0,
        processing_started_at=None,
        in_progress_at=None,
        generation_started_at=None,
        finished_at=None,
        updated_at=None,
    )
    begun = replace(before, state=State.PROCESANDO, processing_started_at=processing)
    waiting = replace(begun, state=State.IN_PROGRESS, in_progress_at=processed)
    for moment, facts, now in (
        ("an hour before its time", before, due - _HOUR),
        ("when processing begins", begun, processing),
        ("when it is processed", waiting, processed),
    ):
        yield Asked(moment, forecast(facts, baselines, now), max(now, due), began)


def score(asked: Sequence[Asked]) -> list[Score]:
    """Return the score of the forecasts of each moment."""
    return [
        _score(moment, [a for a in asked if a.moment == moment])
        for moment in dict.fromkeys(a.moment for a in asked)
    ]


def _score(moment: str, asked: Sequence[Asked]) -> Score:
    known = [
        (a, a.forecast_made.cautious_at, a.forecast_made.typical_at)
        for a in asked
        if a.forecast_made.cautious_at
    ]
    return Score(
        moment=moment,
        asked=len(asked),
        known=len(known),
        in_time=statistics.mean(c <= a.began for a, c, _ in known),
        plain_in_time=statistics.mean(a.plain <= a.began for a, _, _ in known),
        earlier=statistics.median((a.began - c).total_seconds() for a, c, _ in known),
        plain_earlier=statistics.median((a.began - a.plain).total_seconds() for a, _, _ in known),
        typical_off=statistics.median(
            abs((a.began - t).total_seconds()) for a, _, t in known if t is not None
        ),
    )


def main() -> None:
    """Print the scores as a table."""
    print("| asked | sends | known | ran out in time | plain in time |", end="")
    print(" earlier, s | plain earlier, s | typical off by, s |")
    print("|---|---|---|---|---|---|---|---|")
    for s in score(list(asked_about(finished_sends()))):
        print(f"| {s.moment} | {s.asked} | {s.known} ", end="")
        print(f"| {s.in_time:.1%} | {s.plain_in_time:.1%} ", end="")
        print(f"| {s.earlier:.0f} | {s.plain_earlier:.0f} | {s.typical_off:.0f} |")


if __name__ == "__main__":
    main()
