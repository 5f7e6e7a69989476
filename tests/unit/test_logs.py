"""The content of a line of the log."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from io import StringIO

import pytest

from core.runtime import logs
from core.runtime.logs import log_start, write_logs
from core.settings import read_settings

log = logging.getLogger("core.test")
Written = Callable[[], list[str]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """Return the lines that the root logger writes. Afterwards all loggers are as before."""
    root, level, out = logging.getLogger(), logging.getLogger("core").level, StringIO()
    handlers = root.handlers[:]
    root.handlers.clear()
    monkeypatch.setattr(logs._handler, "stream", out)
    yield lambda: out.getvalue().splitlines()
    root.handlers[:] = handlers
    logging.getLogger("core").setLevel(level)


def test_a_line_has_its_time_with_a_zone_its_level_and_what_it_belongs_to(written: Written) -> None:
    write_logs(current_id=lambda: "1a2b3c4d")
    log.warning("abort of %s", "s1")
    [line] = written()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 WARNING core\.test \[1a2b3c4d\] abort of s1",
        line,
    )


def test_a_line_of_json_has_the_same(written: Written) -> None:
    write_logs(form="json", current_id=lambda: "1a2b3c4d")
    log.warning("abort of %s", "“s1”")
    found = json.loads(written()[0])
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "level": "WARNING",
        "logger": "core.test",
        "id": "1a2b3c4d",
        "message": "abort of “s1”",
    }


def test_json_keeps_a_trace_on_one_line(written: Written) -> None:
    write_logs(form="json")
    try:
        raise ValueError("odd")
    except ValueError:
        log.exception("it failed")
    [line] = written()
    assert "ValueError: odd" in json.loads(line)["trace"]


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\x9b", "\t"])
def test_a_line_has_no_control_characters(written: Written, character: str) -> None:
    write_logs()
    log.warning("abort of %s", f"a{character}[31m")
    [line] = written()
    assert line.endswith(f"abort of a\\x{ord(character):02x}[31m")


FORGED = "2026-11-23T12:00:00.000+00:00 INFO core.services.aborts abort of s1"


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028", "\x85"])
def test_no_name_adds_a_line_that_looks_like_an_event(
    written: Written, form: str, line_end: str
) -> None:
    write_logs(form=form)
    name = f"a{line_end}{FORGED}"
    log.warning("loaded %s", name)
    assert len(written()) == 1
    try:
        raise ValueError(name)
    except ValueError:
        log.exception("it failed")
    assert [line for line in written() if line.startswith("2026-11-23")] == []


def test_lines_below_the_level_are_left_out(written: Written) -> None:
    write_logs("ERROR")
    log.warning("not this")
    assert written() == []


def test_the_start_line_names_version_database_and_what_was_changed_without_secrets(
    written: Written,
) -> None:
    write_logs()
    environment = {
        "FREIO_DATABASE": "postgresql://freio:hidden@db/freio",
        "FREIO_STALE_MINUTES": "20",
        "FREIO_FEED_TOKEN": "a-token-nobody-may-see",
    }
    log_start(read_settings(environment), "0.1.0")
    [line] = written()
    assert "Freio 0.1.0 starts" in line
    assert "postgresql://freio:…@db/freio" in line
    assert "FREIO_STALE_MINUTES=20.0" in line
    assert "FREIO_FEED_TOKEN=set" in line
    assert "hidden" not in line
    assert "a-token" not in line
    assert "FREIO_REFRESH_SECONDS" not in line


def test_a_start_with_nothing_changed_says_so(written: Written) -> None:
    write_logs()
    log_start(read_settings({}), "0.1.0")
    assert "all defaults" in written()[0]
