"""The log. Each event is a line with the UTC time and an id of the session or request.

The name of a send can have a line break. The log writes `\\n` instead of the line break. Otherwise
the rest of the name would look like an event. Other control characters, which could change a
terminal, are written as numbers, such as `\\x1b`. The lines of a trace are indented.
"""

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from core.settings import TEXT, Settings, as_text, changed

log = logging.getLogger("core.start")

_CONTROL: Final = re.compile(r"[^\n\x20-\x7e\xa0-\U0010ffff]")

#: Returns the id of the current session or HTTP request, or "".
CurrentId = Callable[[], str]


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        id = getattr(record, "id", "")
        parts = (_time(record), record.levelname, record.name, f"[{id}]" if id else "")
        line = " ".join((*filter(None, parts), _message(record).replace("\n", "\\n")))
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", line + _trace(self, record))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        found = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "id": getattr(record, "id", ""),
            "message": _message(record),
            "trace": _trace(self, record).strip(),
        }
        return json.dumps({k: v for k, v in found.items() if v}, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _message(record: logging.LogRecord) -> str:
    return "\n".join(record.getMessage().splitlines())


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    if not record.exc_info:
        return ""
    return "".join(
        f"\n  {line}" for line in formatter.formatException(record.exc_info).splitlines()
    )


_handler: Final = logging.StreamHandler()


def write_logs(level: str = "INFO", form: str = TEXT, current_id: CurrentId = lambda: "") -> None:
    """Set the format of the log, and the level of Freio's loggers."""

    def with_id(record: logging.LogRecord) -> bool:
        record.id = current_id()
        return True

    _handler.setFormatter(_Text() if form == TEXT else _Json())
    _handler.filters[:] = [with_id]
    root = logging.getLogger()
    if _handler not in root.handlers:
        root.addHandler(_handler)
    logging.getLogger("core").setLevel(level)


def log_start(settings: Settings, version: str) -> None:
    """Log the start with the version, the database and the changed settings."""
    now = as_text(settings)
    chosen = [f"{name}={now[name]}" for name in changed(settings)]
    log.info(
        "Freio %s starts with the database %s; settings: %s",
        version,
        now["FREIO_DATABASE"],
        ", ".join(chosen) or "all defaults",
    )
