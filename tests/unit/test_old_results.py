"""Expired results are deleted, so that memory does not grow over time."""

from datetime import timedelta
from unittest.mock import patch

import cachetools

from core.runtime.build import build
from core.settings import Settings
from tests.sends import NOW, load, send


def test_unusual_sends_and_duplicates_of_the_past_are_dropped() -> None:
    now, passed = [NOW], [0.0]
    with patch.object(cachetools.TTLCache.__init__, "__defaults__", (lambda: passed[0], None)):
        freio = build(Settings(database="duckdb:///:memory:", demo=False), lambda: now[0])
    sends = [send("a"), send("b")]
    load(freio.store, *sends)
    forecasting = freio.queries.forecasting
    for _ in range(20):
        now[0] += timedelta(seconds=30)
        passed[0] += 30
        forecasting.unusual_sends(now[0], None)
        forecasting.flags(sends, freio.freshness(now[0]))
    assert len(forecasting._scans._found._results) <= 2
    assert len(forecasting._duplicates._results) <= 2
    freio.stop()
