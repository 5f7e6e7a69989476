"""The address of a person, on servers with unusual settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.browser import serving
from tests.journeys.conftest import Site
from tests.journeys.provider import ROLES
from tests.journeys.websocket_client import connected, login_page

pytestmark = pytest.mark.long

QUIET = {"FREIO_DEMO": "off", "FREIO_REFRESH_SECONDS": "60"}
TARGET = "tests.journeys.server:app"
DATA = ("Promo", "Recordatorio", "Encuesta", "FREIO_DATABASE")


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("proxied")
    roles = folder / "roles.toml"
    roles.write_text(ROLES)
    settings = QUIET | {
        "FREIO_USER_HEADER": "X-Forwarded-User",
        "FREIO_TRUSTED_PROXIES": "127.0.0.1",
        "FREIO_ROLES": str(roles),
    }
    with serving(TARGET, folder, **settings) as address:
        yield Site(address)


def test_a_trusted_proxy_says_who_it_is_and_from_where(proxied: Site) -> None:
    proxied.seed()
    headers = {"X_Forwarded_User": "otto@example.com", "X_Forwarded_For": "198.51.100.7"}
    with connected(proxied.address, **headers) as client:
        client.open("configurations")
        assert "Encuesta" in client.received
        client.abort_in_row("configuration_rows", "a")
        client.confirm()
    assert proxied.receipts("a") == [["otto@example.com", "198.51.100.7", None]]


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "does not know who you are"),
        ({"X_Forwarded_User": "eve@example.com"}, "has no role here"),
        ({"X_Forwarded_For": "198.51.100.7"}, "does not know who you are"),
        ({"X_Freio_User": "otto@example.com"}, "does not know who you are"),
    ],
)
def test_a_person_whom_the_proxy_or_the_roles_file_does_not_name_sees_nothing(
    proxied: Site, headers: dict[str, str], why: str
) -> None:
    proxied.seed()
    shown = login_page(proxied.address, "configurations", **headers)
    assert why in shown
    for text in DATA:
        assert text not in shown
