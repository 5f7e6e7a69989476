"""The menu of a small screen closes by itself, and a tap beside it presses nothing on the page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.windows import PHONE, Windows
from tests.looks.conftest import reading, visit


def open_menu(page: Page) -> None:
    page.get_by_role("button", name="Open the menu").tap()
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "false")
    page.wait_for_timeout(400)


def test_a_tap_beside_the_menu_closes_it_and_hits_no_button(windows: Windows, site: Site) -> None:
    with reading(windows, **PHONE) as page:
        visit(page, site, "configurations")
        button = page.locator("tr[data-id=a]").get_by_role("button")
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box is not None
        open_menu(page)
        for entry in page.get_by_test_id("stSidebarNavLink").all():
            size = entry.bounding_box()
            assert size is not None
            assert size["height"] >= 44, "WCAG 2.5.5"
        page.touchscreen.tap(box["x"] + box["width"] - 10, box["y"] + box["height"] / 2)
        expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")
        page.wait_for_timeout(600)
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.long
def test_a_choice_opens_its_page_and_closes_the_menu(windows: Windows, site: Site) -> None:
    with reading(windows, **PHONE) as page:
        visit(page, site, "configurations")
        open_menu(page)
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Help").tap()
        expect(page).to_have_url(re.compile("/help"))
        expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")
