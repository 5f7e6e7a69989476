"""The notices at the top leave room for the abort buttons on every screen."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import FEED, Site
from tests.journeys.windows import Windows
from tests.looks.conftest import LANGUAGES, ONE_LANGUAGE, WALL, reading, visit

#: A phone, a screen of 1440 by 900 pixels at 200 %, and wider ones with little height.
SCREENS = [
    (390, 844),
    (1440, 600),
    *(
        pytest.param(*each, marks=pytest.mark.long)
        for each in ((720, 450), (1024, 600), (1920, 600))
    ),
]
MANY = "".join(f"n{n},Envio {n},SCHEDULED,7000,0,2030-01-01T12:00Z,Norte\n" for n in range(3))


def visit_with_notices(page: Page, site: Site) -> None:
    for _ in range(10):  # Freio looks for overdue aborts every few seconds
        visit(page, site, "configurations")
        if page.locator(".st-key-notice_lines > *").count():
            return
        page.wait_for_timeout(1_000)
    raise AssertionError("no notice appears")


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_on_every_screen_the_notices_take_a_quarter_until_all_are_wanted(
    windows: Windows, busy: Site, width: int, height: int
) -> None:
    busy.seed(FEED + MANY)
    busy.own_feed()
    for id in ("a", "b", "d", "n0", "n1", "n2"):
        busy.abort(id)
    busy.move("n0", "IN-PROGRESS", 5000)
    busy.move("n1", "IN-PROGRESS", 5000)
    with reading(windows, viewport={"width": width, "height": height}) as page:
        visit_with_notices(page, busy)
        notices = page.locator(".st-key-notices")
        box = notices.bounding_box()
        assert box is not None
        # At least one line of text is visible.
        assert 24 < box["height"] <= height / 4
        button = page.locator("tr[data-id=c] button")
        expect(button).to_be_in_viewport(ratio=0.9)
        lines = page.locator(".st-key-notice_lines")
        hidden = "e => e.scrollHeight - e.clientHeight"
        assert lines.evaluate(hidden) > 20, "there is more to see"
        notices.get_by_text("notices").click()
        expect(page.get_by_role("switch", name="Show all")).to_be_checked()
        page.wait_for_timeout(300)
        expect(lines.get_by_text("and 3 more")).to_be_in_viewport(ratio=1)


#: Returns the texts and buttons in the notices that are cut at the top or the bottom of their box.
CUT = """(lines) => {
  const box = lines.getBoundingClientRect();
  const isCut = (part) => part.height && [box.top, box.bottom]
    .some((edge) => part.top < edge - 2 && part.bottom > edge + 2);
  return [...lines.querySelectorAll("p, button, [class*=st-key-to_abort_]")]
    .map((each) => isCut(each.getBoundingClientRect()) && each.textContent).filter(Boolean);
}"""


@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_on_a_phone_the_sends_to_abort_in_the_platform_are_shown_whole(
    windows: Windows, site: Site, language: str
) -> None:
    site.own_feed()
    for id in ("a", "b", "d"):
        site.abort(id)
    with reading(windows, language, viewport={"width": 390, "height": 844}) as page:
        visit_with_notices(page, site)
        lines = page.locator(".st-key-notice_lines")
        page.wait_for_timeout(500)
        assert lines.evaluate(CUT) == []
        sends = lines.locator("[class*=st-key-to_abort_]")
        expect(sends).to_have_count(3)
        expect(sends.first.get_by_role("button").last).to_be_in_viewport(ratio=1)
        link = lines.locator("[class*=st-key-checklist_head_]").get_by_role("link")
        expect(link).to_be_in_viewport(ratio=1)


@pytest.mark.long
@pytest.mark.parametrize(("width", "height"), [(390, 844), (720, 450)])
def test_lines_of_large_and_stuck_sends_leave_room_for_the_buttons(
    windows: Windows, site: Site, width: int, height: int
) -> None:
    now = datetime.now(UTC)
    due, long_ago = (now - timedelta(minutes=2)).isoformat(), (now - timedelta(days=2)).isoformat()
    name = "Liquidação de verão para todos os clientes que compraram neste ano" * 2
    large = "".join(f"l{n},{name} {n},SCHEDULED,900000,0,{due},Norte\n" for n in range(2))
    stuck = "".join(f"s{n},{name} {n},PROCESANDO,9000,0,{long_ago},Sul\n" for n in range(2))
    site.seed(FEED + large + stuck)
    with reading(windows, viewport={"width": width, "height": height}) as page:
        visit_with_notices(page, site)
        lines = page.locator(".st-key-notice_lines")
        for _ in range(5):  # the two kinds of alerts may be found at different times
            if lines.locator("[data-kind='stuck']").count():
                break
            page.wait_for_timeout(2_000)
            visit(page, site, "configurations")
        expect(lines.locator("[data-kind='large']").first).to_be_attached()
        expect(lines.locator("[data-kind='stuck']").first).to_be_attached()
        box = page.locator(".st-key-notices").bounding_box()
        assert box is not None
        assert box["height"] <= height / 4
        expect(page.get_by_text(re.compile("Show all \\d+ notices"))).to_be_visible()
        button = page.locator("tbody tr:has(button:not([hidden])) button").first
        expect(button).to_be_in_viewport(ratio=0.9)


@pytest.mark.long
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_where_all_notices_are_in_view_there_is_no_switch(
    windows: Windows, site: Site, width: int, height: int
) -> None:
    site.own_feed()
    site.abort("a")
    with reading(windows, viewport={"width": width, "height": height}) as page:
        visit_with_notices(page, site)
        lines = page.locator(".st-key-notice_lines")
        expect(lines).to_contain_text("still to be aborted in the platform")
        page.wait_for_timeout(500)
        button = lines.get_by_role("button", name="I have aborted it there")
        expect(button).to_be_in_viewport(ratio=1)
        expect(page.locator(".st-key-notices_shown")).to_be_hidden()


@pytest.mark.long
def test_on_a_phone_the_result_of_an_abort_far_down_is_in_view(
    windows: Windows, site: Site
) -> None:
    many = "".join(
        f"m{n:02},Send {n},SCHEDULED,7000,0,2030-01-01T12:00Z,Norte\n" for n in range(20)
    )
    site.seed(FEED + many)
    site.own_feed()
    with reading(windows, viewport={"width": 390, "height": 844}) as page:
        visit(page, site, "configurations")
        page.locator("tr[data-id=m12]").scroll_into_view_if_needed()
        page.locator("tr[data-id=m12] button").click()
        page.get_by_role("button", name="Abort this send").click()
        notice = page.locator(".st-key-abort_notice_m12")
        expect(notice).to_be_in_viewport(ratio=1)
        expect(page.locator("tr[data-id=m12]")).to_be_in_viewport()
        box = page.locator(".st-key-notices").bounding_box()
        assert box
        assert box["height"] <= 844 / 4
        # A button that gets the focus is scrolled to below it.
        page.locator("tr[data-id=m09] button").focus()
        button = page.locator("tr[data-id=m09] button").bounding_box()
        assert button
        assert button["y"] >= box["y"] + box["height"]
        notice.get_by_role("button", name="OK").click()
        expect(notice).to_have_count(0)


@pytest.mark.long
def test_on_a_phone_the_link_and_the_button_of_a_result_are_below_its_text(
    windows: Windows, site: Site
) -> None:
    site.own_feed()
    with reading(windows, "pt", viewport={"width": 390, "height": 844}) as page:
        visit(page, site, "configurations")
        page.locator("tr[data-id=a] button").click()
        page.get_by_role("button", name="Abortar este envio").click()
        notice = page.locator(".st-key-abort_notice_a")
        text = notice.get_by_test_id("stAlert").bounding_box()
        ok = notice.get_by_role("button", name="OK").bounding_box()
        assert text
        assert ok
        assert text["width"] > 300
        assert ok["y"] >= text["y"] + text["height"]


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_alert_line_is_cut_at_its_side(windows: Windows, site: Site, language: str) -> None:
    due = (datetime.now(UTC) - timedelta(minutes=2)).isoformat()
    name = "Liquidação de verão para todos os clientes antigos"
    rows = (f"l{n},{name} {n},SCHEDULED,900000,0,{due},Norte\n" for n in range(4))
    site.seed(FEED + "".join(rows))
    for width in (1104, 1440):
        for path in ("configurations", WALL):
            with reading(windows, language, viewport={"width": width, "height": 900}) as page:
                visit_with_notices(page, site)
                visit(page, site, path)
                line = page.locator(".alert-lines li").first
                expect(line).to_contain_text(name)
                assert line.evaluate("e => e.scrollWidth <= e.clientWidth"), (width, path)
