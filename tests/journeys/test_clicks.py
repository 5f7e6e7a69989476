"""A click on *Abort* always opens the dialog of its own row."""

import re
import time

import pytest
from playwright.sync_api import FloatRect, Locator, Page, WebSocketRoute, expect

from tests.journeys.conftest import FEED, Site
from tests.journeys.live_page import DUE, SECOND, feed, see
from tests.journeys.windows import PHONE, Windows


class TestClicks:
    """A click on a row opens the dialog of this row, even if the list changes at the same
    moment."""

    @pytest.mark.long
    @pytest.mark.needs_new_window
    @pytest.mark.parametrize("wait", [100, pytest.param(250, marks=pytest.mark.long)])
    def test_a_refresh_that_is_asked_for_as_the_dialog_comes_does_not_take_it_away(
        self, page: Page, quiet_site: Site, wait: int
    ) -> None:
        open_list(page, quiet_site)
        look_away(page)
        button = page.get_by_role("button", name="Abort Send a", exact=True)
        with quiet_site.late(0.4):
            click_and_look(button, wait)
            expect(page.get_by_role("dialog")).to_contain_text("Send a")

    @pytest.mark.long
    @pytest.mark.needs_new_window
    @pytest.mark.parametrize("wait", [100, pytest.param(250, marks=pytest.mark.long)])
    def test_a_refresh_that_is_asked_for_as_the_answer_comes_does_not_take_it_away(
        self, page: Page, quiet_site: Site, wait: int
    ) -> None:
        open_list(page, quiet_site)
        page.get_by_role("button", name="Abort Send a", exact=True).click()
        stop = page.get_by_role("button", name="Abort this send")
        expect(stop).to_be_visible()
        look_away(page)
        with quiet_site.late(0.4):
            click_and_look(stop, wait)
            expect(page.get_by_test_id("stAlert")).to_contain_text("Stopped.")
            expect(page.get_by_role("dialog")).to_have_count(0)

    @pytest.mark.long
    @pytest.mark.needs_new_window
    def test_a_click_whose_message_is_lost_is_sent_again(
        self, page: Page, quiet_site: Site
    ) -> None:
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
        quiet_site.seed(feed(a=3_000))
        page.goto(quiet_site.address + "/configurations")
        page.get_by_role("button", name="Abort Send a", exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text("Send a")
        assert lost
        page.get_by_role("button", name="Don't abort").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_timeout(3 * SECOND)  # the dialog is not requested again
        expect(page.get_by_role("dialog")).to_have_count(0)

    @pytest.mark.long
    def test_a_press_counts_for_its_row_even_if_the_list_moves_before_the_release(
        self, page: Page, fast_site: Site
    ) -> None:
        button = press(page, fast_site, feed(a=1_000, b=2_000))
        before = button.bounding_box()
        assert before is not None
        # The list moves, as it does when an alert appears above it.
        page.locator(".st-key-configuration_rows").evaluate("e => { e.style.marginTop = '90px'; }")
        assert button.bounding_box() == before | {"y": before["y"] + 90}
        page.mouse.up()
        expect(page.get_by_role("dialog")).to_contain_text("Send b")

    @pytest.mark.long
    def test_a_press_that_slides_off_its_button_is_taken_back(
        self, page: Page, fast_site: Site
    ) -> None:
        button = press(page, fast_site, feed(a=1_000, b=2_000))
        box = button.bounding_box()
        assert box is not None
        page.mouse.move(box["x"], box["y"] + 3 * box["height"])
        page.mouse.up()
        page.wait_for_timeout(3 * SECOND)
        expect(page.get_by_role("dialog")).to_have_count(0)


class TestFrozenOrder:
    """While a person is about to use a row, no row moves."""

    def test_rows_stay_under_a_resting_pointer_and_a_press_counts_for_the_row_there(
        self, page: Page, fast_site: Site
    ) -> None:
        show(page, fast_site, a=1_000, b=2_000, c=3_000)
        button = button_of(page, "b")
        button.hover()
        before = button.bounding_box()
        fast_site.seed(feed(c=500, b=1_500, a=2_000))
        expect(update(page)).to_have_text("2 rows have moved – update")
        assert order(page) == ["a", "b", "c"]
        assert button.bounding_box() == before
        expect(page.locator("tr[data-id=b] .count")).to_contain_text("24 min")
        press_here(page, before)
        expect(page.get_by_role("dialog")).to_contain_text("Send b")

    @pytest.mark.long
    def test_rows_move_once_the_pointer_has_left(self, page: Page, fast_site: Site) -> None:
        show(page, fast_site, a=1_000, b=2_000)
        button_of(page, "b").hover()
        fast_site.seed(feed(b=500, a=2_000))
        expect(update(page)).to_have_text("1 row has moved – update")
        page.mouse.move(5, 5)
        expect_order(page, "b", "a")
        expect(update(page)).to_be_hidden()

    @pytest.mark.long
    def test_an_update_on_demand_orders_the_rows_and_the_order_stays_frozen(
        self, page: Page, fast_site: Site
    ) -> None:
        show(page, fast_site, a=1_000, b=2_000)
        button_of(page, "b").hover()
        fast_site.seed(feed(b=500, a=2_000))
        update(page).click()
        expect_order(page, "b", "a")
        expect(update(page)).to_be_hidden()
        fast_site.seed(feed(a=500, b=2_000))
        expect(update(page)).to_have_text("1 row has moved – update")
        assert order(page) == ["b", "a"]

    @pytest.mark.long
    def test_new_rows_wait_and_one_that_closes_soon_is_announced_by_its_name(
        self, page: Page, fast_site: Site
    ) -> None:
        show(page, fast_site, a=1_000, b=2_000)
        button_of(page, "b").hover()
        fast_site.seed(feed(late=900, a=1_000, b=2_000))
        expect(update(page)).to_have_text("1 new row – update")
        waiting = page.locator(".order-news[role=status]")
        expect(waiting).not_to_contain_text("Send late")
        fast_site.seed(feed(stuck=-100_000, soon=100, late=900, a=1_000, b=2_000))
        expect(update(page)).to_have_text("3 new rows – update")
        expect(waiting).to_contain_text("Closes within two minutes: Send soon")
        expect(waiting).not_to_contain_text("Send stuck")
        assert order(page) == ["a", "b"]

    def test_a_row_that_leaves_the_list_stays_with_its_facts_of_now(
        self, page: Page, fast_site: Site
    ) -> None:
        show(page, fast_site, "?state=SCHEDULED", a=1_000, b=2_000)
        button_of(page, "b").hover()
        fast_site.move("b", "IN-PROGRESS", 5_000)
        row = page.locator("tr[data-id=b]")
        expect(row).to_contain_text("Too late")
        expect(row.get_by_role("button")).to_have_count(0)
        assert order(page) == ["a", "b"]
        page.mouse.move(5, 5)
        expect_order(page, "a")

    @pytest.mark.long
    def test_a_row_that_leaves_the_list_claims_nothing_until_its_facts_of_now_arrive(
        self, page: Page, fast_site: Site
    ) -> None:
        show(page, fast_site, "?state=SCHEDULED", a=1_000, b=2_000)
        button_of(page, "b").hover()
        # The report of the row waits, so its answer waits too.
        page.evaluate(
            "() => { const shared = window[Symbol.for('freio')];"
            " window.inTurn = shared.requestInTurn; shared.requestInTurn = () => false; }"
        )
        fast_site.move("b", "IN-PROGRESS", 5_000)
        row = page.locator("tr[data-id=b]")
        expect(row.locator(".verdict .word")).to_have_text("…")
        expect(row.locator(".count")).to_have_text("…")
        button = button_of(page, "b")
        expect(button).to_have_attribute("aria-disabled", "true")
        press_here(page, button.bounding_box())
        button.focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(2 * SECOND)
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(row.locator(".verdict .word")).to_have_text("…")
        page.evaluate("() => { window[Symbol.for('freio')].requestInTurn = window.inTurn; }")
        expect(row).to_contain_text("Too late")

    @pytest.mark.long
    def test_a_send_that_is_no_longer_there_keeps_its_place_but_not_its_button(
        self, page: Page, fast_site: Site
    ) -> None:
        show(page, fast_site, a=1_000, b=2_000)
        button_of(page, "a").hover()
        fast_site.seed(feed(b=2_000))
        row = page.locator("tr[data-id=a]")
        expect(row).to_contain_text("no longer in Freio")
        expect(row.get_by_role("button")).to_have_count(0)
        assert order(page) == ["a", "b"]

    @pytest.mark.long
    def test_rows_stay_while_the_focus_is_in_the_list(self, page: Page, fast_site: Site) -> None:
        show(page, fast_site, a=1_000, b=2_000)
        button_of(page, "b").focus()
        fast_site.seed(feed(b=500, a=2_000))
        expect(update(page)).to_have_text("1 row has moved – update")
        assert order(page) == ["a", "b"]
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text("Send b")

    @pytest.mark.long
    def test_a_focus_that_a_closing_dialog_gives_back_does_not_freeze_the_order(
        self, page: Page, fast_site: Site
    ) -> None:
        show(page, fast_site, a=1_000, b=2_000)
        button = button_of(page, "b")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(button).to_be_focused()
        fast_site.seed(feed(b=500, a=2_000))
        expect_order(page, "b", "a")
        expect(button).to_be_focused()

    @pytest.mark.long
    def test_a_dialog_that_is_closed_before_the_first_check_stays_closed(
        self, page: Page, fast_site: Site
    ) -> None:
        # On a busy computer, the checks of `waitForDialog` (rows.js) do not run while it is open.
        page.add_init_script(
            "const begin = window.setInterval; window.setInterval = (work, ms, ...more) => begin("
            "ms === 100 ? () => document.querySelector('[role=dialog]') || work() : work, ms, ...more)"
        )
        show(page, fast_site, a=1_000, b=2_000)
        button_of(page, "b").press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_timeout(4_000)
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(button_of(page, "b")).to_be_focused()

    @pytest.mark.long
    def test_a_stopped_send_that_has_the_focus_leaves_the_list_and_the_others_stay(
        self, page: Page, fast_site: Site
    ) -> None:
        show(page, fast_site, "?outlook=stoppable", a=1_000, b=2_000)
        button_of(page, "a").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Abort this send").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect_order(page, "b")

    @pytest.mark.long
    def test_after_a_touch_rows_stay_for_five_seconds(
        self, windows: Windows, fast_site: Site
    ) -> None:
        with windows.open(**PHONE) as page:
            show(page, fast_site, a=1_000, b=2_000)
            touched = time.monotonic()
            row = page.locator("tr[data-id=b]")
            # The end of a touch that scrolls. A tap would open the send.
            row.dispatch_event("touchend")
            fast_site.seed(feed(b=500, a=2_000))
            # A busy server may answer late, and each touch starts the five seconds again.
            while not update(page).is_visible():
                touched = time.monotonic()
                row.dispatch_event("touchend")
                page.wait_for_timeout(SECOND)
            assert order(page) == ["a", "b"]
            expect_order(page, "b", "a")
            assert time.monotonic() - touched >= 5

    @pytest.mark.long
    def test_after_an_abort_its_row_stays_long_enough_to_show_the_result(
        self, windows: Windows, fast_site: Site
    ) -> None:
        with windows.open(**PHONE) as page:
            show(page, fast_site, "?outlook=stoppable", a=1_000, b=2_000)
            button_of(page, "a").tap()
            page.wait_for_timeout(6 * SECOND)  # the five seconds after the touch have passed
            page.get_by_role("button", name="Abort this send").tap()
            expect(page.get_by_role("dialog")).to_have_count(0)
            closed = time.monotonic()
            row = page.locator("tr[data-id=a]")
            expect(row).to_contain_text("Stopped")
            assert order(page) == ["a", "b"]
            expect_order(page, "b")
            assert time.monotonic() - closed >= 4


@pytest.mark.long
def test_the_button_of_a_send_that_a_search_brings_can_be_pressed_at_once(
    page: Page, quiet_site: Site
) -> None:
    head, *rows = FEED.splitlines()
    rows += [f"z{n},Zeta {n % 15:02},SCHEDULED,7000,0,2030-01-02T12:00Z,Sul" for n in range(30)]
    quiet_site.seed("\n".join([head, *rows]) + "\n")
    page.goto(quiet_site.address + "/configurations")
    expect(page.locator("tbody tr[data-id]")).to_have_count(25)
    for n in (14, 3, 13):
        box = page.get_by_label("Search", exact=True)
        box.fill(f"Zeta {n:02}")
        box.press("Enter")
        expect(page.locator("tbody tr[data-id]")).to_have_count(2)
        button = page.locator(f"tr[data-id=z{n}] button")
        assert button.evaluate("each => getComputedStyle(each).pointerEvents") == "auto"
        button.click(timeout=2_000)
        page.get_by_role("button", name="Don't abort").click()
        expect(page.get_by_role("dialog")).to_have_count(0)


def show(page: Page, site: Site, filters: str = "", /, **seconds_left: int) -> None:
    """Show the list of these sends, and wait until the page is complete and nothing moves."""
    site.seed(feed(**seconds_left))
    page.goto(f"{site.address}/configurations{filters}")
    expect_order(page, *seconds_left)
    expect(page.get_by_label("Search", exact=True)).to_be_attached()
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)


