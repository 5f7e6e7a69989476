"""Move a processed file to another folder and write a report there. No file is overwritten."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final

REPORT: Final = ".report.json"

#: The maximum number of bytes of a name before the suffix. File systems allow 255 bytes for the
#: whole name, with the time stamp, the suffix and REPORT.
_LONGEST: Final = 200


def move_with_report(file: Path, folder: Path, report: Mapping[str, object], now: datetime) -> Path:
    """Write the report into `folder`, and then move the file there. Return the new path.

    If Freio crashes between the report and the move, the next call finds the report by
    `report["key"]`, and uses the same path. Raises OSError if the file cannot be moved.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = _free_path(folder, file.name, str(report["key"]), now)
    _write(target, report)
    os.replace(file, target)
    return target


def _free_path(folder: Path, name: str, key: str, now: datetime) -> Path:
    for each in _names(name, now):
        target = folder / each
        if not os.path.lexists(target) and _key(target) in (None, key):
            return target
    raise AssertionError("there is always one more name")


def _names(name: str, now: datetime) -> Iterator[str]:
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 16:
        stem, dot, ending = name, "", ""
    while len(os.fsencode(stem)) > _LONGEST:
        stem = stem[:-1]
    yield f"{stem}{dot}{ending}"
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    yield f"{stem}-{stamp}{dot}{ending}"
    for number in count(2):
        yield f"{stem}-{stamp}-{number}{dot}{ending}"


def _report_of(target: Path) -> Path:
    return target.with_name(target.name + REPORT)


def _key(target: Path) -> str | None:
    """Return the key in the report, None if there is no report, or "" if no key is readable."""
    try:
        return str(json.loads(_report_of(target).read_bytes())["key"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _write(target: Path, report: Mapping[str, object]) -> None:
    path = _report_of(target)
    # Write to a temporary name first. After a crash, an incomplete report would have no valid key.
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(unfinished, path)
