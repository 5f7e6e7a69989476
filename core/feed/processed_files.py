"""Putting a file away, with a report beside it, over nothing that is there already."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final

REPORT: Final = ".report.json"

#: Bytes of a name, so that the report's fits too: file systems take 255.
_LONGEST: Final = 200


def put_away(file: Path, folder: Path, report: Mapping[str, object], now: datetime) -> Path:
    """Move a file to `folder`, with its report; return where it is.

    The report comes first and names its file by the `key` in it, so that whoever is interrupted
    between the two finds its own report again. Raises OSError where the file cannot be moved.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = _free(folder, file.name, str(report["key"]), now)
    _write(target, report)
    os.replace(file, target)
    return target


def _free(folder: Path, name: str, key: str, now: datetime) -> Path:
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


def _report(target: Path) -> Path:
    return target.with_name(target.name + REPORT)


def _key(target: Path) -> str | None:
    """Return whose report stands there, None where there is none."""
    try:
        return str(json.loads(_report(target).read_bytes())["key"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _write(target: Path, report: Mapping[str, object]) -> None:
    place = _report(target)
    # Whole or not at all: a half-written report would not be known as our own.
    half = place.with_name(f".{place.name}.tmp")
    half.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(half, place)