def button_of(page: Page, id: str) -> Locator:
    return page.get_by_role("button", name=f"Abort Send {id}", exact=True)


def update(page: Page) -> Locator:
    return page.locator(".update")


def order(page: Page) -> list[str | None]:
    return [row.get_attribute("data-id") for row in page.locator("tbody tr").all()]


def expect_order(page: Page, *ids: str) -> None:
    expect(page.locator("tbody tr")).to_have_text([re.compile(f"Send {id}") for id in ids])


def press_here(page: Page, box: FloatRect | None) -> None:
    """Press at the former place of an element."""
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def open_list(page: Page, site: Site) -> None:
    site.seed(feed(a=3_000))
    page.clock.install()
    page.goto(site.address + "/configurations")
    expect(page.locator("tr[data-id=a]")).to_be_visible()


def look_away(page: Page) -> None:
    """Hide the tab until a refresh is due."""
    page.wait_for_timeout(SECOND)
    see(page, "hidden")
    page.clock.fast_forward(DUE)


def click_and_look(button: Locator, wait: int) -> None:
    """Click, and show the tab again after `wait` milliseconds. It then refreshes at once."""
    button.evaluate(
        "(button, wait) => { button.click(); setTimeout(() => { delete document.visibilityState;"
        " document.dispatchEvent(new Event('visibilitychange')); }, wait); }",
        wait,
    )


def press(page: Page, site: Site, rows: str) -> Locator:
    """Press the button of send b without a release."""
    site.seed(rows)
    page.goto(site.address + "/configurations")
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    button = page.get_by_role("button", name="Abort Send b", exact=True)
    button.hover()
    page.mouse.down()
    return button
