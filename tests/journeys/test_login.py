"""Logins at a real provider: who gets access, who does not, and how a login ends."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import serving
from tests.journeys.conftest import Site
from tests.journeys.provider import (
    CLIENT_SECRET,
    COOKIE_SECRET,
    ROLES,
    Provider,
    cookies_of,
    let_in,
    log_in,
    providing,
)
from tests.journeys.windows import Windows

OTHER_PATHS = ["", "configurations", "aborts", "feeds", "system", "nowhere"]
SECONDS = 6


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as made:
        yield made


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("roles") / "roles.toml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("login")


@pytest.fixture(scope="module")
def address(folder: Path, provider: Provider, roles: Path) -> Iterator[str]:
    roles.write_text(ROLES)
    settings = {"FREIO_DEMO": "off", "FREIO_REFRESH_SECONDS": "1"} | provider.settings(roles)
    with serving("tests.journeys.server:app", folder, **settings) as it:
        yield it


@pytest.fixture
def site(address: str, roles: Path) -> Site:
    roles.write_text(ROLES)
    made = Site(address)
    made.seed()
    return made


@pytest.fixture(scope="module")
def logged_in(address: str) -> Callable[[str], dict[str, str]]:
    """Return the cookies of a person who has logged in once."""
    return cache(lambda person: cookies_of(address, person))


@pytest.fixture
def as_person(
    windows: Windows, address: str, logged_in: Callable[[str], dict[str, str]]
) -> Iterator[Callable[[str], Page]]:
    with ExitStack() as opened:

        def come(person: str) -> Page:
            page = opened.enter_context(windows.open())
            let_in(page, address, logged_in(person))
            return page

        yield come


As = Callable[[str], Page]


def names(page: Page) -> str:
    """Return all text on the page, including the lists in shadow roots."""
    page.wait_for_timeout(300)
    rows = page.locator("tr[data-id]").all_inner_texts()
    return page.locator("body").inner_text() + "\n".join(rows)


@pytest.mark.parametrize(
    "path", ["configuration?id=a", *(pytest.param(p, marks=pytest.mark.long) for p in OTHER_PATHS)]
)
def test_a_person_sees_nothing_without_a_login(page: Page, site: Site, path: str) -> None:
    page.goto(f"{site.address}/{path}")
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    found = names(page)
    assert "Promoção" not in found
    assert "Overview" not in found


def test_who_is_listed_logs_in_stops_a_send_and_is_named_on_its_receipt(
    page: Page, site: Site
) -> None:
    log_in(page, site.address, "otto")
    expect(page.get_by_text("otto@example.com")).to_be_visible()
    page.goto(site.address + "/configurations")
    page.get_by_role("button", name="Abort Promoção de verão", exact=True).click()
    page.get_by_role("button", name="Abort this send").click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("Stopped.")
    assert site.receipts("a") == [["otto@example.com", "127.0.0.1", None]]


@pytest.mark.long
def test_who_is_listed_by_issuer_and_subject_gets_in_without_their_address(
    as_person: As, site: Site, roles: Path, provider: Provider
) -> None:
    roles.write_text(f'[subjects]\n"{provider.address}#otto" = "viewer"')
    page = as_person("otto")
    page.goto(site.address)
    expect(page.get_by_text("otto@example.com · view only")).to_be_visible()
    other = as_person("vera")
    other.goto(site.address)
    expect(other.get_by_text("vera@example.com has no role here")).to_be_visible()


def test_a_viewer_sees_the_list_and_has_no_button(as_person: As, site: Site) -> None:
    page = as_person("vera")
    page.goto(site.address + "/configurations")
    expect(page.locator("tr[data-id=a]")).to_contain_text("view only")
    expect(page.get_by_role("button", name=re.compile("^Abort "))).to_have_count(0)


@pytest.mark.long
@pytest.mark.parametrize("path", ["system", pytest.param("feeds", marks=pytest.mark.long)])
def test_an_operator_does_not_get_at_the_administrators_pages(
    as_person: As, site: Site, path: str
) -> None:
    page = as_person("otto")
    page.goto(f"{site.address}/{path}")
    expect(page.get_by_text("Only an administrator for all accounts")).to_be_visible()
    found = names(page)
    assert "FREIO_" not in found
    assert "duckdb" not in found.lower()


@pytest.mark.long
def test_who_is_bound_to_an_account_sees_and_stops_only_its_sends(
    as_person: As, site: Site
) -> None:
    page = as_person("rui")
    for path in ["", "configurations", "configuration?id=a", "aborts"]:
        page.goto(f"{site.address}/{path}")
        expect(page.get_by_text("only Sul")).to_be_visible()
        found = names(page)
        assert "Recordatorio" not in found
        assert "Promoção" not in found
    page.goto(site.address + "/configurations")
    expect(page.locator("tr[data-id=d]")).to_contain_text("Encuesta")


@pytest.mark.long
def test_an_account_that_is_not_listed_gets_nothing_and_may_try_another(
    page: Page, site: Site
) -> None:
    log_in(page, site.address, "eve")
    expect(page.get_by_text("eve@example.com has no role here")).to_be_visible()
    assert "Promoção" not in names(page)
    page.get_by_role("link", name="Log in with another account").click()
    page.get_by_role("button", name="End session").click()
    log_in(page, site.address, "vera")
    expect(page.get_by_text("Closing first")).to_be_visible()


def log_out(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()
    # The provider asks for a confirmation too.
    page.get_by_role("button", name="End session").click()


@pytest.mark.long
def test_after_logging_out_nothing_is_shown(page: Page, site: Site) -> None:
    log_in(page, site.address, "ana")
    log_out(page)
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    page.goto(site.address + "/configurations")
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    assert "Promoção" not in names(page)


@pytest.mark.long
def test_logging_out_in_one_tab_ends_the_others_and_their_open_dialogs(
    windows: Windows, site: Site
) -> None:
    with windows.open() as page:
        other = page.context.new_page()
        log_in(page, site.address, "otto")
        other.goto(site.address + "/configurations")
        other.get_by_role("button", name="Abort Promoção de verão", exact=True).click()
        expect(other.get_by_role("button", name="Abort this send")).to_be_visible()
        log_out(page)
        # The page changes at its next refresh, without an action of a person.
        expect(other.get_by_role("link", name="Log in", exact=True)).to_be_visible()
        assert "Promoção" not in names(other)
    assert site.look("a") == {"state": "SCHEDULED", "accepted": 0, "refused": 0, "stops": 0}


@pytest.mark.long
def test_a_cookie_that_was_copied_before_the_logout_opens_nothing_after_it(
    windows: Windows, page: Page, site: Site
) -> None:
    log_in(page, site.address, "ana")
    expect(page.get_by_text("ana@example.com")).to_be_visible()
    copied = page.context.storage_state()
    with windows.open() as thief:
        thief.context.add_cookies(copied["cookies"])
        thief.goto(site.address + "/configurations")
        expect(thief.locator("tr[data-id=a]")).to_be_visible()
        log_out(page)
        expect(thief.get_by_role("link", name="Log in", exact=True)).to_be_visible()
        thief.goto(site.address + "/configurations")
        expect(thief.get_by_role("link", name="Log in", exact=True)).to_be_visible()
        assert "Promoção" not in names(thief)
    # A person who logs in again has a new login.
    log_in(page, site.address, "ana")
    expect(page.get_by_text("ana@example.com")).to_be_visible()


@pytest.mark.long
def test_a_login_that_is_denied_says_so(page: Page, site: Site) -> None:
    page.goto(site.address)
    page.get_by_role("link", name="Log in", exact=True).click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("You are not logged in")).to_be_visible()


@pytest.mark.long
def test_a_forged_cookie_has_no_effect(windows: Windows, site: Site) -> None:
    with windows.open() as page:
        made_up = "2|1:0|10:1700000000|15:_streamlit_user|8:eyJhIjoxfQ==|" + "0" * 64
        page.context.add_cookies(
            [{"name": "_streamlit_user", "value": made_up, "url": site.address}]
        )
        page.goto(site.address + "/configurations")
        expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
        assert "Promoção" not in names(page)


@pytest.mark.long
def test_a_role_that_is_taken_away_ends_the_open_page_and_its_open_dialog(
    as_person: As, site: Site, roles: Path
) -> None:
    page = as_person("otto")
    page.goto(site.address + "/configurations")
    page.get_by_role("button", name="Abort Promoção de verão", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("7,000")
    roles.write_text(ROLES.replace('"otto@example.com" = "operator"', ""))
    expect(page.get_by_text("has no role here")).to_be_visible()
    assert "Promoção" not in names(page)
    assert site.look("a")["accepted"] == 0


@pytest.mark.long
def test_an_operator_who_becomes_a_viewer_while_the_dialog_is_open_is_refused(
    as_person: As, site: Site, roles: Path
) -> None:
    page = as_person("otto")
    page.goto(site.address + "/configurations")
    page.get_by_role("button", name="Abort Promoção de verão", exact=True).click()
    stop = page.get_by_role("button", name="Abort this send")
    expect(stop).to_be_visible()
    roles.write_text(
        ROLES.replace('"otto@example.com" = "operator"', '"otto@example.com" = "viewer"')
    )
    stop.click()
    expect(page.get_by_text("Your role does not allow you to abort sends")).to_be_visible()
    assert site.look("a") == {"state": "SCHEDULED", "accepted": 0, "refused": 1, "stops": 0}
    assert site.receipts("a") == [["otto@example.com", "127.0.0.1", "not_allowed"]]


@pytest.mark.long
def test_while_the_roles_file_is_unusable_its_last_content_counts_and_administrators_see_an_alert(
    as_person: As, site: Site, roles: Path
) -> None:
    page, other = as_person("ana"), as_person("vera")
    page.goto(site.address)
    roles.write_text("people = [")
    page.goto(site.address)
    expect(page.get_by_text("the last good list is still used")).to_be_visible()
    expect(page.get_by_text("Promoção de verão").first).to_be_visible()
    other.goto(site.address)
    expect(other.get_by_text("Promoção de verão").first).to_be_visible()
    expect(other.get_by_text("the last good list is still used")).to_have_count(0)
    roles.write_text(ROLES)
    expect(page.get_by_text("the last good list is still used")).to_have_count(0)


@pytest.mark.long
def test_a_session_ends_in_the_open_page_and_says_so(
    page: Page, tmp_path: Path, provider: Provider, roles: Path
) -> None:
    roles.write_text(ROLES)
    settings = provider.settings(roles) | {
        "FREIO_DEMO": "off",
        "FREIO_REFRESH_SECONDS": "1",
        "FREIO_SESSION_HOURS": str(SECONDS / 3600),
    }
    with serving("tests.journeys.server:app", tmp_path, **settings) as address:
        Site(address).seed()
        log_in(page, address, "ana")
        expect(page.get_by_text("Promoção de verão").first).to_be_visible()
        expect(page.get_by_text("Your session has ended")).to_be_visible(timeout=SECONDS * 3000)
        assert "Promoção" not in names(page)
        page.goto(address + "/configurations")
        expect(page.get_by_text("Your session has ended")).to_be_visible()


@pytest.mark.long
def test_while_the_provider_is_away_the_page_says_so_and_existing_logins_work(
    windows: Windows, as_person: As, site: Site, provider: Provider
) -> None:
    page = as_person("ana")
    provider.stop()
    try:
        page.goto(site.address + "/configurations")
        expect(page.locator("tr[data-id=a]")).to_be_visible()
        with windows.open() as other:
            other.goto(site.address)
            other.get_by_role("link", name="Log in", exact=True).click()
            expect(other.get_by_text("The login provider does not answer")).to_be_visible()
            assert "Promoção" not in names(other)
    finally:
        provider.start()


@pytest.mark.long
def test_no_secret_is_on_a_page_or_in_the_log(as_person: As, site: Site, folder: Path) -> None:
    page = as_person("ana")
    page.goto(site.address + "/system")
    expect(page.get_by_text("FREIO_COOKIE_SECRET").first).to_be_visible()
    seen = names(page) + (folder / "server.log").read_text()
    assert CLIENT_SECRET not in seen
    assert COOKIE_SECRET not in seen


def test_the_log_has_logins_refusals_and_failed_logins(site: Site, folder: Path) -> None:
    log = folder / "server.log"
    before = log.stat().st_size
    httpx.get(site.address, cookies=cookies_of(site.address, "eve"))
    httpx.get(f"{site.address}/oauth2callback", params={"state": "made-up", "code": "x"})
    whole = log.read_text(encoding="utf-8")
    said = whole[before:]
    assert "INFO core.login" in said
    assert "eve@example.com logged in, from 127.0.0.1" in said
    # This is logged once a minute, so an earlier test may have caused it.
    assert "refused eve@example.com from 127.0.0.1: not_listed" in whole
    assert "a login from 127.0.0.1 failed: its answer is not known here" in said
