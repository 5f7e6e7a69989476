"""People without access read the reason in their language."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from core.locale import SOURCE_LANGUAGE, translation
from tests.journeys.windows import Windows
from tests.looks.conftest import LANGUAGES, reading
from tests.looks.entries import ENTRIES, LOG_IN, EntryServers, entry_servers
from tests.looks.test_accessibility import barriers
from tests.looks.test_keyboard import tab_to
from tests.looks.test_languages import PHONE, english_that, still_said

#: The entries whose page has a link to the provider.
TO_THE_PROVIDER = ("login needed", "login refused", "provider away", "session ended")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EntryServers]:
    with entry_servers(tmp_path_factory.mktemp("entries")) as made:
        yield made


@pytest.mark.long
def test_axe_finds_no_barrier_on_pages_before_the_login(
    windows: Windows, servers: EntryServers
) -> None:
    found = {}
    window = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"}
    with reading(windows, **window) as page:
        for name, entry in ENTRIES.items():
            servers.open(page, entry)
            found[name] = barriers(page)
            assert page.get_by_role("heading", level=1).count() == 1, name
            assert page.get_by_role("main").count() == 1, name
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_speaks_the_browsers_language_and_fits_a_telephone(
    windows: Windows, servers: EntryServers, language: str
) -> None:
    english = english_that(language) if language != SOURCE_LANGUAGE else set()
    wrong = {}
    with reading(windows, language, **PHONE) as page:
        for name, entry in ENTRIES.items():
            servers.open(page, entry)
            assert page.evaluate("document.documentElement.lang").startswith(language)
            wide = page.evaluate(
                "Math.max(document.documentElement.scrollWidth,"
                " ...[...document.querySelectorAll('[data-testid=stMain]')].map(e => e.scrollWidth))"
            )
            left = still_said(page, english)
            # In the light theme and a narrow window.
            found = barriers(page) if language == SOURCE_LANGUAGE else []
            if wide > 390 or left or found:
                wrong[name] = (wide, left, found)
    assert wrong == {}


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [TO_THE_PROVIDER[0], *(pytest.param(n, marks=pytest.mark.long) for n in TO_THE_PROVIDER[1:])],
)
def test_the_keyboard_alone_leads_to_the_provider(
    windows: Windows, servers: EntryServers, name: str
) -> None:
    with reading(windows) as page:
        servers.open(page, ENTRIES[name])
        tab_to(page, "Log in", 10)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{servers.provider.address}/**")


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    ["not a viewer's page", pytest.param("another account's send", marks=pytest.mark.long)],
)
def test_the_keyboard_alone_leads_on_from_a_page_that_one_may_not_see(
    windows: Windows, servers: EntryServers, name: str
) -> None:
    with reading(windows) as page:
        servers.open(page, ENTRIES[name])
        leads = "To the overview" if ENTRIES[name].path == "feeds" else "Back: Sends"
        tab_to(page, leads, 20)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Send")
        expect(page.get_by_role("button", name="Log out")).to_be_visible()


@pytest.mark.long
def test_the_language_can_be_chosen_before_the_login(
    windows: Windows, servers: EntryServers
) -> None:
    with reading(windows, "en") as page:
        servers.open(page, ENTRIES["login needed"])
        page.get_by_role("link", name="ES: Español").click()
        expect(page.get_by_role("link", name=LOG_IN["es"], exact=True)).to_be_visible()


def test_the_links_are_called_what_the_catalogues_say() -> None:
    assert {code: translation(code).gettext("Log in") for code in LANGUAGES} == LOG_IN


@pytest.mark.long
def test_the_servers_are_those_of_the_entries(servers: EntryServers) -> None:
    assert {entry.at for entry in ENTRIES.values()} == set(servers.addresses)
