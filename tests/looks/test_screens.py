"""What fits on the screen of a phone and on a wall screen."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from core.locale import translation
from tests.journeys.conftest import FEED, Site
from tests.journeys.windows import Windows
from tests.looks.conftest import ONE_LANGUAGE, reading, visit

#: People can read letters of 15 mm from three metres: 34 pixels on a 55-inch screen.
LEAST_ON_A_WALL = 34


@pytest.mark.long
def test_a_card_on_a_telephone_has_its_button_under_the_thumb(windows: Windows, site: Site) -> None:
    window = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with reading(windows, **window) as page:
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
        expect(page.locator("[class*='st-key-alert_line_']")).to_be_visible()
        box = first.bounding_box()
        assert box is not None
        assert box["y"] < 340, "also below an alert and an abort to repeat in the platform"
        page.set_viewport_size({"width": 720, "height": 450})  # the same window at 200 % zoom
        expect(first).to_be_in_viewport(ratio=0.9)


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
