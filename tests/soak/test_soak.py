"""A short soak: its tabs refresh, stop sends, and get what a person sees."""

import statistics
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from tests.journeys.browser import serving
from tests.loops import in_a_loop
from tests.soak.__main__ import seed, settings
from tests.soak.load import TOKEN, Soak
from tests.soak.tab import Tab


def test_tabs_refresh_and_stop_sends_and_no_page_fails(tmp_path: Path) -> None:
    how = settings(1_000, "", 8) | {"FREIO_REFRESH_SECONDS": "1"}
    with serving("dashboard:app", tmp_path, **how) as address:
        seed(address, tmp_path, 1_000)
        figures = Soak(address, 4, 8, churn=2.5, abort_every=1.5, feed_every=3, read_every=4).run()
    assert len(figures.refreshes) > 8
    assert figures.outcomes["answered"] > 0
    assert not figures.outcomes.keys() & {"no answer", "no dialog"}
    assert figures.errors == 0
    assert len(figures.openings) > 4
    assert figures.filtered[0] > 3
    first, last = figures.readings[0], figures.readings[-1]
    assert first.values["freio_sessions"] == 4
    # The answer to the last abort may not have arrived before the end.
    counted = last.since(first, "freio_abort_seconds_count")
    assert len(figures.stops) <= counted <= len(figures.stops) + 1


@pytest.mark.long
def test_a_refresh_without_changes_does_not_send_a_list_or_a_chart_again(tmp_path: Path) -> None:
    how = settings(1_000, "", 2) | {"FREIO_REFRESH_SECONDS": "1"}
    with serving("dashboard:app", tmp_path, **how) as address:
        load_sends_of_today(address)
        sizes = in_a_loop(bytes_of_refreshes(address))
    # The notices and the overview refresh in turns. The notices take 2 kB.
    overview = [size for size in sizes if size > 5_000]
    assert statistics.median(overview) < 15_000


def load_sends_of_today(address: str) -> None:
    due = [datetime.now(UTC) + timedelta(hours=1, minutes=n) for n in range(200)]
    rows = (f"id{n},Send {n},SCHEDULED,7000,{at.isoformat()}" for n, at in enumerate(due))
    httpx.post(
        f"{address}/api/feeds?name=sends.csv",
        content="\n".join(["id,name,state,total_records,scheduled_at", *rows]),
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=60,
    ).raise_for_status()


async def bytes_of_refreshes(address: str) -> list[int]:
    """Return the bytes that a tab with the overview receives for each of ten refreshes."""
    totals: list[int] = []
    tab = Tab(address, "", lambda _: totals.append(tab.bytes))
    await tab.open()
    try:
        assert await tab.until(lambda: len(totals) > 10, 60)
    finally:
        await tab.close()
    return [after - before for before, after in pairwise(totals)]
