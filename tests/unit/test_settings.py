"""Settings: their values, errors and secrets, and their table in the documents."""

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.operations.settings_table import settings_table, with_settings_table
from core.settings import ROOT, VARIABLES, Settings, as_text, changed, read_settings, unknown_names

TOKEN = "a-token-nobody-may-see"


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("", ROOT / "data" / "inbox"),
        ("drop/here", ROOT / "drop" / "here"),
        ("/srv/inbox", Path("/srv/inbox")),
        ("OFF", None),
    ],
)
def test_the_watched_folder_is_the_projects_own_unless_another_is_named(
    text: str, folder: Path | None
) -> None:
    assert read_settings({"FREIO_INBOX": text}).inbox == folder


def test_a_pattern_is_no_folder() -> None:
    with pytest.raises(SettingsError, match="Give it a folder, or off"):
        read_settings({"FREIO_INBOX": "data/inbox/*.csv"})


@pytest.mark.parametrize("text", ["199", "1.5", "much"])
def test_the_database_needs_some_memory(text: str) -> None:
    with pytest.raises(SettingsError, match="200 or more"):
        read_settings({"FREIO_MEMORY_MB": text})


def test_settings_made_in_code_watch_no_folder() -> None:
    assert Settings().inbox is None
    assert as_text(Settings())["FREIO_INBOX"] == "off"


def test_a_token_is_only_ever_said_to_be_set() -> None:
    settings = read_settings({"FREIO_FEED_TOKEN": TOKEN})
    assert settings.feed_token == TOKEN
    assert as_text(settings)["FREIO_FEED_TOKEN"] == "set"
    assert TOKEN not in repr(settings) + repr(as_text(settings))
    assert as_text(Settings())["FREIO_FEED_TOKEN"] == "not set"


@pytest.mark.parametrize("token", ["fifteen-letters", "with a space in it", "sixteen-letters-ção"])
def test_the_error_of_an_invalid_token_does_not_repeat_it(token: str) -> None:
    with pytest.raises(SettingsError, match="FREIO_FEED_TOKEN cannot be used") as refused:
        read_settings({"FREIO_FEED_TOKEN": token})
    assert token not in str(refused.value)
    assert token not in repr(refused.value.values)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("FREIO_STALE_MINUTS", "FREIO_STALE_MINUTES"),
        ("freio_stale_minutes", "FREIO_STALE_MINUTES"),
        ("FREIOSTALE_MINUTES", "FREIO_STALE_MINUTES"),
        ("FREIO_TRUSTED_PROXY", "FREIO_TRUSTED_PROXIES"),
        ("FREIO_OIDC_CLIENT_ID", "FREIO_OIDC_CLIENT"),
        ("FREIO_ROLE", "FREIO_ROLES"),
    ],
)
def test_a_misspelt_setting_is_refused_with_the_nearest_name(name: str, near: str) -> None:
    with pytest.raises(SettingsError, match=f"no setting {name}; the nearest is {near}"):
        read_settings({name: "1"})


def test_variables_of_other_programs_are_ignored_and_reported() -> None:
    # Kubernetes sets such variables for a service with the name freio.
    others = ("FREIO_PORT", "FREIO_SERVICE_HOST", "FREIO_PORT_8501_TCP_ADDR", "FREIO_INBOX_DIR")
    environment = dict.fromkeys(others, "x") | {"FREIO_DEMO": "off", "HOME": "/"}
    assert read_settings(environment).demo is False
    assert set(unknown_names(environment)) == set(others)
    assert unknown_names(environment)["FREIO_INBOX_DIR"] == "FREIO_INBOX"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3cret@h/d",
        "postgresql://h/d?user=u&password=s3cret&sslmode=require",
        "postgresql://u:a/s3cret@h/d",
        "postgresql://u:a@s3cret@h/d",
        "postgresql://u:a?s3cret@h/d",
    ],
)
def test_a_url_is_shown_without_its_password(url: str) -> None:
    shown = as_text(read_settings({"FREIO_DATABASE": url}))["FREIO_DATABASE"]
    assert "s3cret" not in shown
    assert "/d" in shown


def test_a_header_that_names_people_takes_the_proxies_to_take_it_from() -> None:
    with pytest.raises(SettingsError, match="every client can send a header"):
        read_settings({"FREIO_USER_HEADER": "X-Forwarded-User"})
    # It is also used with a proxy that logs no one in, for the real addresses of people.
    assert read_settings({"FREIO_TRUSTED_PROXIES": "10.0.0.7"}).trusted_proxies


