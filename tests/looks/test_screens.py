"""What fits on the screen of a phone and on a wall screen."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from core.domain.states import Outlook
from core.locale import translation
from pages.text import palette
from tests.journeys.conftest import FEED, Site
from tests.journeys.windows import PHONE, Windows
from tests.looks.conftest import ONE_LANGUAGE, reading, visit

#: People can read letters of 15 mm from three metres: 34 pixels on a 55-inch screen.
LEAST_ON_A_WALL = 34


@pytest.mark.long
def test_a_row_on_a_telephone_has_its_button_under_the_thumb(windows: Windows, site: Site) -> None:
    with reading(windows, **PHONE) as page:
        visit(page, site, "configurations")
        row = page.locator("tr[data-id=a]")
        for part in ("td.verdict", "td.left", "th.name", "td.recipients"):
            expect(row.locator(part)).to_be_visible()
        button = row.get_by_role("button")
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
        for name in ("Abort this send", "Don't abort"):
            expect(dialog.get_by_role("button", name=name)).to_be_in_viewport()
        for part in (".name", ".figures", ".verdict-box"):
            expect(dialog.locator(part)).to_be_in_viewport(ratio=1)
        dialog.get_by_role("button", name="Abort this send").tap()
        expect(page.get_by_test_id("stAlert")).to_contain_text("Stopped.")
    assert site.look("a")["state"] == "CANCELLED"


@pytest.mark.long
def test_the_wall_is_read_from_three_metres_and_has_nothing_to_press(
    windows: Windows, site: Site
) -> None:
    with reading(windows, viewport={"width": 1920, "height": 1080}) as page:
        soon = (datetime.now(UTC) + timedelta(seconds=55)).isoformat()
        site.seed(f"{FEED}z,Encerra já,SCHEDULED,7000,0,{soon},Conta Leste\n")
        visit(page, site, "?wall=1")
        expect(page.locator("table.wall")).to_contain_text("Promoção de verão")
        first = page.locator("table.wall tbody tr").first
        expect(first.locator(".account")).to_have_text("Conta Leste")
        # As in the list, the countdown of the last minute has the colours of text and page exchanged.
        last = first.locator(".left .is-last")
        expect(last).to_contain_text("s left")
        assert style(last, "backgroundColor") == style(first, "color")
        assert float(style(page.locator(".wall-clock"), "fontSize")[:-2]) > 3 * LEAST_ON_A_WALL
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


def style(element: Locator, name: str) -> str:
    return str(element.evaluate(f"element => getComputedStyle(element).{name}"))


def busy_day() -> str:
    """Return sends of ten accounts in the next hours, and three problems without a notice."""
    now = datetime.now(UTC)

    def row(id: str, name: str, state: str, minutes: float, account: str) -> str:
        at = (now + timedelta(minutes=minutes)).isoformat()
        return f"{id},{name},{state},9000,0,{at},{account}\n"

    ahead = [row(f"s{n}", f"Envio {n}", "SCHEDULED", 30 + 20 * n, f"Conta {n}") for n in range(10)]
    twice = [row(f"t{n}", "Promo", "SCHEDULED", 90 + n, "Conta 1") for n in range(2)]
    problems = (
        row("smtp", "Recordatorio", "SMTP-ERROR", -60, "Conta 2"),
        row("stuck", "Encuesta", "PROCESANDO", -2_900, "Conta 3"),
    )
    return FEED.splitlines()[0] + "\n" + "".join((*ahead, *twice, *problems))


@pytest.mark.long
def test_the_overview_shows_what_is_wrong_and_what_comes_next_without_scrolling(
    windows: Windows, site: Site
) -> None:
    site.seed(busy_day())
    with reading(windows, viewport={"width": 1440, "height": 900}) as page:
        sentences = page.locator(".attention li")
        # Freio looks for duplicates every 30 seconds (`SCAN_EVERY`), and may have looked just before
        # the seed. An open page without news draws itself again only every 60 seconds.
        for _ in range(40):
            visit(page, site)
            if sentences.count() == 3:
                break
            page.wait_for_timeout(1_000)
        expect(sentences).to_have_count(3)
        marks, rows = marks_of(page), page.locator("tr[data-id]")
        expect(page.locator("svg a.lane")).to_have_count(8)
        expect(page.get_by_text("2 other accounts").first).to_be_visible()
        seen = (*sentences.all(), *page.locator(".tiles > li").all(), page.locator(".legend"))
        for part in (*seen, *marks.all(), *rows.all()[:5]):
            expect(part).to_be_in_viewport(ratio=0.99)
        assert rows.count() >= 5
        assert fills(page) == {rgb(palette.COLOURS[outlook][0]) for outlook in MARKED}
        line = page.locator("svg .now line")
        before = float(line.get_attribute("x1") or 0)
        page.wait_for_timeout(2_500)
        moved = float(line.get_attribute("x1") or 0) - before
        # The timeline has more than 1,000 pixels for a little more than six hours.
        assert 0.05 < moved < 1
    with reading(windows, color_scheme="dark") as page:
        visit(page, site)
        expect(marks_of(page)).not_to_have_count(0)
        assert fills(page) == {rgb(palette.COLOURS[outlook][1]) for outlook in MARKED}


#: The verdicts of the sends of `busy_day` on the timeline.
MARKED = (Outlook.STOPPABLE, Outlook.UNCERTAIN)


def marks_of(page: Page) -> Locator:
    return page.locator("svg a[data-id]")


def fills(page: Page) -> set[str]:
    """Return the colours of the marks on the timeline."""
    return {style(mark.locator("path").last, "fill") for mark in marks_of(page).all()}


def rgb(colour: str) -> str:
    """Return a colour in the format of Chromium."""
    return "rgb({}, {}, {})".format(*bytes.fromhex(colour.removeprefix("#")))


@pytest.mark.long
@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_no_text_of_the_wall_runs_into_the_next_one(
    windows: Windows, site: Site, language: str
) -> None:
    for width in (390, 1024, 1920):
        with reading(windows, language, viewport={"width": width, "height": 1080}) as page:
            visit(page, site, "?wall=1")
            left = page.locator(".wall td.left").first
            expect(left).to_be_visible()
            words = translation(language).gettext("any moment")
            assert left.evaluate(
                "(cell, words) => { cell.firstElementChild.textContent = words;"
                " return cell.scrollWidth <= cell.clientWidth; }",
                words,
            ), width
            if width > 900:
                verdict = page.locator(".wall td.tone").first
                words = translation(language).gettext("Can be stopped")
                expect(verdict).to_contain_text(words)
                assert verdict.evaluate("cell => cell.scrollWidth <= cell.clientWidth"), width


@pytest.mark.long
@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_the_list_begins_in_the_upper_part_of_the_page(
    windows: Windows, site: Site, language: str
) -> None:
    due = (datetime.now(UTC) - timedelta(minutes=2)).isoformat()
    site.seed(FEED + f"l,Liquidação de verão,SCHEDULED,900000,0,{due},Norte\n")
    with reading(windows, language, viewport={"width": 1440, "height": 900}) as page:
        visit(page, site, "configurations")
        first = page.locator("tbody tr").first
        box = first.bounding_box()
        assert box is not None
        assert box["y"] < 340
        site.own_feed()
        site.abort("a")
        visit(page, site, "configurations")
        expect(page.locator("[class*='st-key-to_abort_']")).to_be_visible()
        expect(page.locator(".alert-lines li")).to_be_visible()
        box = first.bounding_box()
        assert box is not None
        assert box["y"] < 340, "also below an alert and an abort to repeat in the platform"
        page.set_viewport_size({"width": 720, "height": 450})  # the same window at 200 % zoom
        expect(first).to_be_in_viewport(ratio=0.9)


@pytest.mark.long
@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_no_cell_of_the_tables_of_a_send_is_cut_at_any_width(
    windows: Windows, site: Site, language: str
) -> None:
    site.move("c", "IN-PROGRESS", 5_000)
    site.abort("a", reason="wrong_audience", note="They paid yesterday. " * 9)
    with reading(windows, language) as page:
        for id in ("a", "c"):
            visit(page, site, f"configuration?id={id}")
            expect(page.locator("table.cells td").first).to_be_visible()
            for width in (390, 1024, 1440):
                page.set_viewport_size({"width": width, "height": 900})
                page.wait_for_timeout(300)
                cut = page.locator("table.cells").evaluate_all(
                    """(tables) => tables.flatMap((table) => [...table.querySelectorAll("th, td")])
                    .filter((e) => e.checkVisibility() && (e.scrollWidth > e.clientWidth + 1
                      || e.getBoundingClientRect().right > innerWidth))
                    .map((e) => e.textContent)"""
                )
                assert cut == [], (id, width)


@pytest.mark.long
def test_a_phone_has_an_order_to_choose_and_it_is_in_the_url(windows: Windows, site: Site) -> None:
    with reading(windows, viewport={"width": 390, "height": 844}) as page:
        visit(page, site, "configurations")
        page.get_by_label("Order").click()
        page.get_by_role("option", name="Most recipients").click()
        expect(page).to_have_url(re.compile("sort=recipients"))
        expect(page.locator("tbody tr").first).to_contain_text("12,000")


@pytest.mark.long
def test_the_name_of_an_account_on_the_timeline_is_large_enough_for_a_finger(
    windows: Windows, site: Site
) -> None:
    now = datetime.now(UTC)
    site.seed(
        FEED.splitlines()[0]
        + f"\na,Um,SCHEDULED,7000,0,{(now + timedelta(hours=1)).isoformat()},Norte"
        + f"\nb,Dois,SCHEDULED,7000,0,{(now + timedelta(hours=2)).isoformat()},Sul\n"
    )
    for width in (390, 1024):
        touch = {"viewport": {"width": width, "height": 844}, "has_touch": True, "is_mobile": True}
        with reading(windows, **touch) as page:
            visit(page, site)
            names = page.locator("a.lane .target")
            expect(names).to_have_count(2)
            boxes = [each.bounding_box() for each in names.all()]
            assert all(b and round(b["height"]) >= 44 and round(b["width"]) >= 44 for b in boxes)
            assert boxes[0]
            assert boxes[1]
            assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"] + 0.5, "no two overlap"
            hours = [each.bounding_box() for each in page.locator("a.hour text").all()]
            named = [box for box in hours if box and box["width"]]
            assert len(named) > 3
            assert all(a["x"] + a["width"] < b["x"] for a, b in pairwise(named)), width
            expect(page.locator(".legend")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_what_may_have_begun_does_not_run_into_the_name_beside_it(
    windows: Windows, site: Site, language: str
) -> None:
    with reading(windows, language) as page:
        visit(page, site, "configurations")
        over = page.locator("tr[data-id=a] td.left").evaluate(
            """(cell, words) => {
              const count = cell.querySelector(".count");
              cell.classList.add("over");
              count.textContent = words;
              const range = document.createRange();
              range.selectNodeContents(count);
              return range.getBoundingClientRect().right - cell.getBoundingClientRect().right;
            }""",
            translation(language).gettext("may have begun"),
        )
        assert over <= 0


@pytest.mark.long
def test_the_two_answers_to_a_long_question_stay_in_sight(windows: Windows, site: Site) -> None:
    site.own_feed()
    with reading(windows, "pt", viewport={"width": 390, "height": 700}) as page:
        visit(page, site, "configurations")
        page.get_by_role("button", name="Abortar Recordatorio de otoño", exact=True).click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Isto só registra a parada aqui")
        for name in ("Abortar este envio", "Não abortar"):
            expect(dialog.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)


@pytest.mark.long
def test_the_open_menu_of_a_telephone_has_no_language_over_its_way_out(
    windows: Windows, site: Site
) -> None:
    with reading(windows, "pt", viewport={"width": 390, "height": 844}) as page:
        visit(page, site, "configurations")
        page.get_by_role("button", name="Abrir o menu").click()
        close = page.get_by_role("button", name="Fechar o menu")
        expect(close).to_be_focused()
        close.click()
        expect(page.get_by_role("button", name="Abrir o menu")).to_be_focused()
        expect(page.get_by_role("heading", level=1)).to_have_text("Envios")
        expect(page.get_by_role("link", name="ES: Español")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.long)])
def test_the_buttons_of_the_dialog_do_not_move_after_they_are_shown(
    windows: Windows, site: Site, width: int
) -> None:
    with reading(windows, viewport={"width": width, "height": 1000}) as page:
        visit(page, site, "configurations")
        page.evaluate(
            "() => { window.seen = new Set(); const look = () => {"
            " const found = document.querySelector('.abort-form[data-abort] .confirm');"
            " if (found) window.seen.add(Math.round(found.getBoundingClientRect().top));"
            " requestAnimationFrame(look); }; look(); }"
        )
        page.locator("tr[data-id=a] button").click()
        expect(page.get_by_role("radio").first).to_be_visible()
        page.wait_for_timeout(200)
        assert len(page.evaluate("() => [...window.seen]")) == 1
