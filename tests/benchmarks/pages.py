"""The server's time for a run and a refresh of a page, and the time of their queries alone.

A client measures the times at the WebSocket of the real server. The data stays the same in some
measurements. In others, each run follows a change, so the server can use no shared answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx

from tests.benchmarks.filling import ahead
from tests.benchmarks.timing import RUNS, median_ms, took_ms
from tests.benchmarks.visitor import Visitor
from tests.journeys.browser import serving

#: Paths and names of the pages that are measured.
PAGES = {"": "overview", "configurations": "configurations"}
#: No demo, no watched folder, and data that does not become old during the measurement.
QUIET = {"FREIO_DEMO": "off", "FREIO_INBOX": "off", "FREIO_STALE_MINUTES": "100000"}


@dataclass(frozen=True, slots=True)
class PageTimes:
    """Median milliseconds.

    - `queries`: the number of statements that a run sends after a change.
    - `queries_alone`: the time of these statements without the page.
    - `over_limit`: the time of the run, divided by the limit: the time of its statements plus 15 ms.
    """

    refresh: float
    refresh_after_change: float
    rerun: float
    rerun_after_change: float
    queries: int
    queries_alone: float
    over_limit: float


def measure_pages(database: str, folder: Path, rows: int) -> dict[str, PageTimes]:
    """Serve a filled database and return the times of each page, by its name."""
    settings = {"FREIO_DATABASE": database, **QUIET}
    with serving("tests.benchmarks.server:app", folder, **settings) as address:
        return {name: _measure(address, path, rows) for path, name in PAGES.items()}


def _measure(address: str, page: str, rows: int) -> PageTimes:
    step = {"id": ahead(rows), "state": "SCHEDULED", "generated": 0}

    def change() -> None:
        response = httpx.post(f"{address}/test/move", params=step).raise_for_status().json()
        assert response["taken"] == 1, response

    with Visitor(address, page) as visitor:
        visitor.rerun()
        rerun, refresh = median_ms(visitor.rerun), median_ms(visitor.refresh)
        refresh_after = median_ms(visitor.refresh, before=change)
        change()
        pairs = [_rerun_and_queries(address, visitor, change) for _ in range(RUNS)]
    rerun_after, alone = (median(pair[n] for pair in pairs) for n in (0, 1))
    over = median(took / (queries + 15) for took, queries, _ in pairs)
    return PageTimes(refresh, refresh_after, rerun, rerun_after, pairs[-1][2], alone, over)


def _rerun_and_queries(
    address: str, visitor: Visitor, change: Callable[[], None]
) -> tuple[float, float, int]:
    """Return the times of a run after a change and of its statements alone, and their number.

    The statements follow the run at once, so that other work on the machine affects both times.
    """
    change()
    httpx.post(f"{address}/bench/record").raise_for_status()
    took = took_ms(visitor.rerun)
    again = httpx.post(f"{address}/bench/again", timeout=300).raise_for_status().json()
    return took, again["ms"], again["queries"]
