"""Forged messages, which no page sends, are refused and recorded."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.journeys.browser import serving
from tests.journeys.conftest import Site
from tests.journeys.provider import ROLES, Provider, cookies_of, let_in, log_in, providing
from tests.journeys.websocket_client import connected, login_page
from tests.journeys.windows import Windows

PAGES = ["", "configurations", "configuration", "aborts", "feeds", "system"]
Cookies = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("roles") / "roles.toml"
    path.write_text(ROLES)
    return path


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as made:
        yield made


@pytest.fixture(scope="module")
def address(
    tmp_path_factory: pytest.TempPathFactory, provider: Provider, roles: Path
) -> Iterator[str]:
    settings = {"FREIO_DEMO": "off", "FREIO_REFRESH_SECONDS": "60"} | provider.settings(roles)
    folder = tmp_path_factory.mktemp("forged")
    with serving("tests.journeys.server:app", folder, **settings) as found:
        yield found


@pytest.fixture(scope="module")
def cookies(address: str) -> Cookies:
    """Log in each person once."""
    return {person: cookies_of(address, person) for person in ("vera", "rui", "otto", "ana")}


def test_a_viewer_who_claims_to_have_pressed_abort_is_refused_and_recorded(
    site: Site, cookies: Cookies
) -> None:
    with connected(site.address, cookies["vera"]) as client:
        client.open("configurations")
        assert "Promo" in client.received
        for id in "abcd":
            client.abort_in_row("configuration_rows", id)
            assert site.receipts(id) == [["vera@example.com", "127.0.0.1", "not_allowed"]]
            assert site.look(id)["accepted"] == 0
        assert "Your role does not allow you to abort sends" in client.received


def test_a_viewer_who_sends_the_message_again_and_again_is_recorded_once(
    site: Site, cookies: Cookies
) -> None:
    with connected(site.address, cookies["vera"]) as client:
        client.open("configurations")
        for _ in range(12):
            client.abort_in_row("configuration_rows", "a")
    assert site.look("a") == {"state": "SCHEDULED", "accepted": 0, "refused": 1, "stops": 0}


def test_an_operator_of_one_account_does_not_reach_the_sends_of_another(
    site: Site, cookies: Cookies
) -> None:
    with connected(site.address, cookies["rui"]) as client:
        client.open("configurations")
        assert "Promo" not in client.received
        client.abort_in_row("configuration_rows", "a")
        assert "abort_form" not in client.widgets
        assert "Promo" not in client.received
    assert site.look("a") == {"state": "SCHEDULED", "accepted": 0, "refused": 1, "stops": 0}
    assert site.receipts("a") == [["rui@example.com", "127.0.0.1", "not_allowed"]]


@pytest.mark.parametrize("person", ["vera", "rui"])
def test_a_bulk_abort_with_foreign_ids_is_refused_and_recorded_once(
    site: Site, cookies: Cookies, person: str
) -> None:
    with connected(site.address, cookies[person]) as client:
        client.open("configurations")
        client.abort_selected("configuration_rows", ["a", "b"])
        assert "bulk_form" not in client.widgets
    refused = [receipt for id in "ab" for receipt in site.receipts(id)]
    assert refused == [[f"{person}@example.com", "127.0.0.1", "not_allowed"]]
    assert all(site.look(id)["stops"] == 0 for id in "ab")


def test_a_confirm_that_outlives_the_role_is_refused_and_recorded(
    site: Site, cookies: Cookies, roles: Path
) -> None:
    with connected(site.address, cookies["otto"]) as client:
        client.open("configurations")
        client.abort_in_row("configuration_rows", "a")
        assert "abort_form" in client.widgets
        roles.write_text(ROLES.replace('"otto@example.com" = "operator"', ""))
        try:
            client.confirm()
        finally:
            roles.write_text(ROLES)
    assert site.look("a") == {"state": "SCHEDULED", "accepted": 0, "refused": 1, "stops": 0}


@pytest.mark.long
def test_a_confirm_that_outlives_the_login_is_refused_and_recorded(
    windows: Windows, site: Site
) -> None:
    with windows.open() as page:
        log_in(page, site.address, "otto")
        expect(page.get_by_text("otto@example.com")).to_be_visible()
        kept = {c["name"]: c["value"] for c in page.context.cookies()}
        with connected(site.address, kept) as client:
            client.open("configurations")
            client.abort_in_row("configuration_rows", "a")
            assert "abort_form" in client.widgets
            page.get_by_role("button", name="Log out").click()
            page.get_by_role("button", name="End session").click()
            expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
            client.confirm()
    assert site.look("a") == {"state": "SCHEDULED", "accepted": 0, "refused": 1, "stops": 0}
    assert site.receipts("a") == [["otto@example.com", "127.0.0.1", "not_allowed"]]


@pytest.mark.long
def test_an_open_connection_ends_with_the_role_and_the_page_leads_to_the_login_page(
    windows: Windows, site: Site, cookies: Cookies, roles: Path
) -> None:
    recheck = f"{site.address}/test/recheck"
    httpx.post(recheck, params={"seconds": 1}).raise_for_status()
    with windows.open() as page:
        let_in(page, site.address, cookies["otto"])
        page.goto(site.address + "/help")
        expect(page.get_by_text("otto@example.com")).to_be_visible()
        roles.write_text(ROLES.replace('"otto@example.com" = "operator"', ""))
        try:
            # The page changes without an action of a person and without a refresh.
            expect(page.get_by_text("otto@example.com has no role here")).to_be_visible(
                timeout=30_000
            )
        finally:
            roles.write_text(ROLES)
            httpx.post(recheck, params={"seconds": 30}).raise_for_status()


def test_the_same_message_from_an_operator_stops_the_send(site: Site, cookies: Cookies) -> None:
    # The same messages are accepted with a role, so they were refused because of the role.
    with connected(site.address, cookies["otto"]) as client:
        client.open("configurations")
        client.abort_in_row("configuration_rows", "a")
        client.confirm()
    assert site.look("a") == {"state": "CANCELLED", "accepted": 1, "refused": 0, "stops": 1}


@pytest.mark.parametrize("known", ["nobody", "made up"])
def test_a_person_who_is_not_logged_in_gets_no_connection_and_no_data(
    site: Site, cookies: Cookies, known: str
) -> None:
    given = {
        "nobody": {},
        "made up": cookies["otto"] | {"_streamlit_user": "2|1:0|10:1|15:_streamlit_user|0:|0"},
    }[known]
    for page in PAGES:
        shown = login_page(site.address, page, given)
        for text in ("Promo", "Recordatorio", "FREIO_DATABASE", "duckdb"):
            assert text not in shown, page
        assert "Log in" in shown, page


def test_a_login_without_the_token_against_forged_requests_shows_no_data(
    site: Site, cookies: Cookies
) -> None:
    given = {"_streamlit_user": cookies["otto"]["_streamlit_user"]}
    for page in PAGES:
        with connected(site.address, given) as client:
            client.open(page)
            for attempt in ("configuration_rows", "abort_form", "feed_write", "backup_make"):
                client.claim(f"$$ID-0123456789abcdef0123456789abcdef-{attempt}")
            for text in ("Promo", "Recordatorio", "FREIO_DATABASE", "duckdb"):
                assert text not in client.received, page
            assert "Freio no longer knows who you are" in client.received, page
    assert site.look("a") == {"state": "SCHEDULED", "accepted": 0, "refused": 0, "stops": 0}


def put(address: str, session: str, cookies: dict[str, str]) -> int:
    """Send a file for a session, as the browser does for an uploader on the page."""
    with httpx.Client(base_url=address, cookies=cookies) as http:
        # Each person who requests such a token gets one.
        token = cookies.get("_streamlit_xsrf") or http.get("/_stcore/health").cookies.get(
            "_streamlit_xsrf", ""
        )
        http.cookies.set("_streamlit_xsrf", token)
        return http.put(
            f"/_stcore/upload_file/{session}/0123",
            files={"file": ("f.csv", b"x" * 1_000)},
            headers={"X-Xsrftoken": token},
        ).status_code


@pytest.mark.parametrize("person", ["vera", "otto", "rui"])
def test_who_may_not_load_files_does_not_get_any_into_the_servers_memory(
    address: str, cookies: Cookies, person: str
) -> None:
    known = cookies[person]
    for page in ("", "feeds"):
        with connected(address, known) as client:
            client.open(page)
            assert client.session
            assert put(address, client.session, known) == 403
            assert put(address, client.session, {}) == 403


def test_a_person_may_upload_files_until_the_role_is_removed(
    site: Site, cookies: Cookies, roles: Path
) -> None:
    with connected(site.address, cookies["ana"]) as client:
        client.open("feeds")
        assert put(site.address, client.session, cookies["ana"]) == 204
        roles.write_text(ROLES.replace('"ana@example.com" = "administrator"', ""))
        try:
            client.open("feeds")
            assert put(site.address, client.session, cookies["ana"]) == 403
        finally:
            roles.write_text(ROLES)
    # When the connection has ended, its session may not upload any more.
    assert put(site.address, client.session, cookies["ana"]) in (403, 421)


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Freio_Local": "yes"},
        {"X_Freio_Address": "127.0.0.1", "X_Freio_Local": "yes", "x_freio_user": "ana@example.com"},
        {"X_Forwarded_User": "ana@example.com"},
        {"X_Forwarded_User": "ana@example.com", "X_Forwarded_For": "127.0.0.1"},
    ],
)
def test_forged_headers_of_a_proxy_have_no_effect(address: str, headers: dict[str, str]) -> None:
    assert "Log in" in login_page(address, "configurations", **headers)