def test_the_documents_hold_the_table_that_the_declarations_generate() -> None:
    documents = [ROOT / name for name in ("OPERATING.md", "README.md")]
    texts = [path.read_text(encoding="utf-8") for path in documents if path.exists()]
    assert any(settings_table() in text for text in texts)
    # `python -m core settings-table FILE` corrects an outdated table.
    assert [with_settings_table(text) for text in texts] == texts


@pytest.mark.parametrize("name", VARIABLES)
def test_a_setting_that_makes_no_sense_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: "?!"})


def test_only_settings_that_differ_from_the_defaults_are_changed() -> None:
    assert changed(read_settings({})) == {}
    found = read_settings({"FREIO_MAX_PAGES": "7", "FREIO_FEED_TOKEN": "0123456789abcdef01234567"})
    assert changed(found) == {"FREIO_FEED_TOKEN": "not set", "FREIO_MAX_PAGES": "500"}


KEY = "whsec_c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBtb3Jl"
LISTMONK = {
    "FREIO_LISTMONK_URL": "https://lists.example.com/",
    "FREIO_LISTMONK_USER": "freio",
    "FREIO_LISTMONK_TOKEN": TOKEN,
}
WEBHOOK = {"FREIO_ABORT_WEBHOOK_URL": "https://b.example.com/x", "FREIO_ABORT_WEBHOOK_SECRET": KEY}


def test_the_credentials_of_the_platform_are_never_displayed() -> None:
    settings = read_settings(LISTMONK | WEBHOOK)
    assert settings.listmonk_url == "https://lists.example.com"
    assert (settings.listmonk_token, settings.abort_webhook_secret) == (TOKEN, KEY)
    texts = as_text(settings)
    assert texts["FREIO_LISTMONK_TOKEN"] == texts["FREIO_ABORT_WEBHOOK_SECRET"] == "set"
    # The address of some services contains a secret.
    assert texts["FREIO_ABORT_WEBHOOK_URL"] == "set"
    shown = repr(settings) + repr(texts)
    assert TOKEN not in shown
    assert KEY not in shown
    assert "b.example.com" not in shown


@pytest.mark.parametrize("name", ["FREIO_LISTMONK_URL", "FREIO_ABORT_WEBHOOK_URL"])
@pytest.mark.parametrize(
    "address",
    ["http://localhost:9000", "http://127.0.0.1:9000/x", "http://[::1]:9000", "https://10.0.0.7"],
)
def test_http_is_accepted_on_this_machine_only(name: str, address: str) -> None:
    read_settings(LISTMONK | WEBHOOK | {name: address})


@pytest.mark.parametrize("name", ["FREIO_LISTMONK_URL", "FREIO_ABORT_WEBHOOK_URL"])
@pytest.mark.parametrize(
    "address",
    [
        "http://lists.example.com",
        "http://10.0.0.7:9000",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "https://user:password@lists.example.com",
        "https://lists.example.com/#x",
        "ftp://localhost",
        "file:///etc/passwd",
        "https://",
        "lists.example.com",
    ],
)
def test_an_address_to_which_credentials_must_not_go_is_refused(name: str, address: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}.*only on this machine"):
        read_settings(LISTMONK | WEBHOOK | {name: address})


@pytest.mark.parametrize(
    "key",
    ["c2hvcnQ=", "whsec_c2hvcnQ=", "whsec_" + "QUFB" * 22, "whsec_é" * 12, "no base64 at all"],
)
def test_a_key_of_the_webhook_has_24_to_64_bytes_in_base64(key: str) -> None:
    with pytest.raises(SettingsError, match="24 to 64 bytes in Base64") as refused:
        read_settings(WEBHOOK | {"FREIO_ABORT_WEBHOOK_SECRET": key})
    assert key not in str(refused.value)


@pytest.mark.parametrize("name", [*LISTMONK, *WEBHOOK])
def test_the_settings_of_a_connector_belong_together(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is not; they belong together"):
        read_settings({n: v for n, v in (LISTMONK | WEBHOOK).items() if n != name})


def test_the_account_of_a_campaign_is_one_of_three_fields() -> None:
    assert read_settings({"FREIO_LISTMONK_ACCOUNT": "Sender"}).listmonk_account == "sender"
    with pytest.raises(SettingsError, match="tag, list or sender"):
        read_settings({"FREIO_LISTMONK_ACCOUNT": "name"})
