"""The notices at the top leave room for the abort buttons on a small screen."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.windows import Windows
from tests.looks.conftest import reading, visit

#: A phone, and a screen of 1440 by 900 pixels at 200 %.
SMALL = [(390, 844), (720, 450)]


def visit_with_notices(page: Page, site: Site) -> None:
    for _ in range(10):  # Freio looks for overdue aborts every few seconds
        visit(page, site, "configurations")
        if page.locator(".st-key-notice_lines > *").count():
            return
        page.wait_for_timeout(1_000)
    raise AssertionError("no notice appears")


@pytest.mark.parametrize(("width", "height"), SMALL)
def test_on_a_small_screen_the_notices_take_a_quarter_until_all_are_wanted(
    windows: Windows, busy: Site, width: int, height: int
) -> None:
    for id in ("b", "d"):
        busy.abort(id)
    with reading(windows, viewport={"width": width, "height": height}) as page:
        visit_with_notices(page, busy)
        notices = page.locator(".st-key-notices")
        box = notices.bounding_box()
        assert box is not None
        assert 40 < box["height"] <= height / 4
        lines = page.locator(".st-key-notice_lines")
        hidden = "e => e.scrollHeight - e.clientHeight"
        assert lines.evaluate(hidden) > 0, "there is more to see"
        notices.get_by_text("notices").click()
        expect(page.get_by_role("switch", name="Show all")).to_be_checked()
        page.wait_for_timeout(300)
        assert lines.evaluate(hidden) == 0


@pytest.mark.long
def test_on_a_large_screen_all_notices_are_in_view(windows: Windows, busy: Site) -> None:
    with reading(windows) as page:
        visit_with_notices(page, busy)
        expect(page.locator(".st-key-notice_lines")).to_contain_text(
            "still to be aborted in the platform"
        )
        expect(page.locator(".st-key-notices_shown")).to_be_hidden()
