"""The access token and its cookie: what proves access and for how long, and where the key is."""

import stat
from pathlib import Path

import pytest

from core.access.access_token import AccessToken, access_token, cookie_name
from core.settings import ROOT, Settings
from core.store.opening import access_key_file

FIXED = "a-token-that-somebody-has-set"


def again(fixed: str, file: Path | None) -> AccessToken:
    """Return the token of the next process."""
    access_token.cache_clear()
    return access_token(fixed, file)


def cookie_of(token: AccessToken) -> str:
    return f"freio_access_8501={token.cookie_for(token.token)}"


def test_a_random_token_is_another_at_each_start_and_its_cookie_stays_valid(tmp_path: Path) -> None:
    first = again("", tmp_path / "key")
    second = again("", tmp_path / "key")
    assert first.token != second.token
    assert len(first.token) >= 32
    assert second.is_proven_by(cookie_of(first))
    assert second.cookie_for(first.token) is None


def test_within_a_process_it_stays_the_same() -> None:
    assert access_token("", None) is access_token("", None)


def test_the_cookie_of_another_installation_proves_nothing(tmp_path: Path) -> None:
    other = again("", tmp_path / "other" / "key")
    assert not again("", tmp_path / "key").is_proven_by(cookie_of(other))


def test_dashboards_with_the_same_setting_accept_each_others_cookies(tmp_path: Path) -> None:
    one, other = again(FIXED, tmp_path / "one"), again(FIXED, tmp_path / "other")
    assert other.is_proven_by(cookie_of(one))
    assert not list(tmp_path.iterdir())


def test_another_setting_or_none_makes_every_cookie_invalid(tmp_path: Path) -> None:
    kept = cookie_of(again(FIXED, tmp_path / "key"))
    assert not again(f"{FIXED}-2", tmp_path / "key").is_proven_by(kept)
    random = again("", tmp_path / "key")
    assert not random.is_proven_by(kept)
    assert not again(FIXED, tmp_path / "key").is_proven_by(cookie_of(random))


def test_the_cookie_does_not_hold_the_token(tmp_path: Path) -> None:
    token = again("", tmp_path / "key")
    assert token.token not in cookie_of(token)
    assert (tmp_path / "key").read_bytes().hex() not in cookie_of(token)


@pytest.mark.parametrize("given", ["", "x", "a-token-that-somebody-has-se", "ação", "\ud800"])
def test_a_wrong_token_brings_no_cookie(given: str) -> None:
    assert again(FIXED, None).cookie_for(given) is None


def test_only_its_owner_may_read_the_key(tmp_path: Path) -> None:
    again("", tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


@pytest.mark.slow
@pytest.mark.parametrize("found", [b"", b"half a key"])
def test_a_file_that_holds_no_key_is_written_anew(tmp_path: Path, found: bytes) -> None:
    # All people would know an empty key.
    (tmp_path / "key").write_bytes(found)
    kept = cookie_of(again("", tmp_path / "key"))
    assert len((tmp_path / "key").read_bytes()) == 32
    assert again("", tmp_path / "key").is_proven_by(kept)


def test_where_no_key_can_be_kept_freio_starts_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    kept = again("", tmp_path / "file" / "key")
    assert kept.is_proven_by(cookie_of(kept))
    assert "cannot be written to" in caplog.text


def test_the_key_file_is_beside_the_database() -> None:
    beside = access_key_file(Settings(database="duckdb:////srv/freio.duckdb"))
    assert beside == Path("/srv/freio.duckdb.access-key")
    assert access_key_file(Settings(database="duckdb:///:memory:")) is None
    server = access_key_file(Settings(database="postgresql://freio@host/freio"))
    assert server == ROOT / "data" / "freio.access-key"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1:8501", "freio_access_8501"),
        ("[::1]:9000", "freio_access_9000"),
        ("freio.example.com", "freio_access"),
        ("", "freio_access"),
        ("host:nonsense", "freio_access"),
        ("[::1", "freio_access"),
    ],
)
def test_the_cookie_is_named_by_the_port_that_the_browser_asks(host: str, name: str) -> None:
    assert cookie_name(host) == name
