"""If a callback of the dialog is interrupted, state, receipt and history still agree."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from tests.journeys.conftest import Site
from tests.journeys.test_abort_journeys import ask
from tests.journeys.windows import Windows

#: Seconds that a write of a receipt takes here, so that every interruption meets it.
SLOW = 0.5
ROUNDS = 2
NAME = "Promoção de verão"

WHOLE = {"state": "CANCELLED", "accepted": 1, "refused": 0, "stops": 1}
NOTHING = {"state": "SCHEDULED", "accepted": 0, "refused": 0, "stops": 0}


@pytest.fixture
def slow_site(site: Site) -> Iterator[Site]:
    site.slow(SLOW)
    yield site
    site.slow(0)


def navigate(page: Page) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text="Aborts").first.click(force=True)


def go_elsewhere(page: Page) -> None:
    page.goto(page.url.split("/configurations")[0] + "/system", wait_until="commit")


def reload(page: Page) -> None:
    page.reload(wait_until="commit")


def close(page: Page) -> None:
    page.close()


def another_row(page: Page) -> None:
    # Press the button behind the dialog while it is still open, as the keyboard can.
    page.get_by_role("button", name="Abort Liquidação", exact=True, include_hidden=True).evaluate(
        "button => button.click()"
    )


def confirm_again(page: Page) -> None:
    page.get_by_role("button", name="Abort this send").click(force=True, timeout=2_000)


@pytest.mark.parametrize(
    "interrupt",
    [
        navigate,
        confirm_again,
        *(
            pytest.param(each, marks=pytest.mark.long)
            for each in (go_elsewhere, reload, close, another_row)
        ),
    ],
)
def test_an_interrupted_confirm_is_whole_or_nothing(
    windows: Windows,
    slow_site: Site,
    interrupt: Callable[[Page], None],
    scaled: Callable[[float], int],
) -> None:
    rng = random.Random(interrupt.__name__)
    for _ in range(scaled(ROUNDS)):
        slow_site.seed()
        with windows.open() as page:
            ask(page, slow_site, NAME)
            page.get_by_role("button", name="Abort this send").click()
            page.wait_for_timeout(rng.random() * SLOW * 1_600)
            with suppress(Error):  # the dialog had already closed, so there was no button to click
                interrupt(page)
            found = settled(slow_site, page)
            assert found in (WHOLE, NOTHING)
            assert found == WHOLE or interrupt in (navigate, go_elsewhere, reload, close)


def settled(site: Site, page: Page) -> dict[str, object]:
    """Wait until no write can be running any more, and return the state."""
    if not page.is_closed():
        page.wait_for_timeout(SLOW * 1_500)
    else:
        time.sleep(SLOW * 1.5)
    return site.look("a")


@pytest.mark.long
def test_after_another_row_the_first_sends_notice_is_still_shown(
    page: Page, slow_site: Site
) -> None:
    ask(page, slow_site, NAME)
    page.get_by_role("button", name="Abort this send").click()
    page.wait_for_timeout(100)
    another_row(page)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("Stopped.")
