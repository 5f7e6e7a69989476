"""A short soak: its tabs refresh, stop sends, and get what a person sees."""

from pathlib import Path

from tests.journeys.browser import serving
from tests.soak.__main__ import seed, settings
from tests.soak.load import Soak


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
