"""The roles file: read again after a change, and no person gets a role from an invalid file."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import main
from core.access.identity import Caller, by_header
from core.access.roles_file import Grant, read_roles, roles_trouble
from core.domain.bulk_abort import BulkOutcome
from core.domain.model import Role
from core.errors import SettingsError
from core.runtime.build import build
from core.settings import ROOT, Settings
from tests.sends import load, send

LIST = """
claim = "groups"
[people]
"Ana@example.com" = "administrator"
"rui@example.com" = { role = "operator", accounts = ["Loja Sul"] }
[subjects]
"https://login.example.com#Z-9" = "operator"
[groups]
desk = "viewer"
"""
ISSUER = "https://login.example.com"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "roles.toml"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_people_and_groups_get_what_the_list_says(file: Path) -> None:
    roles = read_roles(file)
    assert roles.claim == "groups"
    assert roles.grant("ANA@example.com") == Grant(Role.ADMINISTRATOR)
    assert roles.grant("rui@example.com") == Grant(Role.OPERATOR, frozenset({"Loja Sul"}))
    assert roles.grant("", ["desk"]) == Grant(Role.VIEWER)
    assert roles.grant("", [], f"{ISSUER}#Z-9") == Grant(Role.OPERATOR)
    assert roles.grant("desk", ["Ana@example.com"]) is None
    assert roles.grant(f"{ISSUER}#Z-9", ["Z-9"]) is None


def test_a_subject_is_its_issuers_and_has_to_be_the_same_in_every_letter(file: Path) -> None:
    roles = read_roles(file)
    for other in ("https://other.example#Z-9", f"{ISSUER}#z-9", "#Z-9", "Z-9", "", None):
        assert roles.grant("", [], other) is None


def test_a_letter_that_looks_like_another_makes_another_address(tmp_path: Path) -> None:
    path = tmp_path / "roles.toml"
    path.write_text('[people]\n"kim@example.com" = "operator"', encoding="utf-8")
    assert read_roles(path).grant("KIM@example.com") is not None
    assert read_roles(path).grant("\N{KELVIN SIGN}im@example.com") is None


def test_an_empty_name_has_no_role(tmp_path: Path) -> None:
    path = tmp_path / "roles.toml"
    path.write_text('[people]\n"" = "operator"', encoding="utf-8")
    assert read_roles(path).grant("") is None


def test_a_change_holds_at_once(file: Path) -> None:
    assert read_roles(file).grant("ana@example.com") is not None
    file.write_text(LIST.replace("Ana@", "Eva@"), encoding="utf-8")
    assert read_roles(file).grant("ana@example.com") is None


def test_without_a_roles_file_no_person_has_a_role() -> None:
    assert read_roles(None).grant("ana@example.com", ["desk"]) is None


@pytest.mark.parametrize(
    "text",
    [
        "people = ",
        '[people]\na = "boss"',
        '[person]\na = "viewer"',
        "[people]\na = 1",
        "people = 3",
        '[people]\na = { role = "viewer", account = ["x"] }',
        '[people]\na = { role = "viewer", accounts = "x" }',
        '[people]\na = { accounts = ["x"] }',
        '[people]\na = "viewer"\nA = "operator"',
        '[subjects]\n"Z-9" = "viewer"',
        '[subjects]\n"#Z-9" = "viewer"',
        '[subjects]\n"https://login.example.com#" = "viewer"',
    ],
)
def test_an_invalid_roles_file_gives_no_person_a_role(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roles.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"roles.toml cannot be used .* so no one can log in"):
        read_roles(path)


def test_a_missing_roles_file_gives_no_person_a_role(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        read_roles(tmp_path / "none.toml")


@pytest.mark.parametrize("broken", ["people = ", '[people]\na = "boss"', None])
def test_while_a_list_cannot_be_used_the_last_good_one_holds_and_it_is_logged_once(
    file: Path, broken: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    good = read_roles(file)
    file.unlink() if broken is None else file.write_text(broken, encoding="utf-8")
    for _ in range(3):
        assert read_roles(file) == good
    trouble = roles_trouble(file)
    assert trouble is not None
    assert "the last good list is still used. People who could abort sends still can" in str(
        trouble
    )
    assert [r.levelname for r in caplog.records] == ["ERROR"]
    file.write_text('[people]\n"eva@example.com" = "viewer"', encoding="utf-8")
    assert read_roles(file).grant("eva@example.com") == Grant(Role.VIEWER)
    assert read_roles(file).grant("ana@example.com") is None
    assert roles_trouble(file) is None
    assert len(caplog.records) == 2


def test_after_a_start_with_an_invalid_roles_file_no_person_has_a_role(file: Path) -> None:
    read_roles(file)
    file.write_text("people = ", encoding="utf-8")
    code = f"from pathlib import Path; from core.access.roles_file import read_roles; read_roles(Path({str(file)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "so no one can log in" in done.stderr


def test_a_list_is_checked_by_a_command(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-roles", str(file)]) == 0
    assert "can be used: 2 people, 1 subjects, 1 groups" in capsys.readouterr().out
    file.write_text('[people]\na = "boss"', encoding="utf-8")
    assert main(["check-roles", str(file)]) == 1
    assert "'boss' is not a valid Role" in capsys.readouterr().err


def test_the_command_takes_the_file_that_the_settings_name(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FREIO_ROLES", str(file))
    assert main(["check-roles"]) == 0
    assert str(file) in capsys.readouterr().out


def test_a_role_that_the_file_takes_away_ends_with_the_next_part_of_a_bulk_abort(
    file: Path,
) -> None:
    freio = build(Settings(database="duckdb:///:memory:", demo=False, roles=file))
    load(freio.store, send("a"), send("b"))
    found = by_header(Caller(user="ana@example.com"), read_roles(file)).actor
    first = freio.bulk_aborts.start([send("a").id], found)
    freio.bulk_aborts.run_pending()
    second = freio.bulk_aborts.start([send("b").id], found)
    file.write_text(LIST.replace('"administrator"', '"viewer"'), encoding="utf-8")
    freio.bulk_aborts.run_pending()
    outcomes = [list(freio.bulk_aborts.progress(id, found).counts) for id in (first, second)]
    assert outcomes == [[BulkOutcome.WAITING], [BulkOutcome.NOT_ALLOWED]]
    freio.stop()
