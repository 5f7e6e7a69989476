"""Measure how long it takes to stop a send: python -m tests.looks

The time begins when the overview opens, and ends when the screen shows the send as stopped. The
script uses the keyboard alone, and then touch at 390 pixels. It prints the number of key presses or
taps, and the seconds. The script never pauses.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from tests.access import admit
from tests.journeys.browser import launch, serving
from tests.journeys.conftest import Site
from tests.journeys.windows import PHONE
from tests.looks.test_keyboard import tab_to

RUNS = 5
NAME = "Abort Liquidação"


def by_keyboard(page: Page) -> int:
    page.get_by_role("button", name=NAME).first.wait_for()
    # The first Tab offers to skip the navigation.
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    pressed = 2 + tab_to(page, NAME, 60) + 1
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Don't abort").wait_for()
    pressed += tab_to(page, "Abort this send", 8) + 1
    page.keyboard.press("Enter")
    return pressed


def by_touch(page: Page) -> int:
    page.get_by_role("button", name=NAME).first.tap()
    page.get_by_role("button", name="Abort this send").tap()
    return 2


WAYS: dict[str, tuple[Callable[[Page], int], dict[str, object]]] = {
    "keyboard, 1440 px": (by_keyboard, {"viewport": {"width": 1440, "height": 1000}}),
    "touch, 390 px": (by_touch, PHONE),
}


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as place,
        serving("tests.journeys.server:app", Path(place), FREIO_DEMO="off") as address,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        site = Site(address)
        for way, (stop, window) in WAYS.items():
            seconds, acts = [], set()
            for _ in range(RUNS):
                site.seed()
                page = browser.new_context(**window).new_page()
                admit(page.context)
                began = time.perf_counter()
                page.goto(address)
                acts.add(stop(page))
                page.get_by_text("Stopped. It reaches none").wait_for()
                seconds.append(time.perf_counter() - began)
                assert site.look("c")["state"] == "CANCELLED"
                page.context.close()
            print(f"{way}: {sorted(acts)} presses or taps, {median(seconds):.1f} s")
        browser.close()


if __name__ == "__main__":
    main()
