"""The startup message: one address that gives access, and no permanent secret."""

import logging
import sys
import threading
import webbrowser
from pathlib import Path

import pytest

from core.access.access_token import AccessToken
from core.errors import SettingsError
from core.runtime.build import build
from core.runtime.instance import use
from core.settings import Settings
from pages.server import startup_message
from pages.viewer import caller_headers

LAUNCHER = Path("/srv/freio/dashboard.py")
TOKEN = "a-token-that-somebody-has-set"


class Terminal:
    """How Freio was started, and what it printed and opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.patch, self._capsys = monkeypatch, capsys
        self.opened: list[str] = []
        self.patch.setattr(sys, "argv", [str(LAUNCHER)])
        self.patch.setattr(caller_headers, "has_login", lambda: False)
        self.patch.setattr(webbrowser, "open", self.opened.append)
        for name in ("CI", "DISPLAY", "WAYLAND_DISPLAY"):
            self.patch.delenv(name, raising=False)

    def starts(self, **settings: str) -> str:
        made = build(Settings(database="duckdb:///:memory:", demo=False, **settings))  # type: ignore[arg-type]
        use(made)
        try:
            startup_message.show_access_link(LAUNCHER)
        finally:
            use(None)
            made.stop()
        return self._capsys.readouterr().out.strip()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


@pytest.fixture
def random(monkeypatch: pytest.MonkeyPatch) -> AccessToken:
    made = AccessToken(b"a key")
    monkeypatch.setattr("core.runtime.instance.access_token", lambda *_: made)
    return made


def test_the_link_holds_the_address_and_a_random_token(
    terminal: Terminal, random: AccessToken
) -> None:
    said = f"To open Freio, go to http://127.0.0.1:8501/access?token={random.token}"
    assert terminal.starts() == said
    assert terminal.opened == []


def test_the_public_address_goes_before_the_servers_own(
    terminal: Terminal, random: AccessToken
) -> None:
    said = terminal.starts(public_url="https://freio.example.com")
    assert f"https://freio.example.com/access?token={random.token}" in said


def test_with_another_server_the_message_names_no_address(
    terminal: Terminal, random: AccessToken
) -> None:
    terminal.patch.setattr(sys, "argv", ["/usr/bin/uvicorn", "dashboard:app"])
    said = terminal.starts()
    assert said == (
        f"To open Freio, go to /access?token={random.token}, at the address that the server names"
    )


def test_a_token_from_the_settings_is_not_printed(terminal: Terminal) -> None:
    said = terminal.starts(access_token=TOKEN)
    assert said == (
        "To open Freio, go to http://127.0.0.1:8501/access, and enter the token that "
        "FREIO_ACCESS_TOKEN holds"
    )


@pytest.mark.parametrize("how", ["by login", "by a proxy"])
def test_where_people_are_known_in_another_way_nothing_is_printed(
    terminal: Terminal, random: AccessToken, how: str
) -> None:
    terminal.patch.setattr(caller_headers, "has_login", lambda: how == "by login")
    assert terminal.starts(user_header="X-User" if how == "by a proxy" else "") == ""


def test_settings_that_are_wrong_stop_no_start(terminal: Terminal) -> None:
    def wrong() -> bool:
        raise SettingsError("Wrong.", "Put it right.")

    terminal.patch.setattr(caller_headers, "asks_for_login", wrong)
    assert terminal.starts() == ""


@pytest.mark.parametrize(
    ("variable", "is_terminal", "opens"),
    [
        ("DISPLAY", True, True),
        ("WAYLAND_DISPLAY", True, True),
        ("", True, False),
        ("DISPLAY", False, False),
        ("CI", True, False),
    ],
)
def test_a_desktop_opens_the_link_and_nothing_else_does(
    terminal: Terminal, random: AccessToken, variable: str, is_terminal: bool, opens: bool
) -> None:
    terminal.patch.setattr(sys, "platform", "linux")
    terminal.patch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    if variable:
        terminal.patch.setenv(variable, ":0")
    if variable == "CI":
        terminal.patch.setenv("DISPLAY", ":0")
    terminal.starts()
    for thread in threading.enumerate():
        if thread.name == startup_message.OPENING:
            thread.join(5)
    link = f"http://127.0.0.1:8501/access?token={random.token}"
    assert terminal.opened == ([link] if opens else [])


def test_the_servers_log_of_requests_holds_no_token() -> None:
    line = '%s - "%s %s HTTP/%s" %d'
    args = ("127.0.0.1:5", "GET", "/access?token=secret&x=1", "1.1", 303)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, line, args, None)
    assert startup_message._without_token(record)
    assert record.getMessage() == '127.0.0.1:5 - "GET /access?… HTTP/1.1" 303'
    other = ("127.0.0.1:5", "GET", "/feeds?token=mine", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, line, other, None)
    assert startup_message._without_token(record)
    assert "/feeds?token=mine" in record.getMessage()
