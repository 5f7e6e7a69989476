"""An open page counts down, refreshes without disturbing a person, and does nothing while hidden."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from core.settings import ROOT
from pages.text import i18n, live_text
from pages.text.countdown import count_words, countdown
from tests.journeys.conftest import FEED, Site
from tests.journeys.live_page import DUE, SECOND, feed, seconds, see

NAME = "Promoção de verão"


def left(page: Page, id: str):
    return page.locator(f"tr[data-id={id}] td.left")


class TestCountdown:
    @pytest.mark.long
    def test_rows_count_down_every_second_without_the_server(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed(feed(a=150))
        page.goto(quiet_site.address + "/configurations")
        expect(left(page, "a")).to_contain_text("min")
        page.wait_for_timeout(SECOND)
        runs, seen = quiet_site.runs(), []
        for _ in range(4):
            seen.append(seconds(left(page, "a").inner_text()))
            page.wait_for_timeout(SECOND)
        assert all(0 <= a - b <= 2 for a, b in pairwise(seen))
        assert seen[0] - seen[-1] in (2, 3, 4)
        assert quiet_site.runs() == runs

    @pytest.mark.long
    @pytest.mark.needs_new_window
    def test_a_browser_whose_clock_is_wrong_counts_right(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed(feed(a=150))
        page.clock.install(time=datetime.now(UTC) + timedelta(days=400))
        page.goto(quiet_site.address + "/configurations")
        expect(left(page, "a")).to_contain_text("2 min")

    @pytest.mark.long
    @pytest.mark.needs_new_window
    def test_words_weight_and_shape_mark_the_last_minute(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed(feed(a=75, b=3_000))
        page.clock.install()
        page.goto(quiet_site.address + "/configurations")
        expect(left(page, "a")).to_contain_text("1 min")
        page.clock.fast_forward(20 * SECOND)
        expect(left(page, "a")).to_contain_text("s left")
        last, calm = (left(page, id).locator(".count") for id in ("a", "b"))
        assert style(last, "fontWeight") > style(calm, "fontWeight")
        assert style(last, "backgroundColor") == style(calm, "color")
        assert style(last, "color") != style(last, "backgroundColor")
        assert style(last, "animationName") == "beat"
        page.emulate_media(reduced_motion="reduce")
        assert style(last, "animationName") == "none"

    @pytest.mark.needs_new_window
    def test_at_zero_it_may_have_begun_until_the_data_says_otherwise(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed(feed(a=75))
        page.clock.install()
        page.goto(quiet_site.address + "/configurations")
        expect(left(page, "a")).to_contain_text("1 min")
        verdict = page.locator("tr[data-id=a] td.verdict")
        expect(verdict).to_contain_text("Can be stopped")
        page.clock.fast_forward(80 * SECOND)  # the data is older than a minute, too
        expect(left(page, "a")).to_have_text("may have begun")
        expect(verdict).to_contain_text("Uncertain")
        quiet_site.move("a", "IN-PROGRESS", 5_000)
        page.clock.fast_forward(DUE)
        expect(left(page, "a")).to_have_text("–")

    @pytest.mark.long
    @pytest.mark.needs_new_window
    def test_at_zero_it_is_due_any_moment_while_the_data_is_of_this_minute(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed(feed(a=20))
        page.clock.install()
        page.goto(quiet_site.address + "/configurations")
        expect(left(page, "a")).to_contain_text("s left")
        page.clock.fast_forward(25 * SECOND)
        expect(left(page, "a")).to_have_text("any moment")
        expect(left(page, "a")).to_have_class(re.compile(r"\blast\b"))  # as urgent as 1 s left
        expect(page.locator("tr[data-id=a] td.verdict")).to_contain_text("Can be stopped")
        page.clock.fast_forward(50 * SECOND)
        expect(left(page, "a")).to_have_text("may have begun")
        expect(page.locator("tr[data-id=a] td.verdict")).to_contain_text("Uncertain")

    @pytest.mark.long
    def test_what_ticks_is_not_read_out(self, page: Page, quiet_site: Site) -> None:
        quiet_site.seed(feed(a=75))
        page.goto(quiet_site.address + "/configurations")
        expect(left(page, "a")).to_be_visible()
        assert left(page, "a").locator("xpath=ancestor-or-self::*[@aria-live]").count() == 0

    def test_the_browser_writes_a_time_as_the_server_does(self, page: Page) -> None:
        script = (ROOT / "pages" / "scripts" / "durations.js").read_text(encoding="utf-8")
        words = count_words()
        lengths = [1, 59, 60, 61, 119, 600, 3_599, 3_600, 3_660, 7_199, 86_399]
        written = page.evaluate(
            "([script, words, lengths]) =>"
            " new Function('words', 'lengths', script +"
            " '; return lengths.map(n => timeLeftText(n, false, false, words))')"
            "(words, lengths)",
            [script, words, lengths],
        )
        assert written == [countdown(n) for n in lengths]

    def test_the_browser_writes_an_age_as_the_server_does(self, page: Page) -> None:
        script = (ROOT / "pages" / "scripts" / "durations.js").read_text(encoding="utf-8")
        lengths = [0, 59, 60, 3_599, 3_600, 21_599, 21_600, 86_399, 86_400, 172_800, 864_000]
        written = page.evaluate(
            "([script, words, lengths]) => new Function('words', 'lengths',"
            " script + '; return lengths.map(n => durationText(n, words))')(words, lengths)",
            [script, live_text.duration_words(), lengths],
        )
        assert written == [i18n.span(timedelta(seconds=n)) for n in lengths]

    @pytest.mark.long
    @pytest.mark.needs_new_window
    def test_while_the_server_is_silent_nothing_is_green(self, page: Page, fast_site: Site) -> None:
        fast_site.seed(feed(a=3_000))
        is_cut = False

        def pass_on(socket: WebSocketRoute) -> None:
            server = socket.connect_to_server()
            socket.on_message(lambda message: None if is_cut else server.send(message))

        page.route_web_socket("**/_stcore/stream", pass_on)
        page.clock.install()
        page.goto(fast_site.address + "/configurations")
        row = page.locator("tr[data-id=a]")
        expect(row).to_contain_text("Can be stopped")
        green = style(row.locator(".verdict .word"), "color")
        is_cut = True
        page.wait_for_timeout(4 * SECOND)
        page.clock.fast_forward(60 * SECOND)
        expect(page.get_by_text("has not answered for a while")).to_be_visible()
        # The row follows the notice within a second.
        expect(row.locator(".verdict .word")).not_to_have_css("color", green)


def style(element, name: str) -> str:
    return element.evaluate("(e, name) => getComputedStyle(e)[name]", name)


class TestRefresh:
    @pytest.mark.long
    def test_it_keeps_the_dialog_what_is_typed_there_and_the_focus(
        self, page: Page, fast_site: Site
    ) -> None:
        fast_site.seed()
        page.goto(fast_site.address + "/configurations")
        page.get_by_role("button", name=f"Abort {NAME}", exact=True).click()
        note = page.get_by_role("dialog").get_by_label("Note (optional)")
        note.press_sequentially("wrong pri")
        wait_for_refreshes(page, fast_site, 3)
        expect(note).to_be_focused()
        note.press_sequentially("ce")
        expect(note).to_have_value("wrong price")

    @pytest.mark.long
    def test_an_open_dialog_reads_its_facts_again(self, page: Page, fast_site: Site) -> None:
        fast_site.seed()
        page.goto(fast_site.address + "/configurations")
        page.get_by_role("button", name="Abort Liquidação", exact=True).click()
        stop = page.get_by_role("button", name="Abort this send")
        expect(stop).to_be_visible()
        fast_site.move("c", "IN-PROGRESS", 5_000)
        expect(page.get_by_role("dialog")).to_contain_text("goes out completely")
        expect(stop).to_have_count(0)

    @pytest.mark.long
    def test_it_keeps_the_scroll_and_the_focus_in_the_list(
        self, page: Page, fast_site: Site
    ) -> None:
        fast_site.seed(feed(**{f"s{n:02}": 3_000 + n for n in range(25)}))
        page.goto(fast_site.address + "/configurations")
        button = page.get_by_role("button", name="Abort Send s20", exact=True)
        button.focus()
        before = button.bounding_box()
        wait_for_refreshes(page, fast_site, 3)
        fast_site.move("s02", "SENT-DONE", 7_000)
        wait_for_refreshes(page, fast_site, 2)
        expect(button).to_be_focused()
        assert before is not None
        assert button.bounding_box() == before | {"y": pytest.approx(before["y"], abs=60)}

    @pytest.mark.long
    def test_a_hidden_tab_sends_no_requests(self, page: Page, fast_site: Site) -> None:
        fast_site.seed(feed(a=3_000))
        page.goto(fast_site.address + "/")
        expect(page.locator("tr[data-id=a]")).to_contain_text("SCHEDULED")
        wait_for_refreshes(page, fast_site, 4)
        see(page, "hidden")
        page.wait_for_timeout(SECOND)
        runs = fast_site.runs()
        page.wait_for_timeout(4 * SECOND)
        assert fast_site.runs() == runs
        see(page, "visible")
        wait_for_refreshes(page, fast_site, 4)

    @pytest.mark.long
    @pytest.mark.needs_new_window
    def test_a_tab_that_is_looked_at_again_refreshes_at_once(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed(feed(a=3_000))
        page.clock.install()
        page.goto(quiet_site.address + "/")
        row = page.locator("tr[data-id=a]")
        expect(row).to_contain_text("SCHEDULED")
        see(page, "hidden")
        page.clock.fast_forward(DUE)
        quiet_site.move("a", "PROCESANDO", 0)
        page.wait_for_timeout(SECOND)
        expect(row).to_contain_text("SCHEDULED")
        see(page, "visible")
        expect(row).to_contain_text("PROCESANDO")

    @pytest.mark.long
    @pytest.mark.needs_new_window
    @pytest.mark.parametrize("turn", [0, pytest.param(20, marks=pytest.mark.long)])
    def test_a_click_in_the_moment_of_a_refresh_is_not_lost(
        self, page: Page, quiet_site: Site, turn: int
    ) -> None:
        quiet_site.seed(feed(a=3_000))
        page.clock.install()
        page.goto(quiet_site.address + "/configurations")
        button = page.get_by_role("button", name="Abort Send a", exact=True)
        expect(button).to_be_visible()
        see(page, "hidden")
        page.clock.fast_forward(DUE)
        button.evaluate(
            "(button, turn) => { delete document.visibilityState;"
            " document.dispatchEvent(new Event('visibilitychange'));"
            " setTimeout(() => button.click(), turn); }",
            turn,
        )
        expect(page.get_by_role("dialog")).to_contain_text("Send a")


def wait_for_refreshes(page: Page, site: Site, count: int) -> None:
    wanted = site.runs() + count
    for _ in range(100):
        if site.runs() >= wanted:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the page does not refresh")


class TestCharts:
    def test_a_click_on_a_state_opens_the_list_of_its_sends_and_back_leads_back(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed()
        page.goto(quiet_site.address + "/")
        for _ in range(2):  # also the same send a second time
            page.locator(".states").get_by_role("link", name="SCHEDULED").click()
            expect(page.get_by_role("heading", name="Sends")).to_be_visible()
            expect(page.locator("tbody tr")).to_have_count(1)
            assert (
                page.url == quiet_site.address + "/configurations?state=SCHEDULED&outlook=stoppable"
            )
            page.go_back()
            expect(page.get_by_role("heading", name="Overview")).to_be_visible()

    @pytest.mark.long
    def test_a_click_on_an_hour_opens_the_list_of_that_hour_which_can_be_taken_away(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed(feed(a=60, b=3 * 86_400))
        page.goto(quiet_site.address + "/")
        hour = datetime.now(UTC).strftime("%Y-%m-%dT%HZ")
        click(page, "volume", 0.54, 0.6)
        page.wait_for_url("**/configurations?time=*")
        assert page.url.split("time=")[1].startswith(hour[:4])
        page.goto(f"{quiet_site.address}/configurations?time={hour}")
        chip = page.locator(".st-key-chip_time")
        if datetime.now(UTC).minute < 58:  # else the send is in the next hour
            expect(page.locator("tbody tr")).to_have_count(1)
        chip.get_by_role("button").click()
        expect(page.locator("tbody tr")).to_have_count(2)
        assert "time=" not in page.url

    @pytest.mark.long
    def test_each_chart_is_described_and_its_numbers_are_a_click_away(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed(FEED.replace("2030-01-01T12:00Z", datetime.now(UTC).isoformat()))
        page.goto(quiet_site.address + "/")
        scheduled = page.locator(".states li", has_text="SCHEDULED")
        expect(scheduled.locator("b")).to_have_text("1")
        page.locator(".st-key-show_states").get_by_text("Recipients").click()
        expect(scheduled.locator("b")).to_have_text("7,000")
        expect(page.get_by_role("img", name="Recipients by hour")).to_be_visible()
        page.locator(".st-key-show_volume").get_by_text("Table").click()
        expect(page.get_by_role("row", name="1 7,000 7,000")).to_be_visible()
        page.locator(".states").get_by_role("link", name="PROCESANDO").click()
        expect(page.locator("tbody tr")).to_have_count(1)


def click(page: Page, chart: str, x: float, y: float) -> None:
    canvas = page.locator(f"[class*=st-key-chart_{chart}] canvas").first
    box = canvas.bounding_box()
    assert box is not None
    canvas.click(position={"x": box["width"] * x, "y": box["height"] * y})


class TestMoving:
    @pytest.mark.long
    def test_a_send_opens_in_the_same_session_and_back_leads_to_the_same_list(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed()
        page.goto(quiet_site.address + "/configurations?state=SCHEDULED")
        page.evaluate("window.notReloaded = true")
        page.get_by_role("link", name=NAME).click()
        expect(page.get_by_role("heading", name=NAME, level=1)).to_be_visible()
        assert page.url == quiet_site.address + "/configuration?id=a"
        page.go_back()
        expect(page.locator("tbody tr")).to_have_count(1)
        assert page.url == quiet_site.address + "/configurations?state=SCHEDULED"
        assert page.evaluate("window.notReloaded")

    @pytest.mark.long
    def test_a_send_opens_in_a_new_tab_where_one_asks_for_that(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed()
        page.goto(quiet_site.address + "/configurations")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name=NAME).click(modifiers=["ControlOrMeta"])
        expect(opened.value.get_by_role("heading", name=NAME, level=1)).to_be_visible()
        assert page.url == quiet_site.address + "/configurations"

    def test_a_small_screen_shows_the_list_without_scrolling(
        self, page: Page, quiet_site: Site
    ) -> None:
        quiet_site.seed()
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(quiet_site.address + "/configurations")
        expect(page.get_by_role("button", name=f"Abort {NAME}", exact=True)).to_be_visible()
        first = page.locator("tbody tr").first.bounding_box()
        assert first is not None
        assert first["y"] + first["height"] < 844
        account = page.get_by_label("Account")
        expect(account).to_be_hidden()
        page.locator(".st-key-filters_shown").get_by_text("Filters").click()
        expect(account).to_be_visible()


@pytest.mark.long
def test_the_list_stays_in_place_whatever_comes_above_it(page: Page, quiet_site: Site) -> None:
    """A list in another place would be drawn beside the old one for a moment and lose the focus."""
    quiet_site.seed()
    page.goto(quiet_site.address + "/configurations")
    rows = page.locator(".st-key-configuration_rows")
    expect(page.locator("tr[data-id=a]")).to_be_visible()
    rows.evaluate("e => { e.isTheSame = true; }")
    page.get_by_label("Search", exact=True).fill("Norte")
    page.get_by_label("Search", exact=True).press("Enter")
    expect(page.locator("tr[data-id=c]")).to_have_count(0)
    page.locator("tr[data-id=a] button").click()
    page.get_by_role("button", name="Abort this send").click()
    expect(page.locator(".st-key-abort_notices")).to_be_visible()
    expect(page.locator("tr[data-id=a]")).to_contain_text("CANCELLED")
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator("tr[data-id=c]")).to_be_visible()
    assert rows.evaluate("e => e.isTheSame === true")
