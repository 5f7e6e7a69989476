"""Sends whose time runs out, and a tab that is looked at or not."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page

from tests.journeys.conftest import FEED

HEAD = FEED.splitlines()[0]
SECOND = 1_000

#: In milliseconds: longer than a page of `still` waits for its refresh (600 s, give or take 30 %).
DUE = 800 * SECOND


def feed(**seconds_left: int) -> str:
    """Return sends named by their ids, each scheduled in so many seconds."""
    now = datetime.now(UTC)
    rows = [
        f"{id},Send {id},SCHEDULED,7000,0,{(now + timedelta(seconds=left)).isoformat()},Norte"
        for id, left in seconds_left.items()
    ]
    return "\n".join([HEAD, *rows])


def see(page: Page, state: str) -> None:
    """Say that the tab is hidden or visible, as the browser does (a headless one never hides it)."""
    page.evaluate(
        "state => {"
        " Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        state,
    )
