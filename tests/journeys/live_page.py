"""Sends that start in some seconds, and a tab that is hidden or visible."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page

from tests.journeys.conftest import FEED

HEAD = FEED.splitlines()[0]
SECOND = 1_000

#: In milliseconds: more than a page of `quiet_site` waits for its refresh (600 s, 30 % more or less).
DUE = 800 * SECOND


def feed(**seconds_left: int) -> str:
    """Return sends whose names are their ids. Each value is the seconds until the scheduled time."""
    now = datetime.now(UTC)
    rows = [
        f"{id},Send {id},SCHEDULED,7000,0,{(now + timedelta(seconds=left)).isoformat()},Norte"
        for id, left in seconds_left.items()
    ]
    return "\n".join([HEAD, *rows])


def seconds(text: str) -> int:
    """Return the seconds in texts such as “1 min 20 s” and “20 s left”."""
    parts = text.split()
    return int(parts[0]) * 60 + int(parts[2]) if "min" in parts else int(parts[0])


def see(page: Page, state: str) -> None:
    """Set whether the tab is "hidden" or "visible" (a headless browser never hides it)."""
    page.evaluate(
        "state => {"
        " Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        state,
    )
