"""A reused window has no state of an earlier test."""

import pytest
from playwright.sync_api import Browser

from tests.access import COOKIES
from tests.journeys.windows import WIDE, Windows


@pytest.fixture
def fresh(browser: Browser) -> Windows:
    return Windows(browser)


def test_a_window_is_used_again_without_what_was_left_in_it(fresh: Windows) -> None:
    with fresh.open() as before:
        before.context.add_cookies([{"name": "a", "value": "b", "url": "http://127.0.0.1:1"}])
        before.set_viewport_size({"width": 300, "height": 300})
        before.context.new_page()
    with fresh.open() as after:
        assert after is before
        assert [cookie["name"] for cookie in after.context.cookies()] == list(COOKIES)
        assert after.viewport_size == WIDE
        assert len(after.context.pages) == 1


def test_a_requested_new_window_and_one_with_other_options_are_new(fresh: Windows) -> None:
    with fresh.open() as before:
        pass
    with fresh.open(is_new=True) as bent:
        assert bent is not before
    with fresh.open(locale="pt-BR") as other:
        assert other is not before
        assert other is not bent


def test_a_clock_that_is_set_without_the_marker_is_an_error(fresh: Windows) -> None:
    with pytest.raises(AssertionError, match="needs_new_window"), fresh.open() as page:
        page.clock.install()
        page.goto("about:blank")
        page.clock.fast_forward(10_000)
    with fresh.open() as after:
        assert after is not page
