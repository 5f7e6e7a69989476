"""Every page in three languages, at the width of a phone, where long words need too much room."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from core.locale import SOURCE_LANGUAGE, translation
from tests.journeys.browser import choose_file
from tests.journeys.conftest import FEED, Site
from tests.journeys.windows import Windows
from tests.looks.conftest import ONE_LANGUAGE, PAGES, reading, visit
from tests.messages import extract

PHONE = {"viewport": {"width": 390, "height": 844}}

#: Returns all text of a page, in its own elements and in those of its components.
SAID = """() => {
  const said = [];
  const look = (root) => {
    for (const e of root.querySelectorAll("*")) {
      if (e.shadowRoot) look(e.shadowRoot);
      for (const name of ["aria-label", "placeholder", "title", "alt"])
        if (e.hasAttribute(name)) said.push(e.getAttribute(name));
      for (const n of e.childNodes) if (n.nodeType === 3) said.push(n.nodeValue);
    }
  };
  look(document.body);
  return said.map((text) => text.trim());
}"""


def english_that(language: str) -> set[str]:
    """Return the English texts that a language translates differently."""
    texts = translation(language)
    found = (m.id for m in extract() if isinstance(m.id, str) and m.id)
    return {text for text in found if texts.gettext(text) != text and re.search("[a-z]{3}", text)}


def still_said(page: Page, texts: set[str], seconds: float = 5) -> list[str]:
    """Return which texts stay on a page.

    Streamlit adds some parts later, such as the tools of a table, in English until the next frame.
    No person sees that, but a test could.
    """
    until = time.monotonic() + seconds
    while left := texts.intersection(page.evaluate(SAID)):
        if time.monotonic() > until:
            break
        page.wait_for_timeout(100)
    return sorted(left)


@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_every_page_speaks_the_browsers_language_and_fits_a_telephone(
    windows: Windows, busy: Site, language: str
) -> None:
    english = english_that(language) if language != SOURCE_LANGUAGE else set()
    wrong = {}
    with reading(windows, language, **PHONE) as page:
        for path in PAGES:
            visit(page, busy, path)
            assert page.evaluate("document.documentElement.lang").startswith(language)
            wide = page.evaluate(
                "Math.max(document.documentElement.scrollWidth,"
                " ...[...document.querySelectorAll('[data-testid=stMain]')].map(e => e.scrollWidth))"
            )
            left = still_said(page, english)
            if wide > 390 or left:
                wrong[path] = (wide, left)
    assert wrong == {}


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


@pytest.mark.long
def test_a_chosen_language_is_remembered_and_carried_from_page_to_page(
    windows: Windows, site: Site
) -> None:
    with reading(windows, "en") as page:
        visit(page, site, "configurations?state=SCHEDULED")
        page.get_by_role("link", name="ES: Español").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Envíos")
        assert "state=SCHEDULED" in page.url
        page.get_by_role("link", name="Ayuda").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Ayuda")
        expect(page).to_have_url(re.compile(r"/help\?lang=es$"))
        visit(page, site)
        assert heading(page) == "Resumen"
        visit(page, site, "?lang=pt")
        assert heading(page) == "Visão geral"


@pytest.mark.long
def test_clearing_the_filters_keeps_the_language(windows: Windows, site: Site) -> None:
    with reading(windows, "en") as page:
        visit(page, site, "configurations?lang=pt&q=Recordatorio")
        page.get_by_role("button", name="Limpar filtros").click()
        expect(page.locator("tr[data-id=b]")).to_be_visible()
        expect(page).to_have_url(re.compile(r"configurations\?lang=pt$"))


@pytest.mark.long
def test_what_streamlit_says_itself_is_translated_where_it_can_be(
    windows: Windows, site: Site
) -> None:
    with reading(windows, "pt") as page:
        visit(page, site, "feeds")
        place = page.get_by_test_id("stFileUploader").first
        expect(place.locator("button")).to_contain_text("Escolher um arquivo")
        expect(place).to_contain_text("por arquivo, no máximo")
        visit(page, site, "configurations")
        page.get_by_role("button", name="Abortar Liquidação", exact=True).click()
        closes = page.get_by_role("dialog").get_by_role("button", name="Fechar")
        expect(closes).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_an_unknown_address_is_answered_in_the_readers_language(
    windows: Windows, site: Site, language: str
) -> None:
    with reading(windows, language) as page:
        answer = page.goto(f"{site.address}/nowhere")
        assert answer is not None
        assert answer.status == 404
        said = translation(language).gettext
        expect(page.get_by_role("heading")).to_have_text(said("Page not found"))
        text = said("There is no page at the address {path}.").format(path="/nowhere")
        expect(page.get_by_text(text)).to_be_visible()
        page.get_by_role("link", name=said("To the overview")).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(said("Overview"))


@pytest.mark.long
def test_a_date_is_asked_for_in_the_readers_order(windows: Windows, site: Site) -> None:
    feed = {"name": "a.csv", "mimeType": "text/csv", "buffer": FEED.encode()}
    with reading(windows, "pt") as page:
        visit(page, site, "feeds")
        choose_file(page, feed)
        page.get_by_text("Como o arquivo é lido").click()
        parts = page.get_by_test_id("stDateTimeInput").get_by_role("spinbutton")
        expect(parts).to_have_text(["dd", "mm", "aaaa", "––", "––"])
        parts.first.click()
        page.keyboard.type("241120261030")
        expect(parts).to_have_text(["24", "11", "2026", "10", "30"])


@pytest.mark.long
def test_counts_in_a_table_are_written_as_the_reader_writes_numbers(
    windows: Windows, site: Site
) -> None:
    head, *_ = FEED.splitlines()
    rows = "".join(f"{n},x,SCHEDULED,5,0,2030-01-01T12:00Z,Sul\n" for n in range(1234))
    feed = {"name": "a.csv", "mimeType": "text/csv", "buffer": f"{head}\n{rows}".encode()}
    # This language is chosen in the URL, not by the browser.
    with reading(windows, "en") as page:
        visit(page, site, "feeds?lang=pt")
        choose_file(page, feed)
        page.get_by_role("button", name="Carregar: gravar estas alterações").click()
        expect(page.locator(".cells", has_text="1.234").first).to_be_visible()


@pytest.mark.long
def test_a_spanish_reader_sees_numbers_as_their_country_writes_them(
    windows: Windows, site: Site
) -> None:
    for locale, number in (("es-AR", "12.000"), ("es-MX", "12,000")):
        with reading(windows, "es", locale=locale) as page:
            visit(page, site, "configurations")
            expect(page.locator("tr[data-id=b] td.recipients")).to_contain_text(number)
