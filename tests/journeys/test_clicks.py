"""A click on *Abort*: whatever happens in the same moment, it opens the dialog of its row."""

import re

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.journeys.conftest import FEED, Site
from tests.journeys.living import DUE, SECOND, feed, see


class TestClicks:
    """Whatever happens in the same moment: a click on a row's button opens its dialog."""

    @pytest.mark.bends_its_window
    @pytest.mark.parametrize("wait", [100, pytest.param(250, marks=pytest.mark.long)])
    def test_a_refresh_that_is_asked_for_as_the_dialog_comes_does_not_take_it_away(
        self, page: Page, still: Site, wait: int
    ) -> None:
        open_list(page, still)
        look_away(page)
        button = page.get_by_role("button", name="Abort Send a", exact=True)
        with still.late(0.4):
            click_and_look(button, wait)
            expect(page.get_by_role("dialog")).to_contain_text("Send a")

    @pytest.mark.bends_its_window
    @pytest.mark.parametrize("wait", [100, pytest.param(250, marks=pytest.mark.long)])
    def test_a_refresh_that_is_asked_for_as_the_answer_comes_does_not_take_it_away(
        self, page: Page, still: Site, wait: int
    ) -> None:
        open_list(page, still)
        page.get_by_role("button", name="Abort Send a", exact=True).click()
        stop = page.get_by_role("button", name="Abort this send")
        expect(stop).to_be_visible()
        look_away(page)
        with still.late(0.4):
            click_and_look(stop, wait)
            expect(page.get_by_test_id("stAlert")).to_contain_text("Stopped.")
            expect(page.get_by_role("dialog")).to_have_count(0)

    @pytest.mark.bends_its_window
    def test_a_click_whose_message_is_lost_is_sent_again(self, page: Page, still: Site) -> None:
        lost = []

        def pass_on(socket: WebSocketRoute) -> None:
            server = socket.connect_to_server()

            def hear(message: str | bytes) -> None:
                if not lost and b'"abort"' in message:
                    lost.append(message)
                else:
                    server.send(message)

            socket.on_message(hear)

        page.route_web_socket("**/_stcore/stream", pass_on)
        still.seed(feed(a=3_000))
        page.goto(still.address + "/configurations")
        page.get_by_role("button", name="Abort Send a", exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text("Send a")
        assert lost
        page.get_by_role("button", name="Don't abort").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_timeout(3 * SECOND)  # it is not asked for once more
        expect(page.get_by_role("dialog")).to_have_count(0)

    @pytest.mark.parametrize(
        "after",
        [
            {"b": 2_000},
            pytest.param({"a": 1_000, "c": 1_500, "b": 2_000}, marks=pytest.mark.long),
            pytest.param({"b": 2_000, "a": 2_500}, marks=pytest.mark.long),
        ],
    )
    def test_a_press_counts_for_its_row_though_rows_move_before_it_is_let_go(
        self, page: Page, lively: Site, after: dict[str, int]
    ) -> None:
        button = press(page, lively, feed(a=1_000, b=2_000))
        before = button.bounding_box()
        lively.seed(feed(**after))
        expect(page.locator("tbody tr")).to_have_text([re.compile(f"Send {id}") for id in after])
        assert button.bounding_box() != before
        page.mouse.up()
        expect(page.get_by_role("dialog")).to_contain_text("Send b")

    @pytest.mark.long
    def test_a_press_that_slides_off_its_button_is_taken_back(
        self, page: Page, lively: Site
    ) -> None:
        button = press(page, lively, feed(a=1_000, b=2_000))
        box = button.bounding_box()
        assert box is not None
        page.mouse.move(box["x"], box["y"] + 3 * box["height"])
        page.mouse.up()
        page.wait_for_timeout(3 * SECOND)
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_button_of_a_send_that_a_search_brings_can_be_pressed_at_once(
    page: Page, still: Site
) -> None:
    head, *rows = FEED.splitlines()
    rows += [f"z{n},Zeta {n},SCHEDULED,7000,0,2030-01-02T12:00Z,Sul" for n in range(30)]
    still.seed("\n".join([head, *rows]) + "\n")
    page.goto(still.address + "/configurations")
    expect(page.locator("tbody tr[data-id]")).to_have_count(25)
    for n in (29, 3, 28):
        box = page.get_by_label("Search", exact=True)
        box.fill(f"Zeta {n}")
        box.press("Enter")
        expect(page.locator("tbody tr[data-id]")).to_have_count(1)
        button = page.locator(f"tr[data-id=z{n}] button")
        assert button.evaluate("each => getComputedStyle(each).pointerEvents") == "auto"
        button.click(timeout=2_000)
        page.get_by_role("button", name="Don't abort").click()
        expect(page.get_by_role("dialog")).to_have_count(0)


def open_list(page: Page, site: Site) -> None:
    site.seed(feed(a=3_000))
    page.clock.install()
    page.goto(site.address + "/configurations")
    expect(page.locator("tr[data-id=a]")).to_be_visible()


def look_away(page: Page) -> None:
    """Look at another tab until a refresh is due."""
    page.wait_for_timeout(SECOND)
    see(page, "hidden")
    page.clock.fast_forward(DUE)


def click_and_look(button: Locator, wait: int) -> None:
    """Click, and look at the tab again after so many milliseconds: it refreshes at once."""
    button.evaluate(
        "(button, wait) => { button.click(); setTimeout(() => { delete document.visibilityState;"
        " document.dispatchEvent(new Event('visibilitychange')); }, wait); }",
        wait,
    )


def press(page: Page, site: Site, rows: str) -> Locator:
    """Press the button of the send b, and hold it."""
    site.seed(rows)
    page.goto(site.address + "/configurations")
    button = page.get_by_role("button", name="Abort Send b", exact=True)
    button.hover()
    page.mouse.down()
    return button
