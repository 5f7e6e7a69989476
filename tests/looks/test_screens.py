"""What fits on which screen: a telephone, a wall; and nothing comes from elsewhere."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Site
from tests.looks.conftest import PAGES, reading, visit

#: A letter of 15 mm is read from three metres: 34 pixels on a screen of 55 inches.
LEAST_ON_A_WALL = 34


def test_a_card_on_a_telephone_has_its_button_under_the_thumb(browser: Browser, site: Site) -> None:
    window = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with reading(browser, **window) as page:
        visit(page, site, "configurations")
        card = page.locator("tr[data-id=a]")
        for part in ("td.verdict", "td.left", "th.name", "td.recipients"):
            expect(card.locator(part)).to_be_visible()
        button = card.get_by_role("button")
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44, "WCAG 2.5.5"
        assert box["x"] > 195, "on the side of the thumb"

        button.tap()
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        page.wait_for_timeout(400)
        around = dialog.bounding_box()
        assert around is not None
        assert around["x"] >= 0
        assert around["x"] + around["width"] <= 390
        for name in ("Stop this send", "Keep it"):
            expect(dialog.get_by_role("button", name=name)).to_be_in_viewport()
        dialog.get_by_role("button", name="Stop this send").tap()
        expect(page.get_by_test_id("stAlert")).to_contain_text("Stopped.")
    assert site.look("a")["state"] == "CANCELLED"


def test_the_wall_is_read_from_three_metres_and_has_nothing_to_press(
    browser: Browser, site: Site
) -> None:
    with reading(browser, viewport={"width": 1920, "height": 1080}) as page:
        visit(page, site, "?wall=1")
        expect(page.locator("table.wall")).to_contain_text("Promoção de verão")
        for control in ("a", "button", "input", "select"):
            expect(page.locator(f"{control}:visible")).to_have_count(0)
        small = page.evaluate(
            "[...document.querySelectorAll('[data-testid=stMain] *')].filter(e =>"
            " [...e.childNodes].some(n => n.nodeType === 3 && n.nodeValue.trim())"
            f" && e.checkVisibility() && parseFloat(getComputedStyle(e).fontSize) < {LEAST_ON_A_WALL}"
            " && !['STYLE', 'SCRIPT'].includes(e.tagName)).map(e => e.textContent)"
        )
        assert small == []
        assert page.evaluate(
            "(e => e.scrollHeight <= e.clientHeight)(document.querySelector('[data-testid=stMain]'))"
        )


def test_fonts_and_icons_come_from_this_server_alone(browser: Browser, site: Site) -> None:
    asked: list[str] = []
    with reading(browser) as page:
        page.on("request", lambda request: asked.append(request.url))
        for path in PAGES:
            visit(page, site, path)
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(site.address).netloc}
    fonts = [url for url in asked if ".woff2" in url]
    assert fonts, "the fonts were looked at"
